"""Hidden checks of ThreeLayerConvNet: parameters, scores, loss, gradients."""

from typing import Any

import numpy as np

from daseCV.checks.fully_connected import expect_shapes
from daseCV.checks.network import expect_float32
from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.language import Message

from ..worker.client import is_number
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

MODEL = "classifiers.cnn:ThreeLayerConvNet"
Dim = tuple[int, int, int]

SHAPES = "`W2` (F * (H // 2) * (W // 2), hidden_dim)"
SCALE = "Standard deviation of the normally distributed initial weights; biases start at 0."
SCORES = "scores : ndarray, shape (N, num_classes)"
SOFTMAX = "softmax loss plus regularisation, and its gradient for each entry of"
REGULARISATION = "`0.5 * reg * sum(W ** 2)` for each weight array."

# input_dim, num_filters, filter_size, hidden_dim, num_classes: not square, one channel, 1x1.
NETWORKS = [((3, 8, 6), 4, 3, 7, 5), ((1, 6, 10), 2, 5, 9, 3), ((2, 4, 4), 3, 1, 6, 10)]


@hidden_check(needs_given_layers=True, parameters=2, scores=2, loss=2, regularisation=2)
def cnn_loss(ask: Ask) -> None:
    """Initial parameters; scores and loss for parameters that we choose."""
    for number, (dim, filters, size, hidden, classes) in enumerate(NETWORKS):
        asked = f"input_dim {dim}, num_filters {filters}, filter_size {size}"
        with ask.part("parameters", SHAPES), ask.question(f"{asked}, hidden_dim {40 * hidden}"):
            scale = 0.01 * (1 + number)
            params = expect_initial_parameters(ask, dim, filters, size, 40 * hidden, classes, scale)
            with ask.part("parameters", SCALE):
                expect_spread(params, scale)
        reg = (0.0, 0.3, 1.5)[number]
        with ask.question(f"{asked}, hidden_dim {hidden}"):
            model, ours = prepare_networks(ask, dim, filters, size, hidden, classes, reg)
        X, y = ask.draw.normal(6, *dim), ask.draw.labels(6, classes)
        asked = given_parameters(f"X {X.shape}, num_classes {classes}, reg {reg}")
        with ask.part("scores", SCORES), ask.question(asked):
            ask.close("scores", loss(ask, model, X), ours.loss(X))
        part, promise = ("regularisation", REGULARISATION) if reg else ("loss", SOFTMAX)
        with ask.part(part, promise):
            with ask.question(asked):
                got = ask.results("loss", loss(ask, model, X, y, keep=[1]), 2)[0]
                ask.close("loss", got, ours.loss(X, y)[0])
            if not reg:
                # Some rows of scores far beyond what exp can take, their class the likeliest one.
                X[3:] *= 1e5
                y[3:] = ours.loss(X)[3:].argmax(axis=1)
                large = Message("{question}, three images with large scores", question=asked)
                with ask.question(large):
                    got = ask.results("loss", loss(ask, model, X, y, keep=[1]), 2)[0]
                    ask.close("loss", got, ours.loss(X, y)[0])


@hidden_check(needs_given_layers=True, gradients=4, regularisation=1)
def cnn_gradients(ask: Ask) -> None:
    """Gradients of all parameters, for parameters that we choose."""
    for number, network in enumerate(NETWORKS):
        reg = (0.0, 0.0, 0.7)[number]
        said = f"num_classes {network[-1]}, reg {reg}"
        with ask.question(said):
            model, ours = prepare_networks(ask, *network, reg)
        X, y = ask.draw.normal(5, *network[0]), ask.draw.labels(5, network[-1])
        asked = given_parameters(f"X {X.shape}, {said}")
        part, promise = ("regularisation", REGULARISATION) if reg else ("gradients", SOFTMAX)
        with ask.part(part, promise), ask.question(asked):
            grads = ask.results("loss", loss(ask, model, X, y), 2)[1]
            expect_gradients(ask, grads, ours.loss(X, y)[1])


def expect_initial_parameters(
    ask: Ask, dim: Dim, filters: int, size: int, hidden: int, classes: int, scale: float
) -> dict[str, Array]:
    """The initial parameters; insist on their names, shapes and dtype."""
    model = build_network(ask, dim, filters, size, hidden, classes, scale, 0.0)
    params = fetch_parameters(ask, model)
    right = ThreeLayerConvNet(dim, filters, size, hidden, classes, scale).params
    expect_shapes(params, shapes_of(right))
    expect_float32(params)
    return params


def build_network(ask: Ask, *arguments: Any, dtype: type = np.float32) -> Handle:
    """Make a model of the student's in the worker."""
    return build_model(ask, MODEL, *arguments, dtype)


def prepare_networks(
    ask: Ask, dim: Dim, filters: int, size: int, hidden: int, classes: int, reg: float
) -> tuple[Handle, ThreeLayerConvNet]:
    """A model of the student's and one of ours, float64, with the same parameters."""
    sizes = (dim, filters, size, hidden, classes)
    model = build_network(ask, *sizes, 0.01, reg, dtype=np.float64)
    ours = ThreeLayerConvNet(*sizes, 0.01, reg, np.float64)
    for name, value in ours.params.items():
        ours.params[name] = ask.draw.normal(*value.shape, scale=0.5)
    set_parameters(ask, model, ours.params)
    return model, ours


def as_float(value: Any) -> float:
    """A worker's number as a float; NaN where it is none."""
    if isinstance(value, np.ndarray) and value.shape == ():
        value = value[()]
    try:
        return float(value) if is_number(value) else float("nan")
    except OverflowError:
        return float("inf")
