"""Imports that nothing uses, as students have them."""

import functools
import itertools
import math
import os
import random
import sys

from daseCV.fast_layers import *

from .fast_layers import conv_backward_fast, conv_forward_fast
from .gradient_check import eval_numerical_gradient_array

try:
    from .im2col_cython import col2im_6d_cython
except ImportError:
    print("run the following from the daseCV folder: python setup.py build_ext --inplace")
