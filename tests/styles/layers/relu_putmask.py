"""ReLU by `np.putmask`; the cache is the indices from `np.nonzero`."""

import numpy as np


def relu_forward(x):
    out = np.array(x)
    np.putmask(out, out < 0, 0)
    return out, np.nonzero(x > 0)


def relu_backward(dout, cache):
    dx = np.zeros_like(dout)
    dx[cache] = dout[cache]
    return dx
