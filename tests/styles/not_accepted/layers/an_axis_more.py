"""An axis more: broadcasting would hide the mistake until training."""

from daseCV.layers import conv_backward_naive

honest = conv_backward_naive


def conv_backward_naive(*given):
    dx, dw, db = honest(*given)
    return dx, dw, db[None, :, None, None]
