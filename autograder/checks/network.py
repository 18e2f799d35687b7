"""Hidden checks of ThreeLayerConvNet: parameters, scores, loss, gradients."""

from typing import Any

import numpy as np

from daseCV.checks.fully_connected import expect_shapes
from daseCV.checks.network import expect_float32
from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.language import Message

from ..worker.client import is_number
from ..worker.frames import Handle
from .cases import Case, Factors, Regions
from .fully_connected import BATCHES, draw_batch
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

MODEL = "classifiers.cnn:ThreeLayerConvNet"
Dim = tuple[int, int, int]

SHAPES = "`W2` (F * (H // 2) * (W // 2), hidden_dim)"
SCALE = "Standard deviation of the normally distributed initial weights; biases start at 0."
SCORES = "scores : ndarray, shape (N, num_classes)"
SOFTMAX = "softmax loss plus regularisation, and its gradient for each entry of"
REGULARISATION = "`0.5 * reg * sum(W ** 2)` for each weight array."

# input_dim is C, H, W: heights and widths are even and odd, alike and not.
FACTORS: Factors = {
    **BATCHES,
    "C": [[1], [2, 3], [4, 5]],
    "H": [[6, 8], [5, 7]],
    "W": [[6, 4], [5, 9]],
    "filters": [[1, 2], [3, 4], [5, 6]],
    "size": [[1], [3], [5], [7]],
    "hidden": [[6, 9], [12]],
}
USUAL: Case = {"N": 6, "classes": 5, "reg": 0.0, "labels": "any", "C": 3, "H": 8, "W": 6}
USUAL |= {"filters": 4, "size": 3, "hidden": 7}
IMAGES = Regions(FACTORS, USUAL)
WEIGHT_SCALES = (0.01, 0.5, 1e-4)


@hidden_check(needs_given_layers=True, parameters=2, scores=2, loss=2, regularisation=2)
def cnn_loss(ask: Ask) -> None:
    """Initial parameters; scores and loss for parameters that we choose."""
    for number, scale in enumerate(WEIGHT_SCALES):
        dim, filters, size, hidden = (3, 8 + number, 7 + number), 4, (3, 7, 1)[number], 300
        asked = f"input_dim {dim}, num_filters {filters}, filter_size {size}, hidden_dim {hidden}"
        with ask.part("parameters", SHAPES), ask.question(asked):
            params = expect_initial_parameters(ask, dim, filters, size, hidden, 40, scale)
            with ask.part("parameters", SCALE):
                expect_spread(params, scale)
                expect_normal(params)
                again = build_network(ask, dim, filters, size, hidden, 40, scale, 0.0)
                expect_another_start(params, fetch_parameters(ask, again))
    with ask.part("parameters", SHAPES), ask.question("ThreeLayerConvNet()"):
        params = fetch_parameters(ask, build_model(ask, MODEL))
        expect_shapes(params, shapes_of(ThreeLayerConvNet().params))
    for case in ask.cases(IMAGES):
        dim, reg = (case["C"], case["H"], case["W"]), case["reg"]
        asked = f"input_dim {dim}, num_filters {case['filters']}, filter_size {case['size']}"
        with ask.question(f"{asked}, hidden_dim {case['hidden']}"):
            model, ours = prepare_networks(ask, *sizes_of(case), reg)
        for _ in range(2):
            X, y = draw_batch(ask, case | {"sample": dim})
            asked = given_parameters(f"X {X.shape}, num_classes {case['classes']}, reg {reg}")
            with ask.part("scores", SCORES), ask.question(asked):
                ask.close("scores", loss(ask, model, X), ours.loss(X))
            part, promise = ("regularisation", REGULARISATION) if reg else ("loss", SOFTMAX)
            with ask.part(part, promise), ask.question(asked):
                got = ask.results("loss", loss(ask, model, X, y, keep=[1]), 2)[0]
                ask.close("loss", got, ours.loss(X, y)[0], cancelling=1.0)
        if not reg:
            with ask.part("loss", SOFTMAX):
                compare_large_scores(ask, model, ours, X, y, asked)


def compare_large_scores(
    ask: Ask, model: Handle, ours: ThreeLayerConvNet, X: Array, y: Array, asked: str
) -> None:
    """Rows of scores far beyond what exp can take, their class the likeliest one."""
    last = len(X) // 2
    X[last:] *= 1e5
    y[last:] = ours.loss(X)[last:].argmax(axis=1)
    with ask.question(Message("{question}, images with large scores", question=asked)):
        got = ask.results("loss", loss(ask, model, X, y, keep=[1]), 2)[0]
        ask.close("loss", got, ours.loss(X, y)[0], cancelling=1.0)


@hidden_check(needs_given_layers=True, gradients=4, regularisation=1)
def cnn_gradients(ask: Ask) -> None:
    """Gradients of all parameters, for parameters that we choose."""
    for case in ask.cases(IMAGES):
        dim, reg = (case["C"], case["H"], case["W"]), case["reg"]
        said = f"num_classes {case['classes']}, reg {reg}"
        with ask.question(said):
            model, ours = prepare_networks(ask, *sizes_of(case), reg)
        part, promise = ("regularisation", REGULARISATION) if reg else ("gradients", SOFTMAX)
        for _ in range(2):
            X, y = draw_batch(ask, case | {"sample": dim})
            with ask.part(part, promise), ask.question(given_parameters(f"X {X.shape}, {said}")):
                grads = ask.results("loss", loss(ask, model, X, y), 2)[1]
                expect_gradients(ask, grads, ours.loss(X, y)[1])
        with ask.part(part, promise), ask.question(given_parameters(f"X {X.shape}, {said}")):
            expect_own_arrays(ask, model, ours.params, X, y)


def sizes_of(case: Case) -> tuple[Dim, int, int, int, int]:
    """input_dim, num_filters, filter_size, hidden_dim, num_classes."""
    dim = case["C"], case["H"], case["W"]
    return dim, case["filters"], case["size"], case["hidden"], case["classes"]


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
