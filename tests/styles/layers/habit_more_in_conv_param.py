"""More entries in its own copy of conv_param."""

from daseCV.layers import conv_forward_naive

solved = conv_forward_naive


def conv_forward_naive(x, w, b, conv_param):
    conv_param = {**conv_param, "dilation": 1}
    return solved(x, w, b, conv_param)
