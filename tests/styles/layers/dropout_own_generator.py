"""Dropout by a generator of its own, `np.random.default_rng`."""

import numpy as np


def dropout_forward(x, dropout_param):
    if dropout_param["mode"] == "test":
        return x, (dropout_param, None)
    rng = np.random.default_rng(dropout_param.get("seed"))
    kept = rng.random(x.shape) < dropout_param["p"]
    return np.where(kept, x / dropout_param["p"], 0.0), (dropout_param, kept)


def dropout_backward(dout, cache):
    param, kept = cache
    return dout if kept is None else np.where(kept, dout / param["p"], 0.0)
