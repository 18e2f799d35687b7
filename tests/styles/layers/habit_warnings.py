"""Warnings, one of its own and one of NumPy's."""

import numpy as np

from daseCV.layers import conv_forward_naive

solved = conv_forward_naive


def conv_forward_naive(x, w, b, conv_param):
    import warnings

    warnings.warn("careful")
    np.log(np.zeros(1))
    return solved(x, w, b, conv_param)
