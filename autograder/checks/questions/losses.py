"""Hidden checks of the losses."""

import numpy as np

from daseCV import layers
from daseCV.language import Message

from ..cases import Case, Factors, Regions
from ..passes import dtype_of, name_layout
from ..registry import Questioner, hidden_check

FACTORS: Factors = {
    "N": [[1], [2, 5], [7, 12], [22, 30]],
    "C": [[1], [2], [3, 9], [11, 14]],
    "scale": [[0.7], [3.0], [1e-3]],
    "shift": [[0.0], [-40.0], [30.0]],
    "labels": [["any"], ["alike"], ["missing"]],
    "dtype": [["int64"], ["int32"], ["uint8"]],
    "equal": [[False], [True]],
    "how": [["C"], ["F"], ["strided"], ["float32"]],
}

USUAL: Case = {"N": 6, "C": 4, "scale": 0.7, "shift": 0.0, "labels": "any", "dtype": "int64"}
USUAL |= {"equal": False, "how": "C"}

SVM = Regions({**FACTORS, "scale": [[0.7], [3.0], [150.0], [1e-3]]}, USUAL)
SOFTMAX = Regions({**FACTORS, "scale": [[0.7], [3.0], [400.0], [1e-3]]}, USUAL)

LARGEST_USUAL = 200.0  # scores for which `exp` overflows without a shift are a part of their own

MARGINS = "loss = 1 / N * sum over n and j != y[n] of max(0, x[n, j] - x[n, y[n]] + 1)"
ENTROPY = "loss = -1 / N * sum over n of log(exp(x[n, y[n]]) / sum over j of exp(x[n, j]))"
GRADIENT = "Gradient of the loss with respect to the scores."
FINITE = "Scores of any size give a finite loss: large ones do not overflow."


@hidden_check(loss=1, dx=1)
def svm_loss(ask: Questioner) -> None:
    """Scores close together and far apart, against the reference."""
    for case in ask.cases(SVM):
        compare_loss(ask, "svm_loss", MARGINS, case)


@hidden_check(loss=2, dx=2, large=1)
def softmax_loss(ask: Questioner) -> None:
    """Scores of usual size, and some that `exp` cannot take."""
    for case in ask.cases(SOFTMAX):
        compare_loss(ask, "softmax_loss", ENTROPY, case)
    with ask.part("large", FINITE):
        for shift in (0.0, 1e5, -1e5):
            compare_large_scores(ask, shift)


def compare_large_scores(ask: Questioner, shift: float) -> None:
    """Samples whose scores lie far apart, and far from those of other samples."""
    x = ask.draw.normal(6, 5) * 10.0 ** np.arange(6)[:, None]
    x += shift * np.arange(6)[:, None]
    sizes = Message("scores {shape} of very different sizes", shape=x.shape)
    most = Message("{question}, the right class is the most likely", question=sizes)
    least = Message("{question}, the right class is the least likely", question=sizes)
    for asked, y in ((most, x.argmax(axis=1)), (least, x.argmin(axis=1))):
        with ask.question(asked):
            expected, exact = layers.softmax_loss(x, y)
            loss, dx = ask.call("layers:softmax_loss", x, y, count=2)
            ask.close("loss", loss, expected)
            ask.close("dx", dx, exact)


def compare_loss(ask: Questioner, name: str, formula: str, case: Case) -> None:
    """Compare loss and gradient, each as a part of its own."""
    shape, how, scale = (case["N"], case["C"]), case["how"], case["scale"]
    x, y = ask.draw.normal(*shape, scale=scale, shift=case["shift"]), ask.draw.labels(*shape)
    if case["equal"]:
        x[:, -1] = x[:, 0]
    if case["labels"] != "any" and shape[1] > 1:
        y = np.full_like(y, y[0]) if case["labels"] == "alike" else np.minimum(y, shape[1] - 2)
    y = y.astype(case["dtype"])
    if how == "float32":  # of larger numbers it keeps too little
        x = (x - case["shift"]).astype(np.float32).astype(np.float64)
    expected = getattr(layers, name)(x, y)
    asked = Message("scores {shape} of size about {scale:g}", shape=shape, scale=scale)
    with ask.question(name_layout(asked, how)):
        # Classes stay integers, for any type of scores.
        order = "C" if how == "float32" else how
        got = ask.call(f"layers:{name}", x.astype(dtype_of(how)), y, count=2, how=order)
        for what, value, right, promise in zip(
            ("loss", "dx"), got, expected, (formula, GRADIENT), strict=True
        ):
            part = ("large", FINITE) if scale > LARGEST_USUAL else (what, promise)
            with ask.part(*part):
                ask.close(what, value, right, dtype_of(how), cancelling=1.0)
