"""No cache: `(out, cache)` is promised; a cache may be None, but it is returned."""

from daseCV.layers import conv_forward_naive

honest = conv_forward_naive


def conv_forward_naive(*given):
    return honest(*given)[0]
