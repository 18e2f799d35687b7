"""Hidden checks of the fully connected networks: parameters, scores, loss, gradients."""

import copy
from typing import Any

import numpy as np

from daseCV.classifiers.fc_net import FullyConnectedNet, TwoLayerNet

from ...worker.frames import Handle
from .. import models
from ..cases import Case, Factors, Regions
from ..registry import Array, Questioner, hidden_check

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

# Regions of batches and settings of a network, and how many batches it gets.
BATCHES: Factors = {
    "N": [[1], [2, 6], [8, 11]],
    "classes": [[2], [3, 9], [12, 13]],
    "reg": [[0.0], [0.04], [0.7], [3.0]],
    "labels": [["any"], ["alike"]],
    "X": [["any"], ["small"], ["large"], ["whole"], ["strided"], ["float32"]],
    "batches": [[1], [2], [4]],
}
TRIES, NUDGE = 30, 1e-5  # to find samples; relative size of a small change of them
SIZES = {"small": 0.01, "large": 12.0, "whole": 2.0}
SAMPLES: list[list[tuple[int, ...]]] = [[(7,)], [(2, 3, 2)], [(5, 3)]]
HIDDEN: list[list[list[int]]] = [[[]], [[5], [9]], [[8, 4], [6, 6]], [[6, 6, 6]], [[8, 7, 6, 9, 7]]]
DTYPES = [["float64"], ["float32"]]
DTYPE = {"float64": np.float64, "float32": np.float32}
USUAL: Case = {"N": 6, "classes": 4, "reg": 0.0, "labels": "any", "X": "any", "batches": 2}
USUAL |= {"sample": (7,), "dtype": "float64"}
SHAPES: Factors = {**BATCHES, "sample": SAMPLES}
TWO_LAYERS = Regions(
    {**SHAPES, "hidden": [[1], [5, 6], [12, 14]], "dtype": [["float64"]]}, {**USUAL, "hidden": 5}
)


def fits_float32(case: Case) -> bool:
    """Whether float32 is enough: with large samples, a class may have probability 0."""
    return case["dtype"] == "float64" or case["X"] != "large"


DEPTHS = Regions(
    {**SHAPES, "hidden": HIDDEN, "dtype": DTYPES}, {**USUAL, "hidden": [5]}, fits_float32
)

# Regions of a network's constructor.
STARTS: Factors = {
    "D": [[60], [200]],
    "classes": [[2], [10], [40]],
    "scale": [[0.02], [0.5], [1e-4]],
    "reg": [[0.0], [0.3]],
}
OPTIONS: Factors = {**STARTS, "dtype": DTYPES, "dropout": [[1], [0.6]], "seed": [[None], [7]]}
TWO_STARTS = Regions({**STARTS, "hidden": [[12], [50]]})
DEEP_STARTS = {
    None: Regions({**OPTIONS, "hidden": [[[]], [[30]], [[40, 50]], [[20, 30, 25]]]}),
    "batchnorm": Regions({**OPTIONS, "hidden": [[[40]], [[45, 47, 50]]]}),
    "layernorm": Regions({**OPTIONS, "hidden": [[[40]], [[45, 47, 50]]]}),
}


@hidden_check(
    needs_given_layers=True, parameters=2, scores=2, loss=1, regularisation=2, gradients=4
)
def two_layer_net(ask: Questioner) -> None:
    """Initial parameters; then scores, loss and gradients for given parameters."""
    with ask.part("parameters", TWO_SHAPES):
        models.expect_initialisation(ask, TWO, (), 1e-3, TWO_SCALE)
        for case in ask.cases(TWO_STARTS):
            sizes = *(case[name] for name in ("D", "hidden", "classes", "scale")), case["reg"]
            models.expect_initialisation(ask, TWO, sizes, case["scale"], TWO_SCALE)
    for case in ask.cases(TWO_LAYERS):
        hidden, classes, reg = case["hidden"], case["classes"], case["reg"]
        title = f"TwoLayerNet, hidden_dim {hidden}, num_classes {classes}, reg {reg}"
        D = int(np.prod(case["sample"]))
        with ask.question(title):
            model = models.build_model(ask, TWO, D, hidden, classes, 0.01, reg)
            ours = TwoLayerNet(D, hidden, classes, 0.01, reg)
            models.choose_parameters(ask, model, ours)
        compare_models(ask, model, ours, case, title, (SCORES, TWO_LOSS))


@hidden_check(
    needs_given_layers=True, parameters=2, scores=2, loss=1, regularisation=2, gradients=4
)
def fully_connected_net(ask: Questioner) -> None:
    """Networks of zero to five hidden layers, without normalisation or dropout."""
    with ask.part("parameters", DEEP_NAMES):
        expect_initial_parameters(ask, None)
    for case in ask.cases(DEPTHS):
        title = f"FullyConnectedNet, hidden_dims {case['hidden']}, num_classes {case['classes']}"
        title += f", reg {case['reg']}{describe_dtype(case)}"
        with ask.question(title):
            model, ours = build_networks(ask, case)
        compare_models(ask, model, ours, case, title, (SCORES, DEEP_LOSS))


def describe_dtype(case: Case) -> str:
    """A network's dtype for a question; '' for the usual float64."""
    return ", float32" if case["dtype"] == "float32" else ""


def draw_batch(ask: Questioner, case: Case, ours: Any) -> tuple[Array, Array]:
    """Draw samples and labels for a case; in float32, such that rounding decides nothing."""
    X, y = draw_samples(ask, case)
    for _ in range(TRIES):
        if case["dtype"] == "float64" or is_smooth(ask, ours, X, y):
            break
        X, y = draw_samples(ask, case)
    return X, y


def is_smooth(ask: Questioner, ours: Any, X: Array, y: Array) -> bool:
    """Whether gradients change little if samples do: no ReLU or maximum is about to switch."""
    right = copy.deepcopy(ours).loss(X, y)[1]
    for _ in range(3):
        moved = X * (1 + NUDGE * ask.draw.normal(*X.shape))
        grads = copy.deepcopy(ours).loss(moved, y)[1]
        for name, exact in right.items():
            if np.abs(grads[name] - exact).max() > 50 * NUDGE * np.abs(exact).max() + NUDGE:
                return False
    return True


def draw_samples(ask: Questioner, case: Case) -> tuple[Array, Array]:
    """Draw samples and labels for a case."""
    X = ask.draw.normal(case["N"], *case["sample"], scale=SIZES.get(case["X"], 1.0))
    if case["X"] == "whole":
        X = np.round(X)
    elif case["X"] == "float32" or case["dtype"] == "float32":  # as it will arrive
        X = X.astype(np.float32).astype(np.float64)
    y = ask.draw.labels(case["N"], case["classes"])
    return X, np.full_like(y, y[0]) if case["labels"] == "alike" else y


def compare_models(
    ask: Questioner, model: Handle, ours: Any, case: Case, title: str, promises: tuple[str, str]
) -> None:
    """Compare scores, loss and gradients for some batches, one after the other."""
    dtype, how = case["dtype"], case["X"]
    for _ in range(case["batches"]):
        X, y = draw_batch(ask, case, ours)
        with ask.question(models.with_given_parameters(f"{title}, X {X.shape}")):
            with ask.part("scores", promises[0]):
                ask.close("scores", models.call_loss(ask, model, X, how=how), ours.loss(X), dtype)
            got = ask.results("loss", models.call_loss(ask, model, X, y, how=how), 2)
            right = ours.loss(X, y)
            promise = REGULARISATION if ours.reg else promises[1]
            with ask.part("regularisation" if ours.reg else "loss", promise):
                ask.close("loss", got[0], right[0], dtype, cancelling=1.0)
            with ask.part("regularisation" if ours.reg else "gradients", promise):
                models.expect_gradients(ask, got[1], right[1], dtype=dtype)
    with ask.question(title), ask.part("gradients", promises[1]):
        models.expect_own_arrays(ask, model, ours.params, X, y)


def expect_initial_parameters(ask: Questioner, normalization: str | None) -> None:
    """Require the initial parameters of deep networks, by default and with all settings."""
    if normalization is None:
        models.expect_initialisation(ask, DEEP, ([100],), 1e-2, DEEP_SCALE)
    for case in ask.cases(DEEP_STARTS[normalization]):
        first = case["hidden"], case["D"], case["classes"], case["dropout"], normalization
        sizes = *first, case["reg"], case["scale"], DTYPE[case["dtype"]], case["seed"]
        models.expect_initialisation(ask, DEEP, sizes, case["scale"], DEEP_SCALE)


def build_networks(
    ask: Questioner,
    case: Case,
    dropout: float = 1,
    normalization: str | None = None,
    seed: int | None = None,
) -> tuple[Handle, FullyConnectedNet]:
    """Make the student's deep network, and the reference's in float64, with equal parameters."""
    inputs = int(np.prod(case["sample"]))
    sizes = case["hidden"], inputs, case["classes"], dropout, normalization, case["reg"], 0.01
    model = models.build_model(ask, DEEP, *sizes, DTYPE[case["dtype"]], seed)
    ours = FullyConnectedNet(*sizes, np.float64, seed)
    models.choose_parameters(ask, model, ours, case["dtype"])
    return model, ours
