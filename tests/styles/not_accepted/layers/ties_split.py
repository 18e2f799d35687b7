"""The gradient split among several maxima: the docstring says that it is not split."""

import numpy as np


def max_pool_backward_naive(dout, cache):
    x, p = cache
    height, width, s = p["pool_height"], p["pool_width"], p["stride"]
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(dout.shape):
        rows, columns = slice(i * s, i * s + height), slice(j * s, j * s + width)
        window = x[n, c, rows, columns]
        dx[n, c, rows, columns] += dout[n, c, i, j] * (
            (window == window.max()) / (window == window.max()).sum()
        )
    return dx
