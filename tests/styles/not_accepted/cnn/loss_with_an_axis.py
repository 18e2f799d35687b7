"""A loss in an array of one entry: only an array of no axes is a number."""

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet

honest = ThreeLayerConvNet.loss


def loss(self, X, y=None):
    if y is None:
        return honest(self, X)
    value, grads = honest(self, X, y)
    return np.array([value]), grads


ThreeLayerConvNet.loss = loss
