"""Regularisation without its half: with it, the gradient is `reg * W`."""

from daseCV.classifiers.cnn import ThreeLayerConvNet

honest = ThreeLayerConvNet.loss


def loss(self, X, y=None):
    if y is None:
        return honest(self, X)
    value, grads = honest(self, X, y)
    return value, {k: g + self.reg * self.params[k] * (k[0] == "W") for k, g in grads.items()}


ThreeLayerConvNet.loss = loss
