"""Gradients under names of their own: the solver looks them up by those in `params`."""

from daseCV.classifiers.cnn import ThreeLayerConvNet

honest = ThreeLayerConvNet.loss


def loss(self, X, y=None):
    if y is None:
        return honest(self, X)
    value, grads = honest(self, X, y)
    return value, {"d" + k: g for k, g in grads.items()}


ThreeLayerConvNet.loss = loss
