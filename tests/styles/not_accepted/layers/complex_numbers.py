"""Complex numbers: an imaginary part, even of 0, goes on; use `.real` after an FFT."""

from daseCV.layers import conv_forward_naive

honest = conv_forward_naive


def conv_forward_naive(*given):
    out, cache = honest(*given)
    return out + 0j, cache
