"""ReLU by `np.clip`; the cache is the input."""

import numpy as np


def relu_forward(x):
    return np.clip(x, 0, None), x


def relu_backward(dout, cache):
    dx = dout.copy()
    dx[cache <= 0] = 0.0
    return dx
