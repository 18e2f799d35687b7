"""Convolution that works in place, but on copies of its own."""

import numpy as np

from daseCV.layers import conv_backward_naive, conv_forward_naive

conv_forward_old, conv_backward_old = conv_forward_naive, conv_backward_naive


def conv_forward_naive(x, w, b, conv_param):
    x, w, b = x.copy(), w.copy(), b.copy()
    out, cache = conv_forward_old(x, w, 0 * b, conv_param)
    for f, bias in enumerate(b):
        out[:, f] += bias
    return out, [cache, out.shape]


def conv_backward_naive(dout, cache):
    (x, w, b, conv_param), shape = cache
    assert dout.shape == shape, f"dout {dout.shape} instead of {shape}"
    dout = np.array(dout, dtype=np.float64, order="F")
    grads = conv_backward_old(dout, (x, w, b, conv_param))
    dout *= 0
    x *= 0
    return grads
