"""Gradients by name: a tuple is promised, and given code unpacks it."""

from daseCV.layers import conv_backward_naive

honest = conv_backward_naive


def conv_backward_naive(*given):
    dx, dw, db = honest(*given)
    return {"dx": dx, "dw": dw, "db": db}
