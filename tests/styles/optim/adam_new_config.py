"""Adam with a new config each time; the bias corrections are in the size of the step."""

import numpy as np

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
