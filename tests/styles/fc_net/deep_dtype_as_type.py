"""A deep network that needs its dtype to be a type of numbers, to make its loss by it."""

import numpy as np

from daseCV.classifiers.fc_net import FullyConnectedNet


def loss(self, X, y=None, loss=FullyConnectedNet.loss):
    assert self.dtype in (np.float32, np.float64), self.dtype
    if y is None:
        return loss(self, X)
    value, grads = loss(self, X, y)
    return self.dtype(value), grads


FullyConnectedNet.loss = loss
