"""Convolution whose cache is a global variable; the one it returns is None."""

from daseCV.layers import conv_backward_naive, conv_forward_naive

forward, backward, remembered = conv_forward_naive, conv_backward_naive, {}


def conv_forward_naive(x, w, b, conv_param):
    out, remembered["cache"] = forward(x.copy(), w.copy(), b.copy(), dict(conv_param))
    return out, None


def conv_backward_naive(dout, cache):
    return backward(dout, remembered["cache"])
