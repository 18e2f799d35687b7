"""Momentum and RMSProp entry by entry, with more in the config than asked for."""

import numpy as np


def sgd_momentum(w, dw, config=None):
    config = dict(config or {})
    rate, momentum = config.get("learning_rate", 1e-2), config.get("momentum", 0.9)
    v = np.array(config.get("velocity", np.zeros(w.shape)))
    next_w = np.empty(w.shape)
    for index in np.ndindex(w.shape):
        v[index] = momentum * v[index] - rate * dw[index]
        next_w[index] = w[index] + v[index]
    config["velocity"] = v
    config["steps"] = config.get("steps", 0) + 1
    return next_w, config


def rmsprop(w, dw, config=None):
    config = dict(config or {})
    decay, epsilon = config.get("decay_rate", 0.99), config.get("epsilon", 1e-8)
    cache = np.array(config.get("cache", np.zeros(w.shape)))
    next_w = np.empty(w.shape)
    for index in np.ndindex(w.shape):
        cache[index] = decay * cache[index] + (1 - decay) * float(dw[index]) ** 2
        rate = config.get("learning_rate", 1e-2) / (cache[index] ** 0.5 + epsilon)
        next_w[index] = w[index] - rate * dw[index]
    config["cache"] = cache
    return np.asfortranarray(next_w), config
