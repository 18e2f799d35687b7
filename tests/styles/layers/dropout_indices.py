"""Dropout by the indices of what is dropped, drawn by a `RandomState`."""

import numpy as np


def dropout_forward(x, dropout_param):
    p, mode = dropout_param["p"], dropout_param["mode"]
    state = np.random.RandomState(dropout_param.get("seed"))
    dropped = np.flatnonzero(state.uniform(size=x.size) > p) if mode == "train" else []
    out = np.array(x, order="C") / (p if mode == "train" else 1)
    out.reshape(-1)[dropped] = 0
    return out, [dropout_param, dropped]


def dropout_backward(dout, cache):
    param, dropped = cache
    dx = dout.copy(order="C")
    if param["mode"] == "train":
        dx /= param["p"]
        dx.reshape(-1)[dropped] = 0
    return dx
