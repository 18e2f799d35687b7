"""A seed of its own for NumPy's global random numbers."""

import numpy as np

from daseCV.layers import conv_forward_naive

solved = conv_forward_naive


def conv_forward_naive(x, w, b, conv_param):
    np.random.seed(0)
    return solved(x, w, b, conv_param)
