"""Lists of lists: the docstring says ndarray, and what follows would fail on `out.shape`."""

from daseCV.layers import conv_forward_naive

honest = conv_forward_naive


def conv_forward_naive(*given):
    out, cache = honest(*given)
    return out.tolist(), cache
