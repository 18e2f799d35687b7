"""ReLU as half of `|x| + x`; the cache is a dict with the sign."""

import numpy as np


def relu_forward(x):
    return (np.abs(x) + x) / 2, {"sign": np.sign(x)}


def relu_backward(dout, cache):
    return dout * np.maximum(cache["sign"], 0)
