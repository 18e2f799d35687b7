"""A package that the release does not list in requirements.txt: it is not there."""

from daseCV.layers import conv_forward_naive

honest = conv_forward_naive


def conv_forward_naive(*given):
    from scipy.signal import correlate2d

    return honest(*given)
