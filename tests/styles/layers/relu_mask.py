"""ReLU by a mask, which is the cache."""

import numpy as np


def relu_forward(x):
    out = x.copy()
    out[out < 0] = 0
    return out, out > 0


def relu_backward(dout, cache):
    return np.where(cache, dout, 0)
