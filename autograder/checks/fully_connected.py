"""Hidden checks of the fully connected networks: parameters, scores, loss, gradients."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from daseCV.checks.fully_connected import expect_shapes
from daseCV.classifiers.fc_net import FullyConnectedNet, TwoLayerNet

from ..worker.frames import Handle
from .models import (
    build_model,
    expect_gradients,
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

# Shape of one sample, hidden_dim, num_classes, reg: no two sizes alike, one sample of four axes.
TWO_LAYERS = [((7,), 5, 4, 0.0), ((2, 3, 2), 6, 3, 0.7), ((4,), 9, 10, 0.2)]

# Shape of one sample, hidden_dims, num_classes, reg: one to five hidden layers, of all kinds of
# width.
DEPTHS: list[tuple[tuple[int, ...], list[int], int, float]] = [
    ((6,), [5], 3, 0.0),
    ((2, 2, 3), [8, 4], 5, 0.0),
    ((9,), [6, 6, 6], 4, 0.8),
    ((5,), [7, 9, 8, 6], 3, 0.0),
    ((3, 2), [8, 7, 6, 9, 7], 10, 0.3),
]


@hidden_check(
    needs_given_layers=True, parameters=2, scores=2, loss=1, regularisation=2, gradients=4
)
def two_layer_net(ask: Ask) -> None:
    """Initial parameters; scores, loss and gradients for parameters that we choose."""
    for number, (dim, hidden, classes, reg) in enumerate(TWO_LAYERS):
        D, scale = int(np.prod(dim)), 0.02 * (1 + number)
        with ask.part("parameters", TWO_SHAPES):
            many = 20 * D, 8 * hidden, 10 * classes
            asked = "TwoLayerNet, input_dim {}, hidden_dim {}, num_classes {}".format(*many)
            with ask.question(asked):
                params = fetch_parameters(ask, build_model(ask, TWO, *many, scale))
                expect_shapes(params, shapes_of(TwoLayerNet(*many, scale).params))
                with ask.part("parameters", TWO_SCALE):
                    expect_spread(params, scale)
        said = f"TwoLayerNet, hidden_dim {hidden}, num_classes {classes}, reg {reg}"
        with ask.question(said):
            model = build_model(ask, TWO, D, hidden, classes, 0.01, reg)
            ours = TwoLayerNet(D, hidden, classes, 0.01, reg)
            choose_parameters(ask, model, ours)
        compare_models(ask, model, ours, dim, classes, said, (SCORES, TWO_LOSS))


@hidden_check(
    needs_given_layers=True, parameters=2, scores=2, loss=1, regularisation=2, gradients=4
)
def fully_connected_net(ask: Ask) -> None:
    """Networks of one to five hidden layers, without normalisation or dropout."""
    for number, (dim, hidden, classes, reg) in enumerate(DEPTHS):
        with ask.part("parameters", DEEP_NAMES):
            expect_initial_parameters(
                ask, [20 + 5 * width for width in hidden], None, 0.01 * (1 + number)
            )
        said = f"FullyConnectedNet, hidden_dims {hidden}, num_classes {classes}, reg {reg}"
        with ask.question(said):
            model, ours = networks(ask, hidden, int(np.prod(dim)), classes, reg=reg)
        compare_models(ask, model, ours, dim, classes, said, (SCORES, DEEP_LOSS))


def compare_models(
    ask: Ask,
    model: Handle,
    ours: Any,
    dim: Sequence[int],
    classes: int,
    said: str,
    promises: tuple[str, str],
) -> None:
    """Compare scores, loss and gradients for samples of this shape."""
    X, y = ask.draw.normal(6, *dim), ask.draw.labels(6, classes)
    with ask.question(given_parameters(f"{said}, X {X.shape}")):
        with ask.part("scores", promises[0]):
            ask.close("scores", loss(ask, model, X), ours.loss(X))
        got = ask.results("loss", loss(ask, model, X, y), 2)
        right = ours.loss(X, y)
        with ask.part(*("regularisation", REGULARISATION) if ours.reg else ("loss", promises[1])):
            ask.close("loss", got[0], right[0])
            if ours.reg:  # what is added to the gradients as well
                expect_gradients(ask, got[1], right[1])
        if not ours.reg:
            with ask.part("gradients", promises[1]):
                expect_gradients(ask, got[1], right[1])


def expect_initial_parameters(
    ask: Ask, hidden: list[int], normalization: str | None, scale: float
) -> None:
    """Insist on the initial parameters of a deep network."""
    sizes = hidden, 90, 40, 1, normalization, 0.0, scale
    asked = f"FullyConnectedNet, hidden_dims {hidden}, input_dim 90, num_classes 40"
    with ask.question(f"{asked}, {normalization}" if normalization else asked):
        params = fetch_parameters(ask, build_model(ask, DEEP, *sizes))
        expect_shapes(params, shapes_of(FullyConnectedNet(*sizes).params))
        with ask.part("parameters", DEEP_SCALE):
            expect_spread(params, scale)


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
