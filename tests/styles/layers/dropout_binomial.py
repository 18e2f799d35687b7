"""Dropout by `np.random.binomial`; when testing, the mask is all ones."""

import numpy as np


def dropout_forward(x, dropout_param):
    p = dropout_param["p"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    mask = np.ones_like(x)
    if dropout_param["mode"] == "train":
        mask = np.random.binomial(1, p, size=x.shape) / p
    return x * mask, (dropout_param, mask)


def dropout_backward(dout, cache):
    return dout * cache[1]
