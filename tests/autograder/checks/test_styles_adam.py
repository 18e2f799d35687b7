"""Adam: right is right, however it is written.

Each of these stands at the end of optim.py, takes the reference's place and gets its full share.
"""

from collections.abc import Callable

import pytest

SAME_CONFIG = """
    def adam(w, dw, config=None):
        if config is None:
            config = {}
        config.setdefault("learning_rate", 1e-3)
        config.setdefault("beta1", 0.9)
        config.setdefault("beta2", 0.999)
        config.setdefault("epsilon", 1e-8)
        config.setdefault("m", np.zeros_like(w))
        config.setdefault("v", np.zeros_like(w))
        config.setdefault("t", 0)

        config["t"] += 1
        config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
        config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * (dw * dw)
        mt = config["m"] / (1 - config["beta1"] ** config["t"])
        vt = config["v"] / (1 - config["beta2"] ** config["t"])
        next_w = w - config["learning_rate"] * mt / (np.sqrt(vt) + config["epsilon"])
        return next_w, config
"""

NEW_CONFIG = """
    DEFAULTS = dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0)

    def adam(w, dw, config=None):
        c = DEFAULTS | {"m": 0 * w, "v": 0 * w} | (config or {})
        t = c["t"] + 1
        m = c["m"] + (1 - c["beta1"]) * (dw - c["m"])
        v = c["v"] + (1 - c["beta2"]) * (np.square(dw) - c["v"])
        unbias = np.sqrt(1 - c["beta2"] ** t) / (1 - c["beta1"] ** t)
        epsilon = c["epsilon"] * np.sqrt(1 - c["beta2"] ** t)
        step = c["learning_rate"] * unbias * m / (np.sqrt(v) + epsilon)
        return np.subtract(w, step), {**c, "m": m, "v": v, "t": t}
"""

HELPERS = """
    def moving_average(old, new, beta, t):
        average = beta * old + (1 - beta) * new
        return average, average / (1 - beta ** t)

    def adam(w: np.ndarray, dw: np.ndarray, config: dict | None = None) -> tuple[np.ndarray, dict]:
        config = dict(config) if config else {}
        t = config["t"] = config.get("t", 0) + 1
        hats = {}
        for name, power, beta in (("m", 1, "beta1"), ("v", 2, "beta2")):
            beta = config.get(beta, {"beta1": 0.9, "beta2": 0.999}[beta])
            old = config.get(name, np.zeros(w.shape, w.dtype))
            config[name], hats[name] = moving_average(old, dw ** power, beta, t)
        rate, epsilon = config.get("learning_rate", 1e-3), config.get("epsilon", 1e-8)
        return w - rate * hats["m"] / (hats["v"] ** 0.5 + epsilon), config
"""

CLASS_AND_SCALARS = """
    from dataclasses import dataclass

    @dataclass
    class Adam:
        learning_rate: float = 1e-3
        beta1: float = 0.9
        beta2: float = 0.999
        epsilon: float = 1e-8
        t: int = 0
        m: object = 0.0
        v: object = 0.0

        def step(self, w, dw):
            self.t += 1
            self.m = self.beta1 * self.m + (1 - self.beta1) * dw
            self.v = self.beta2 * self.v + (1 - self.beta2) * dw**2
            m, v = self.m / (1 - self.beta1**self.t), self.v / (1 - self.beta2**self.t)
            return w - self.learning_rate * m / (v**0.5 + self.epsilon)

    def adam(w, dw, config=None):
        rule = Adam(**(config or {}))
        next_w = rule.step(w, dw)
        return [next_w, vars(rule)]
"""

IN_PLACE_ON_THE_MOMENTS = """
    def adam(w, dw, config=None):
        config = {} if config is None else config
        for key, value in [("learning_rate", 1e-3), ("beta1", 0.9), ("beta2", 0.999),
                           ("epsilon", 1e-8), ("t", np.int64(0))]:
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
        next_w -= (config["learning_rate"] * (m / (1 - config["beta1"] ** config["t"]))
                   / (np.sqrt(v / (1 - config["beta2"] ** config["t"])) + config["epsilon"]))
        config["last_step"] = next_w - w
        return np.asfortranarray(next_w), config
"""

STYLES = {
    "the given config, changed and returned": SAME_CONFIG,
    "a new config, the corrections in the step": NEW_CONFIG,
    "helpers": HELPERS,
    "a dataclass, moments that start as numbers": CLASS_AND_SCALARS,
    "in place on its moments": IN_PLACE_ON_THE_MOMENTS,
}


@pytest.mark.parametrize("solution", STYLES.values(), ids=STYLES)
def test_a_right_update_rule_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str
) -> None:
    assert_full_share("daseCV/optim.py", solution, "adam", "cnn_overfit")
