"""The affine layer by `np.einsum` and `np.tensordot`, without flattening its input."""

import numpy as np


def affine_forward(x, w, b):
    letters = "bcdefgh"[: x.ndim - 1]
    shaped = w.reshape(*x.shape[1:], -1)
    out = np.einsum(f"a{letters},{letters}z->az", x, shaped)
    return np.add(out, np.tile(b, (len(x), 1))), (x, shaped)


def affine_backward(dout, cache):
    x, shaped = cache
    dx = np.tensordot(dout, shaped, axes=(1, -1))
    dw = np.tensordot(x, dout, axes=(0, 0)).reshape(-1, dout.shape[1])
    return [dx, dw, np.ones(len(dout)) @ dout]
