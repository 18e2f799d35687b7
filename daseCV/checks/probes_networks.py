"""Questions to update rules and networks that recognise mistakes.

Networks get given parameters, with biases other than 0. Probes of initial weights do not depend on
how random numbers are drawn.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from .library import Library
from .probing import Array, Random, Seen, ask, probe, returned_by

Config = dict[str, Any]


def probe_rule(name: str, settings: Config, later: Config, *remembered: str) -> None:
    """Register the probes of an update rule: three steps of each run, and its state.

    Runs begin with the defaults, with `settings`, and in the middle of a training with `later`.
    """

    @probe(f"optim.{name}")
    def ask_rule(library: Library, rng: Random) -> Seen:
        state = {key: rng.uniform(0.5, 2, (3, 4)) for key in remembered if key not in later}
        runs: dict[str, Config] = {
            "defaults": {},
            "settings": {"learning_rate": 0.1, **settings},
            "later": {"learning_rate": 0.3, **later, **state},
        }
        for key, config in runs.items():
            w = rng.standard_normal((3, 4))
            for number in (1, 2, 3):
                dw = rng.standard_normal((3, 4))
                dw[0, :2] = 0  # nothing may divide by it
                arguments = getattr(library("optim"), name), w, dw, config
                results = yield from ask(f"{key}, step {number}", "next_w -", *arguments)
                if results is None or not isinstance(results[1], dict):
                    break
                w, config = results
            else:
                for entry in remembered:
                    yield f"{key}: {entry}", config.get(entry)


BETAS = {"beta1": 0.7, "beta2": 0.8}
probe_rule("sgd_momentum", {"momentum": 0.6}, {"momentum": 0.8}, "velocity")
probe_rule("rmsprop", {"decay_rate": 0.7, "epsilon": 0.1}, {"decay_rate": 0.8}, "cache")
probe_rule("adam", {**BETAS, "epsilon": 0.1}, {**BETAS, "t": 4}, "m", "v", "t")


# Networks

SCALES = (0.008, 2.0)


def ask_initial(key: str, build: Callable[[], Any], weight_scale: float) -> Seen:
    """Shapes of the parameters; of constant ones the value, of many random ones the spread."""
    results = yield from ask(key, "-", build)
    params = getattr((results or (None,))[0], "params", None)
    if not isinstance(params, dict):
        return
    yield f"{key}: names", " ".join(sorted(map(str, params)))
    for name, value in sorted(params.items()):
        yield f"{key}: {name} shape", str(np.shape(value))
        if np.size(value):
            yield f"{key}: {name}", describe_spread(np.asarray(value), weight_scale)


def describe_spread(value: Array, weight_scale: float) -> str:
    """Describe an initial parameter, independently of the random numbers that were drawn."""
    if np.ptp(value) == 0:
        return f"all {value.flat[0] + 0.0:g}"  # no -0
    if value.min() >= 0:
        return "random, none negative"
    # The spread of 1000 numbers is known to about 2%, so factors of 1.4 can be told apart.
    factor = round(2 * np.log2(value.std() / weight_scale)) if value.size > 1000 else 0
    return f"random, {2 ** (factor / 2):.2g} times the scale" if factor else "random"


def ask_losses(key: str, model: Any, rng: Random, X: Array, classes: int) -> Seen:
    """Scores, then loss and gradients, at parameters of any size."""
    if not isinstance(getattr(model, "params", None), dict):
        return
    fill(model, rng)
    y = rng.randint(classes, size=len(X))
    before = {name: value.copy() for name, value in model.params.items()}
    results = yield from ask(key, "loss -", model.loss, X, y)
    changed = [name for name in before if not np.array_equal(before[name], model.params.get(name))]
    if changed:
        yield f"{key}: in place", f"changed {' '.join(sorted(changed))}"
    if results is not None and isinstance(results[1], dict):
        for name in sorted(set(before) | set(results[1])):
            yield f"{key}: gradient of {name}", results[1].get(name)
    # After training, so that batch norm has running averages.
    yield from ask(f"{key}, no y", "scores", model.loss, X)


def fill(model: Any, rng: Random) -> None:
    """Set new parameters, in an order that depends only on their names."""
    for name in sorted(model.params):
        values = 0.5 * rng.standard_normal(np.shape(model.params[name]))
        model.params[name] = values + (name.startswith("gamma"))


@probe("classifiers.fc_net.TwoLayerNet.__init__")
def two_layer_init(library: Library, _: Random) -> Seen:
    net = library("classifiers.fc_net").TwoLayerNet
    for scale in SCALES:
        yield from ask_initial(f"weight_scale {scale}", lambda: net(60, 50, 40, scale), scale)


@probe("classifiers.fc_net.TwoLayerNet.loss")
def two_layer_loss(library: Library, rng: Random) -> Seen:
    net = library("classifiers.fc_net").TwoLayerNet
    for reg in (0.0, 0.6):
        for model in returned_by(lambda: net(12, 5, 4, 1e-2, reg)):
            yield from ask_losses(f"reg {reg}", model, rng, rng.standard_normal((3, 4, 3)), 4)


@probe("classifiers.fc_net.FullyConnectedNet.__init__")
def deep_init(library: Library, _: Random) -> Seen:
    net = library("classifiers.fc_net").FullyConnectedNet
    for kind, scale in ((None, 0.008), (None, 2.0), ("batchnorm", 2.0), ("layernorm", 0.008)):
        settings = {"normalization": kind, "weight_scale": scale, "dtype": np.float64}
        key = f"{kind}, weight_scale {scale}"
        yield from ask_initial(key, lambda: net([60, 50], 40, 30, **settings), scale)


@probe("classifiers.fc_net.FullyConnectedNet.loss")
def deep_loss(library: Library, rng: Random) -> Seen:
    net = library("classifiers.fc_net").FullyConnectedNet
    for kind, reg in ((None, 0.0), (None, 0.6), ("batchnorm", 0.6), ("layernorm", 0.0)):
        settings = {"normalization": kind, "reg": reg, "dtype": np.float64}
        for model in returned_by(lambda: net([5, 5], 8, 4, **settings)):
            key = f"{kind}, reg {reg}"
            yield from ask_losses(key, model, rng, rng.standard_normal((7, 4, 2)), 4)
            for layer, param in enumerate(model.bn_params if kind == "batchnorm" else ()):
                yield f"{key}: averages {layer}", param.get("running_mean")
    yield from ask_kept_unit(net, rng)


def ask_kept_unit(net: Any, rng: Random) -> Seen:
    """One sample and one unit, with a seed that keeps it: masks may be drawn in any way."""
    X, weights = 1 + rng.uniform(size=(1, 3)), rng.uniform(0.5, 1, 3)
    for seed in range(40):
        for model in returned_by(lambda: net([1], 3, 2, dropout=0.5, seed=seed, dtype=np.float64)):
            if not {"W1", "b1", "W2", "b2"} <= set(model.params):
                return
            model.params |= {
                "W1": weights.reshape(3, 1),
                "b1": np.array([0.3]),
                "W2": np.array([[0.4, -0.7]]),
                "b2": np.array([0.1, 0.2]),
            }
            seen = dict(ask_with_dropout(model, X))
            gradient = seen.get("dropout: gradient of W2")
            if gradient is None or np.any(gradient):
                yield from seen.items()
                return


def ask_with_dropout(model: Any, X: Array) -> Seen:
    yield from ask("dropout, no y", "scores", model.loss, X)
    results = yield from ask("dropout", "loss -", model.loss, X, np.array([1]))
    if results is not None and isinstance(results[1], dict):
        for name, value in sorted(results[1].items()):
            yield f"dropout: gradient of {name}", value


@probe("classifiers.cnn.ThreeLayerConvNet.__init__")
def cnn_init(library: Library, _: Random) -> Seen:
    net = library("classifiers.cnn").ThreeLayerConvNet
    for scale in SCALES:
        key = f"weight_scale {scale}"
        arguments = (3, 9, 6), 40, 5, 50, 30, scale
        yield from ask_initial(key, lambda: net(*arguments, dtype=np.float64), scale)


@probe("classifiers.cnn.ThreeLayerConvNet.loss")
def cnn_loss(library: Library, rng: Random) -> Seen:
    net = library("classifiers.cnn").ThreeLayerConvNet
    for filter_size, reg in ((3, 0.0), (5, 0.6)):
        for model in returned_by(
            lambda: net((2, 6, 4), 3, filter_size, 5, 4, 1e-2, reg, np.float64)
        ):
            X = rng.standard_normal((3, 2, 6, 4))
            yield from ask_losses(f"filters {filter_size}, reg {reg}", model, rng, X, 4)
