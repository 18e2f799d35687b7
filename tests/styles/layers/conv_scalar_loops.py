"""Convolution by loops over single numbers; the cache is an object."""

import numpy as np


class Saved:
    def __init__(self, **values):
        self.__dict__.update(values)


def inside(i, size):
    return 0 <= i < size


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    out = np.empty((N, F, (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1))
    for n, f, i, j in np.ndindex(*out.shape):
        total = float(b[f])
        for c, k, l in np.ndindex(C, HH, WW):
            row, column = i * s + k - p, j * s + l - p
            if inside(row, H) and inside(column, W):
                total += float(x[n, c, row, column]) * float(w[f, c, k, l])
        out[n, f, i, j] = total
    return out, Saved(x=x, w=w, s=s, p=p)


def conv_backward_naive(dout, cache):
    x, w, s, p = cache.x, cache.w, cache.s, cache.p
    dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
    for n, f, i, j in np.ndindex(*dout.shape):
        db[f] += dout[n, f, i, j]
        for c, k, l in np.ndindex(*w.shape[1:]):
            row, column = i * s + k - p, j * s + l - p
            if inside(row, x.shape[2]) and inside(column, x.shape[3]):
                dx[n, c, row, column] += dout[n, f, i, j] * w[f, c, k, l]
                dw[f, c, k, l] += dout[n, f, i, j] * x[n, c, row, column]
    return dx, dw, db
