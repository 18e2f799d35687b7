"""Momentum and RMSProp with a new config each time."""

import numpy as np


def sgd_momentum(w, dw, config=None):
    c = {"learning_rate": 1e-2, "momentum": 0.9, "velocity": 0.0 * w} | (config or {})
    velocity = c["momentum"] * c["velocity"] + (-c["learning_rate"]) * dw
    return [np.add(w, velocity), {**c, "velocity": velocity}]


def rmsprop(w, dw, config=None):
    c = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, "cache": 0.0}
    c |= config or {}
    cache = c["cache"] + (1 - c["decay_rate"]) * (np.square(dw) - c["cache"])
    return w - c["learning_rate"] * dw / (cache**0.5 + c["epsilon"]), {**c, "cache": cache}
