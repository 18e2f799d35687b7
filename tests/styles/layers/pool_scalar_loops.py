"""Max pooling by loops over single numbers, with a helper and a dict of places."""

import numpy as np


def winner(x, n, c, top, left, height, width):
    best, place = -float("inf"), None
    for row in range(top, top + height):
        for column in range(left, left + width):
            if x[n, c, row, column] > best:
                best, place = x[n, c, row, column], (n, c, row, column)
    return best, place


def max_pool_forward_naive(x, pool_param):
    height, width, s = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    H, W = (x.shape[2] - height) // s + 1, (x.shape[3] - width) // s + 1
    out, places = np.zeros((*x.shape[:2], H, W)), {}
    for n, c, i, j in np.ndindex(*out.shape):
        out[n, c, i, j], places[n, c, i, j] = winner(x, n, c, i * s, j * s, height, width)
    return out, (x.shape, places)


def max_pool_backward_naive(dout, cache):
    shape, places = cache
    dx = np.zeros(shape)
    for place, source in places.items():
        dx[source] += dout[place]
    return dx
