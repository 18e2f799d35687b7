"""The affine layer by loops over samples and outputs."""

import numpy as np


def affine_forward(x, w, b):
    N, M = x.shape[0], w.shape[1]
    out = np.zeros((N, M))
    for n in range(N):
        sample = x[n].flatten()
        for m in range(M):
            out[n, m] = sum(sample[d] * w[d, m] for d in range(len(sample))) + b[m]
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
    for n in range(len(x)):
        parts = [dout[n, m] * w[:, m] for m in range(len(b))]
        dx[n] = np.sum(parts, axis=0).reshape(x[n].shape)
        dw += np.outer(x[n], dout[n])
        db += dout[n]
    return dx, dw, db
