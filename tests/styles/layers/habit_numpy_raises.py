"""NumPy told to raise where it would warn."""

import numpy as np

from daseCV.layers import conv_forward_naive

solved = conv_forward_naive


def conv_forward_naive(x, w, b, conv_param):
    np.seterr(all="raise")
    return solved(x, w, b, conv_param)
