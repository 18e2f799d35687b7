"""Hidden checks of ThreeLayerConvNet: parameters, scores, loss, gradients."""

from typing import Any

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet

from ..worker.client import is_number
from ..worker.frames import Handle
from .models import (
    build_model,
    expect_gradients,
    expect_parameter_shapes,
    expect_spread,
    fetch_parameters,
    loss,
    set_parameters,
)
from .registry import Array, Ask, hidden_check

MODEL = "classifiers.cnn:ThreeLayerConvNet"
Dim = tuple[int, int, int]
INIT, LOSS = "classifiers.cnn.ThreeLayerConvNet.__init__", "classifiers.cnn.ThreeLayerConvNet.loss"

SHAPES = "`W2` (F * (H // 2) * (W // 2), hidden_dim)"
SCALE = "Standard deviation of the normally distributed initial weights; biases start at 0."
SCORES = "scores : ndarray, shape (N, num_classes)"
SOFTMAX = "softmax loss plus regularisation, and its gradient for each entry of"
REGULARISATION = "`0.5 * reg * sum(W ** 2)` for each weight array."

FORWARDS = ("layers.affine_forward", "layers.relu_forward", "layers.softmax_loss")
BACKWARDS = ("layers.affine_backward", "layers.relu_backward")

# input_dim, num_filters, filter_size, hidden_dim, num_classes: not square, one channel, 1x1.
NETWORKS = [((3, 8, 6), 4, 3, 7, 5), ((1, 6, 10), 2, 5, 9, 3), ((2, 4, 4), 3, 1, 6, 10)]


@hidden_check(
    INIT,
    LOSS,
    uses=FORWARDS,
    needs_given_layers=True,
    parameters=2,
    scores=2,
    loss=2,
    regularisation=2,
)
def cnn_loss(ask: Ask) -> None:
    """Initial parameters; scores and loss for parameters that we choose."""
    for number, (dim, filters, size, hidden, classes) in enumerate(NETWORKS):
        ask.asked = f"input_dim {dim}, {filters} filters {size}x{size}, hidden {hidden}"
        with ask.part("parameters", SHAPES):
            scale = 0.01 * (1 + number)
            params = expect_initial_parameters(ask, dim, filters, size, 40 * hidden, classes, scale)
            with ask.part("parameters", SCALE):
                expect_spread(ask, params, scale)
        reg = (0.0, 0.3, 1.5)[number]
        model, ours = prepare_networks(ask, dim, filters, size, hidden, classes, reg)
        X, y = ask.draw.normal(6, *dim), ask.draw.labels(6, classes)
        ask.asked = f"X {X.shape}, {classes} classes, reg {reg}, parameters of our choice"
        with ask.part("scores", SCORES):
            ask.close("scores", loss(ask, model, X), ours.loss(X))
        part, promise = ("regularisation", REGULARISATION) if reg else ("loss", SOFTMAX)
        with ask.part(part, promise):
            got = ask.results("loss", loss(ask, model, X, y, keep=[1]), 2)[0]
            ask.close("loss", got, ours.loss(X, y)[0])
            if not reg:
                # Some rows of scores far beyond what exp can take, their class the likeliest one.
                X[3:] *= 1e5
                y[3:] = ours.loss(X)[3:].argmax(axis=1)
                ask.asked += ", three images with large scores"
                got = ask.results("loss", loss(ask, model, X, y, keep=[1]), 2)[0]
                ask.close("loss", got, ours.loss(X, y)[0])


@hidden_check(
    LOSS, uses=FORWARDS + BACKWARDS, needs_given_layers=True, gradients=4, regularisation=1
)
def cnn_gradients(ask: Ask) -> None:
    """Gradients of all parameters, for parameters that we choose."""
    for number, network in enumerate(NETWORKS):
        reg = (0.0, 0.0, 0.7)[number]
        model, ours = prepare_networks(ask, *network, reg)
        X, y = ask.draw.normal(5, *network[0]), ask.draw.labels(5, network[-1])
        ask.asked = f"X {X.shape}, {network[-1]} classes, reg {reg}, parameters of our choice"
        part, promise = ("regularisation", REGULARISATION) if reg else ("gradients", SOFTMAX)
        with ask.part(part, promise):
            grads = ask.results("loss", loss(ask, model, X, y), 2)[1]
            expect_gradients(ask, grads, ours.loss(X, y)[1])


def expect_initial_parameters(
    ask: Ask, dim: Dim, filters: int, size: int, hidden: int, classes: int, scale: float
) -> dict[str, Array]:
    """The initial parameters; insist on their names, shapes and dtype."""
    model = build_network(ask, dim, filters, size, hidden, classes, scale, 0.0)
    params = fetch_parameters(ask, model)
    right = ThreeLayerConvNet(dim, filters, size, hidden, classes, scale).params
    expect_parameter_shapes(ask, params, right)
    for name, value in params.items():
        ask.expect(value.dtype == np.float32, f"{name} is {value.dtype}, expected float32")
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
