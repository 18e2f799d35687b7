"""Hidden checks of ThreeLayerConvNet: parameters, scores, loss, gradients."""

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.language import Message

from ...worker.frames import Handle
from .. import models
from ..cases import Case, Factors, Regions
from ..registry import Array, Questioner, hidden_check
from .fully_connected import BATCHES, DTYPE, DTYPES, describe_dtype, draw_batch, fits_float32

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
    "dtype": DTYPES,
}
USUAL: Case = {"N": 6, "classes": 5, "reg": 0.0, "labels": "any", "C": 3, "H": 8, "W": 6}
USUAL |= {"filters": 4, "size": 3, "hidden": 7, "X": "any", "batches": 2, "dtype": "float64"}
IMAGES = Regions(FACTORS, USUAL, fits_float32)
STARTS = Regions(
    {
        "C": [[1], [3], [5]],
        "H": [[8], [7]],
        "W": [[8, 6], [5, 9]],
        "filters": [[3], [6, 8]],
        "size": [[1], [3], [5], [7]],
        "hidden": [[60], [100]],
        "classes": [[2], [10], [40]],
        "scale": [[0.01], [0.5], [1e-4]],
        "reg": [[0.0], [0.3]],
        "dtype": DTYPES,
    }
)


@hidden_check(needs_given_layers=True, parameters=2, scores=2, loss=2, regularisation=2)
def cnn_loss(ask: Questioner) -> None:
    """Initial parameters; scores and loss for parameters that we choose."""
    with ask.part("parameters", SHAPES):
        models.expect_initialisation(ask, MODEL, (), 1e-3, SCALE, "float32")
        for case in ask.cases(STARTS):
            sizes = *sizes_of(case), case["scale"], case["reg"], DTYPE[case["dtype"]]
            models.expect_initialisation(ask, MODEL, sizes, case["scale"], SCALE, case["dtype"])
    for case in ask.cases(IMAGES):
        dim, reg = (case["C"], case["H"], case["W"]), case["reg"]
        asked = f"input_dim {dim}, num_filters {case['filters']}, filter_size {case['size']}"
        with ask.question(f"{asked}, hidden_dim {case['hidden']}{describe_dtype(case)}"):
            model, ours = build_networks(ask, case)
        dtype, how = case["dtype"], case["X"]
        for _ in range(case["batches"]):
            X, y = draw_batch(ask, case | {"sample": dim}, ours)
            asked = f"X {X.shape}, num_classes {case['classes']}, reg {reg}{describe_dtype(case)}"
            asked = models.with_given_parameters(asked)
            with ask.part("scores", SCORES), ask.question(asked):
                ask.close("scores", models.call_loss(ask, model, X, how=how), ours.loss(X), dtype)
            part, promise = ("regularisation", REGULARISATION) if reg else ("loss", SOFTMAX)
            with ask.part(part, promise), ask.question(asked):
                kept = models.call_loss(ask, model, X, y, keep=[1], how=how)
                got, _ = ask.results("loss", kept, 2)
                ask.close("loss", got, ours.loss(X, y)[0], dtype, cancelling=1.0)
        if not reg and dtype == "float64":
            with ask.part("loss", SOFTMAX):
                compare_large_scores(ask, model, ours, X, y, asked)


def compare_large_scores(
    ask: Questioner, model: Handle, ours: ThreeLayerConvNet, X: Array, y: Array, asked: str
) -> None:
    """Rows of scores far beyond what exp can take, their class the likeliest one."""
    last = len(X) // 2
    X[last:] *= 1e5
    y[last:] = ours.loss(X)[last:].argmax(axis=1)
    with ask.question(Message("{question}, images with large scores", question=asked)):
        got = ask.results("loss", models.call_loss(ask, model, X, y, keep=[1]), 2)[0]
        ask.close("loss", got, ours.loss(X, y)[0], cancelling=1.0)


@hidden_check(needs_given_layers=True, gradients=4, regularisation=1)
def cnn_gradients(ask: Questioner) -> None:
    """Gradients of all parameters, for parameters that we choose."""
    for case in ask.cases(IMAGES):
        dim, reg = (case["C"], case["H"], case["W"]), case["reg"]
        title = f"num_classes {case['classes']}, reg {reg}{describe_dtype(case)}"
        with ask.question(title):
            model, ours = build_networks(ask, case)
        part, promise = ("regularisation", REGULARISATION) if reg else ("gradients", SOFTMAX)
        for _ in range(case["batches"]):
            X, y = draw_batch(ask, case | {"sample": dim}, ours)
            asked = models.with_given_parameters(f"X {X.shape}, {title}")
            with ask.part(part, promise), ask.question(asked):
                grads = ask.results("loss", models.call_loss(ask, model, X, y, how=case["X"]), 2)[1]
                models.expect_gradients(ask, grads, ours.loss(X, y)[1], dtype=case["dtype"])
        with ask.part(part, promise), ask.question(asked):
            models.expect_own_arrays(ask, model, ours.params, X, y)


def sizes_of(case: Case) -> tuple[Dim, int, int, int, int]:
    """input_dim, num_filters, filter_size, hidden_dim, num_classes."""
    dim = case["C"], case["H"], case["W"]
    return dim, case["filters"], case["size"], case["hidden"], case["classes"]


def build_networks(ask: Questioner, case: Case) -> tuple[Handle, ThreeLayerConvNet]:
    """Make the student's network, and the reference's in float64, with equal parameters."""
    sizes = *sizes_of(case), 0.01, case["reg"]
    model = models.build_model(ask, MODEL, *sizes, DTYPE[case["dtype"]])
    ours = ThreeLayerConvNet(*sizes, np.float64)
    models.choose_parameters(ask, model, ours, case["dtype"])
    return model, ours
