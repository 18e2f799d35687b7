"""Hidden checks of the fully connected networks: parameters, scores, loss, gradients."""

from typing import Any

import numpy as np

from daseCV.checks.fully_connected import expect_shapes
from daseCV.classifiers.fc_net import FullyConnectedNet, TwoLayerNet

from ..worker.frames import Handle
from .cases import Case, Factors, Regions
from .models import (
    build_model,
    expect_another_start,
    expect_gradients,
    expect_normal,
    expect_own_arrays,
    expect_spread,
    fetch_parameters,
    given_parameters,
    loss,
    set_parameters,
    shapes_of,
)
from .registry import Array, Ask, hidden_check

TWO, DEEP = "classifiers.fc_net:TwoLayerNet", "classifiers.fc_net:FullyConnectedNet"

TWO_SHAPES = "`W1` (D, H) and `b1` (H,) of the first layer, `W2` (H, C) and `b2` (C,) of the second"
TWO_SCALE = "Standard deviation of the normally distributed initial weights; biases start at 0."
DEEP_NAMES = "The parameters are in the dict `params`: `W1`, `b1`, ..., `WL`, `bL`"
DEEP_SCALE = (
    "Standard deviation of the normally distributed initial weights. Biases and shifts start"
)
SCORES = "scores : ndarray, shape (N, C)"
TWO_LOSS = "softmax loss plus regularisation, and its gradient for each entry of"
DEEP_LOSS = "Otherwise: as in `TwoLayerNet.loss`."
REGULARISATION = "`0.5 * reg * sum(W ** 2)` for each weight matrix."

# What batches and settings of a network may be like.
BATCHES: Factors = {
    "N": [[1], [2, 6], [8, 11]],
    "classes": [[2], [3, 9], [12, 13]],
    "reg": [[0.0], [0.04], [0.7], [3.0]],
    "labels": [["any"], ["alike"]],
}
SAMPLES: list[list[tuple[int, ...]]] = [[(7,)], [(2, 3, 2)], [(5, 3)]]
HIDDEN: list[list[list[int]]] = [[[]], [[5], [9]], [[8, 4], [6, 6]], [[6, 6, 6]], [[8, 7, 6, 9, 7]]]
USUAL: Case = {"N": 6, "classes": 4, "reg": 0.0, "labels": "any", "sample": (7,)}
SIZES = {**BATCHES, "sample": SAMPLES}
TWO_LAYERS = Regions({**SIZES, "hidden": [[1], [5, 6], [12, 14]]}, {**USUAL, "hidden": 5})
DEPTHS = Regions({**SIZES, "hidden": HIDDEN}, {**USUAL, "hidden": [5]})
WEIGHT_SCALES = (0.02, 0.5, 1e-4)


@hidden_check(
    needs_given_layers=True, parameters=2, scores=2, loss=1, regularisation=2, gradients=4
)
def two_layer_net(ask: Ask) -> None:
    """Initial parameters; scores, loss and gradients for parameters that we choose."""
    for number, scale in enumerate(WEIGHT_SCALES):
        with ask.part("parameters", TWO_SHAPES):
            many = 140 + number, 40 + 8 * number, 40 + number
            expect_start_of(ask, TWO, many, scale, TwoLayerNet(*many, scale), TWO_SCALE)
    for case in ask.cases(TWO_LAYERS):
        hidden, classes, reg = case["hidden"], case["classes"], case["reg"]
        said = f"TwoLayerNet, hidden_dim {hidden}, num_classes {classes}, reg {reg}"
        D = int(np.prod(case["sample"]))
        with ask.question(said):
            model = build_model(ask, TWO, D, hidden, classes, 0.01, reg)
            ours = TwoLayerNet(D, hidden, classes, 0.01, reg)
            choose_parameters(ask, model, ours)
        compare_models(ask, model, ours, case, said, (SCORES, TWO_LOSS))


def expect_start_of(
    ask: Ask, target: str, sizes: tuple[Any, ...], scale: float, ours: Any, promise: str
) -> None:
    """Insist on names, shapes and spread of initial parameters, which differ from net to net."""
    name = target.rpartition(":")[2]
    with ask.question(f"{name}{sizes}, weight_scale {scale}"):
        params = fetch_parameters(ask, build_model(ask, target, *sizes, scale))
        expect_shapes(params, shapes_of(ours.params))
        with ask.part("parameters", promise):
            expect_spread(params, scale)
            expect_normal(params)
            other = fetch_parameters(ask, build_model(ask, target, *sizes, scale))
            expect_another_start(params, other)


@hidden_check(
    needs_given_layers=True, parameters=2, scores=2, loss=1, regularisation=2, gradients=4
)
def fully_connected_net(ask: Ask) -> None:
    """Networks of none to five hidden layers, without normalisation or dropout."""
    for number, scale in enumerate(WEIGHT_SCALES):
        with ask.part("parameters", DEEP_NAMES):
            expect_initial_parameters(ask, [40 + number, 50, 60][: 1 + number], None, scale)
    for case in ask.cases(DEPTHS):
        hidden, classes, reg = case["hidden"], case["classes"], case["reg"]
        said = f"FullyConnectedNet, hidden_dims {hidden}, num_classes {classes}, reg {reg}"
        with ask.question(said):
            model, ours = networks(ask, hidden, int(np.prod(case["sample"])), classes, reg=reg)
        compare_models(ask, model, ours, case, said, (SCORES, DEEP_LOSS))


def draw_batch(ask: Ask, case: Case) -> tuple[Array, Array]:
    """Samples and labels as a case has them."""
    X, y = ask.draw.normal(case["N"], *case["sample"]), ask.draw.labels(case["N"], case["classes"])
    return X, np.full_like(y, y[0]) if case["labels"] == "alike" else y


def compare_models(
    ask: Ask, model: Handle, ours: Any, case: Case, said: str, promises: tuple[str, str]
) -> None:
    """Compare scores, loss and gradients for two batches, one after the other."""
    for _ in range(2):
        X, y = draw_batch(ask, case)
        with ask.question(given_parameters(f"{said}, X {X.shape}")):
            with ask.part("scores", promises[0]):
                ask.close("scores", loss(ask, model, X), ours.loss(X))
            got = ask.results("loss", loss(ask, model, X, y), 2)
            right = ours.loss(X, y)
            part = ("regularisation", REGULARISATION) if ours.reg else ("loss", promises[1])
            with ask.part(*part):
                ask.close("loss", got[0], right[0], cancelling=1.0)
                if ours.reg:  # what is added to the gradients as well
                    expect_gradients(ask, got[1], right[1])
            if not ours.reg:
                with ask.part("gradients", promises[1]):
                    expect_gradients(ask, got[1], right[1])
    with ask.question(said), ask.part("gradients", promises[1]):
        expect_own_arrays(ask, model, ours.params, X, y)


def expect_initial_parameters(
    ask: Ask, hidden: list[int], normalization: str | None, scale: float
) -> None:
    """Insist on the initial parameters of a deep network."""
    sizes = hidden, 90, 40, 1, normalization, 0.0
    expect_start_of(ask, DEEP, sizes, scale, FullyConnectedNet(*sizes, scale), DEEP_SCALE)


def networks(
    ask: Ask,
    hidden: list[int],
    inputs: int,
    classes: int,
    dropout: float = 1,
    normalization: str | None = None,
    reg: float = 0.0,
    seed: int | None = None,
) -> tuple[Handle, FullyConnectedNet]:
    """A deep network of the student's and one of ours, float64, with the same parameters."""
    sizes = hidden, inputs, classes, dropout, normalization, reg, 0.01
    model = build_model(ask, DEEP, *sizes, np.float64, seed)
    ours = FullyConnectedNet(*sizes, np.float64, seed)
    choose_parameters(ask, model, ours)
    return model, ours


def choose_parameters(ask: Ask, model: Handle, ours: Any) -> None:
    """Give both networks the same parameters, far from where they start."""
    for name, value in ours.params.items():
        ours.params[name] = draw_parameter(ask, name, value)
    set_parameters(ask, model, ours.params)


def draw_parameter(ask: Ask, name: str, value: Array) -> Array:
    """Numbers that let signals of every size through."""
    scale = 1.5 / np.sqrt(len(value)) if name.startswith("W") else 0.4
    return ask.draw.normal(*value.shape, scale=scale, shift=float(name.startswith("gamma")))
