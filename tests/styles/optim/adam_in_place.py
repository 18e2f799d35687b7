"""Adam that changes its moments in place and remembers its last step as well."""

import numpy as np


def adam(w, dw, config=None):
    config = {} if config is None else config
    for key, value in [
        ("learning_rate", 1e-3),
        ("beta1", 0.9),
        ("beta2", 0.999),
        ("epsilon", 1e-8),
        ("t", np.int64(0)),
    ]:
        config[key] = config.get(key, value)
    if "m" not in config or config["m"] is None:
        config["m"], config["v"] = np.zeros(w.shape, w.dtype), np.zeros(w.shape, w.dtype)
    m, v = config["m"], config["v"]
    config["t"] = config["t"] + 1
    np.multiply(m, config["beta1"], out=m)
    np.add(m, (1 - config["beta1"]) * dw, out=m)
    np.multiply(v, config["beta2"], out=v)
    np.add(v, (1 - config["beta2"]) * dw**2, out=v)
    next_w = w.copy()
    next_w -= (
        config["learning_rate"]
        * (m / (1 - config["beta1"] ** config["t"]))
        / (np.sqrt(v / (1 - config["beta2"] ** config["t"])) + config["epsilon"])
    )
    config["last_step"] = next_w - w
    return np.asfortranarray(next_w), config
