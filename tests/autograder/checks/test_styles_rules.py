"""Momentum and RMSProp: right is right, however it is written; `test_styles_adam` has Adam.

Each of these stands at the end of optim.py, takes the reference's place and gets its full share.
"""

from collections.abc import Callable

import pytest

THE_GIVEN_CONFIG = """
    def sgd_momentum(w, dw, config=None):
        if config is None:
            config = {}
        config.setdefault("learning_rate", 1e-2)
        config.setdefault("momentum", 0.9)
        v = config.get("velocity", np.zeros_like(w))
        v = config["momentum"] * v - config["learning_rate"] * dw
        config["velocity"] = v
        return w + v, config

    def rmsprop(w, dw, config=None):
        if config is None:
            config = {}
        config.setdefault("learning_rate", 1e-2)
        config.setdefault("decay_rate", 0.99)
        config.setdefault("epsilon", 1e-8)
        config.setdefault("cache", np.zeros_like(w))
        config["cache"] = config["decay_rate"] * config["cache"] + (1 - config["decay_rate"]) * (
            dw * dw
        )
        step = dw / (np.sqrt(config["cache"]) + config["epsilon"])
        return w - config["learning_rate"] * step, config
"""

A_NEW_CONFIG = """
    def sgd_momentum(w, dw, config=None):
        c = {"learning_rate": 1e-2, "momentum": 0.9, "velocity": 0.0 * w} | (config or {})
        velocity = c["momentum"] * c["velocity"] + (-c["learning_rate"]) * dw
        return [np.add(w, velocity), {**c, "velocity": velocity}]

    def rmsprop(w, dw, config=None):
        c = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, "cache": 0.0}
        c |= config or {}
        cache = c["cache"] + (1 - c["decay_rate"]) * (np.square(dw) - c["cache"])
        return w - c["learning_rate"] * dw / (cache ** 0.5 + c["epsilon"]), {**c, "cache": cache}
"""

ENTRY_BY_ENTRY = """
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
"""

STYLES = {
    "the given config, changed and returned": THE_GIVEN_CONFIG,
    "a new config": A_NEW_CONFIG,
    "entry by entry, with more in the config": ENTRY_BY_ENTRY,
}


@pytest.mark.parametrize("solution", STYLES.values(), ids=STYLES)
def test_a_right_update_rule_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str
) -> None:
    assert_full_share("daseCV/optim.py", solution, "sgd_momentum", "rmsprop")
