"""Hidden checks of the fully connected layer and of ReLU."""

from collections.abc import Iterator

import numpy as np

from daseCV import layers
from daseCV.checks.compare import expect
from daseCV.language import Message

from ..cases import Levels, Regions
from ..passes import LAYOUTS, Question, compare_gradients, compare_out, dtype_of, forward_passes
from ..registry import Questioner, has_shape_of, hidden_check

AFFINE = "layers:affine_forward", "layers:affine_backward"
RELU = "layers:relu_forward", "layers:relu_backward"

SAMPLES: Levels = [[(7,)], [(1,)], [(3, 4), (5, 2)], [(3, 2, 5)], [(2, 2, 1, 3)]]
AFFINE_REGIONS = Regions(
    {
        "N": [[1], [2, 4, 5], [7, 9, 12]],
        "sample": [*SAMPLES, [(2, 1, 3, 2, 2)], [(40,), (6, 7)]],
        "M": [[1], [2, 3, 6], [8, 11]],
        "scale": [[1.0], [40.0], [1e-4]],
        "values": [["any"], ["whole"], ["NaN"]],
        "how": LAYOUTS,
    },
    {"N": 5, "sample": (7,), "M": 3, "scale": 1.0, "values": "any", "how": "C"},
)
RELU_SHAPES: Levels = [[(7,)], [(1,)], [(4, 6)], [(3, 1, 8)], [(2, 3, 5, 4)]]
RELU_REGIONS = Regions(
    {
        "shape": [*RELU_SHAPES, [(2, 1, 3, 1, 2, 2)], [(30, 9)]],
        "scale": [[3.0], [400.0], [1e-9], [1e-4]],
        "signs": [["both"], ["positive"], ["negative"]],
        "zeros": [[True], [False]],
        "how": LAYOUTS,
    },
    {"shape": (4, 6), "scale": 3.0, "signs": "both", "zeros": True, "how": "C"},
)

SUM = "each sample is flattened, then `out = x w + b`"
GRADIENTS = "Gradients of the affine layer."
POSITIVE = "`out = max(x, 0)`, entry by entry"
PASSES = "`dout` where `x > 0`, and 0 elsewhere"


@hidden_check(out=1)
def affine_forward(ask: Questioner) -> None:
    """Samples of many shapes, against the reference."""
    with ask.part("out", SUM):
        for question in affine_questions(ask):
            compare_out(ask, AFFINE[0], question, layers.affine_forward)


@hidden_check(dx=3, dw=3, db=1)
def affine_backward(ask: Questioner) -> None:
    """Gradients of many shapes, after the student's own forward pass."""
    questions = affine_questions(ask)
    backward = layers.affine_backward
    passes = forward_passes(ask, AFFINE[0], questions, layers.affine_forward, backward)
    compare_gradients(ask, AFFINE[1], passes, ("dx", "dw", "db"), GRADIENTS)


@hidden_check(out=1)
def relu_forward(ask: Questioner) -> None:
    """Arrays of many shapes, zeros among them."""
    with ask.part("out", POSITIVE):
        for question in relu_questions(ask):
            compare_out(ask, RELU[0], question, layers.relu_forward)


@hidden_check(dx=3, zero=1)
def relu_backward(ask: Questioner) -> None:
    """Gradients where x is positive or negative, and where it is exactly 0."""
    questions = relu_questions(ask)
    for done in forward_passes(ask, RELU[0], questions, layers.relu_forward, layers.relu_backward):
        x, how, expected = done.question.given[0], done.question.how, done.expected
        with ask.question(done.question.text):
            (dx,) = ask.call(RELU[1], done.dout, done.cache, how=how)
            fits = has_shape_of(dx, x)
            with ask.part("dx", PASSES):
                away = np.where(x == 0, expected, dx) if fits else dx
                ask.close("dx", away, expected, dtype_of(how))
            with ask.part("zero", PASSES):
                what = Message("dx (where x is 0)")
                ask.close(what, dx[x == 0] if fits else dx, expected[x == 0])
                says_something = bool(np.any(dx)) or not expected.any()
                expect(says_something, Message("dx is 0 everywhere"))


def affine_questions(ask: Questioner) -> Iterator[Question]:
    """Draw x, w and b for each case, and say what is asked."""
    for case in ask.cases(AFFINE_REGIONS):
        shape, how = (case["N"], *case["sample"]), case["how"]
        x = ask.draw.normal(*shape, scale=case["scale"])
        if case["values"] == "whole":
            x = np.round(10 * x / case["scale"])
        elif case["values"] == "NaN":
            x[-1].flat[0] = np.nan
        if how == "mixed":  # as it will arrive
            x = x.astype(np.float32).astype(np.float64)
        w = ask.draw.normal(int(np.prod(shape[1:])), case["M"])
        b = ask.draw.normal(case["M"])
        yield Question((x, w, b), how, f"x {shape}, w {w.shape}")


def relu_questions(ask: Questioner) -> Iterator[Question]:
    """Draw x of each shape, mostly with some entries that are exactly 0."""
    for case in ask.cases(RELU_REGIONS):
        shape, how = case["shape"], case["how"]
        x = ask.draw.normal(*shape, scale=case["scale"])
        if case["signs"] != "both":
            x = np.abs(x) if case["signs"] == "positive" else -np.abs(x)
        asked: str = f"x {shape}"
        if case["zeros"]:
            x.flat[ask.draw.rng.permutation(x.size)[: x.size // 5]] = 0.0
            asked = Message("x {shape}, some entries 0", shape=shape)
        yield Question((x,), how, asked)
