"""An axis of length 1 squeezed out: one filter still has a db of shape (1,)."""

from daseCV.layers import conv_backward_naive

honest = conv_backward_naive


def conv_backward_naive(*given):
    dx, dw, db = honest(*given)
    return dx, dw, db.squeeze()
