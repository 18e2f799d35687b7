"""Update rules: how a parameter moves, given its gradient.

Each rule is `rule(w, dw, config=None) -> (next_w, config)`. `config` holds its hyperparameters and
what it remembers from step to step; missing entries are filled in with the defaults. Pass the
returned `config` on to the next step. `w`, `dw` and the given `config` are not changed in place;
the arrays that a `config` remembers may be.
"""

from typing import Any

import numpy as np

Array = np.ndarray
Config = dict[str, Any]


def sgd(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Stochastic gradient descent: `w - learning_rate * dw`.

    Parameters
    ----------
    w, dw : ndarray, same shape
        A parameter and the gradient of the loss with respect to it.
    config : dict
        `learning_rate` (default 1e-2).

    Returns
    -------
    next_w : ndarray, shape of w
    config : dict

    Examples
    --------
    >>> sgd(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.1})[0].tolist()
    [0.8]
    """
    config = {"learning_rate": 1e-2, **(config or {})}
    return w - config["learning_rate"] * dw, config


def sgd_momentum(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Stochastic gradient descent with momentum:

        v = momentum * v - learning_rate * dw
        next_w = w + v

    Does not change `w` or `dw`; changing one costs a quarter of the points.
    带动量的 SGD：速度 `v` 从一步记到下一步。不要改动 `w` 和 `dw`：改了扣四分之一的分。

    Parameters
    ----------
    w, dw : ndarray, same shape
    config : dict
        `learning_rate` (default 1e-2), `momentum` (default 0.9), `velocity`: v, shape of w
        (default 0).

    Returns
    -------
    next_w : ndarray, shape of w
    config : dict
        With the new `velocity`.

    References
    ----------
    Sutskever et al. 2013, "On the importance of initialization and momentum in deep learning",
    equations 1 and 2.
    """
    config = {"learning_rate": 1e-2, "momentum": 0.9, **(config or {})}
    v = config["velocity"] if "velocity" in config else np.zeros_like(w)
    # Assign next_w and v, which is stored below.
    ### BEGIN SOLUTION
    v *= config["momentum"]
    v -= config["learning_rate"] * dw
    next_w = w + v
    ### END SOLUTION
    config["velocity"] = v
    return next_w, config


def rmsprop(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """RMSProp: each entry's step is divided by a running root mean square of its gradients.

        cache = decay_rate * cache + (1 - decay_rate) * dw ** 2
        next_w = w - learning_rate * dw / (sqrt(cache) + epsilon)

    Does not change `w` or `dw`; changing one costs a quarter of the points.
    每个数的步长除以它自己的梯度的滑动均方根。不要改动 `w` 和 `dw`：改了扣四分之一的分。

    Parameters
    ----------
    w, dw : ndarray, same shape
    config : dict
        `learning_rate` (default 1e-2), `decay_rate` (default 0.99), `epsilon` (default 1e-8),
        `cache`: shape of w (default 0).

    Returns
    -------
    next_w : ndarray, shape of w
    config : dict
        With the new `cache`.

    References
    ----------
    Tieleman and Hinton 2012, "Neural Networks for Machine Learning", lecture 6.5.
    """
    config = {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8, **(config or {})}
    cache = config["cache"] if "cache" in config else np.zeros_like(w)
    # Assign next_w and cache, which is stored below.
    ### BEGIN SOLUTION
    cache *= config["decay_rate"]
    cache += (1 - config["decay_rate"]) * dw**2
    next_w = w - config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"])
    ### END SOLUTION
    config["cache"] = cache
    return next_w, config


def adam(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Adam: momentum and RMSProp together, both corrected for their start at zero.

        t = t + 1
        m = beta1 * m + (1 - beta1) * dw
        v = beta2 * v + (1 - beta2) * dw ** 2
        next_w = w - learning_rate * (m / (1 - beta1 ** t)) / (sqrt(v / (1 - beta2 ** t)) + epsilon)

    Does not change `w` or `dw`; changing one costs a quarter of the points.
    动量和 RMSProp 合起来，都修正从 0 开始的偏差；`t` 先加 1 再用。不要改动 `w` 和 `dw`。

    Parameters
    ----------
    w, dw : ndarray, same shape
    config : dict
        `learning_rate` (default 1e-3), `beta1` (default 0.9), `beta2` (default 0.999), `epsilon`
        (default 1e-8), `m` and `v`: shape of w (default 0), `t`: number of steps made (default 0).

    Returns
    -------
    next_w : ndarray, shape of w
    config : dict
        With the new `m`, `v` and `t`; `t` counts up before it is used.

    References
    ----------
    Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", algorithm 1.
    """
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
    config = {**defaults, **(config or {})}
    m = config["m"] if "m" in config else np.zeros_like(w)
    v = config["v"] if "v" in config else np.zeros_like(w)
    t = config["t"]
    # Assign next_w, and m, v and t, which are stored below.
    ### BEGIN SOLUTION
    t = t + 1
    m *= config["beta1"]
    m += (1 - config["beta1"]) * dw
    v *= config["beta2"]
    v += (1 - config["beta2"]) * dw**2
    step = config["learning_rate"] / (1 - config["beta1"] ** t)
    next_w = w - step * m / (np.sqrt(v / (1 - config["beta2"] ** t)) + config["epsilon"])
    ### END SOLUTION
    config.update(m=m, v=v, t=t)
    return next_w, config
