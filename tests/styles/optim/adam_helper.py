"""Adam with one helper for both moving averages, and type hints."""

import numpy as np


def moving_average(old, new, beta, t):
    average = beta * old + (1 - beta) * new
    return average, average / (1 - beta**t)


def adam(w: np.ndarray, dw: np.ndarray, config: dict | None = None) -> tuple[np.ndarray, dict]:
    config = dict(config) if config else {}
    t = config["t"] = config.get("t", 0) + 1
    hats = {}
    for name, power, beta in (("m", 1, "beta1"), ("v", 2, "beta2")):
        beta = config.get(beta, {"beta1": 0.9, "beta2": 0.999}[beta])
        old = config.get(name, np.zeros(w.shape, w.dtype))
        config[name], hats[name] = moving_average(old, dw**power, beta, t)
    rate, epsilon = config.get("learning_rate", 1e-3), config.get("epsilon", 1e-8)
    return w - rate * hats["m"] / (hats["v"] ** 0.5 + epsilon), config
