"""Hidden checks of the fully connected layer and of ReLU."""

from collections.abc import Iterator

import numpy as np

from daseCV import layers
from daseCV.language import Message

from .cases import Regions
from .convolution import LAYOUTS, Pass, ask_three_gradients, dtype_of, laid_out, one_behind
from .registry import Array, Ask, has_shape_of, hidden_check

AFFINE = "layers:affine_forward", "layers:affine_backward"
RELU = "layers:relu_forward", "layers:relu_backward"

SAMPLES: list[list[tuple[int, ...]]] = [
    [(7,)],
    [(1,)],
    [(3, 4), (5, 2)],
    [(3, 2, 5)],
    [(2, 2, 1, 3)],
    [(2, 1, 3, 2, 2)],
]
AFFINE_REGIONS = Regions(
    {
        "N": [[1], [2, 4, 5], [7, 9, 12]],
        "sample": [*SAMPLES, [(40,), (6, 7)]],
        "M": [[1], [2, 3, 6], [8, 11]],
        "scale": [[1.0], [40.0], [1e-4]],
        "values": [["any"], ["whole"], ["NaN"]],
        "how": LAYOUTS,
    },
    {"N": 5, "sample": (7,), "M": 3, "scale": 1.0, "values": "any", "how": "C"},
)
RELU_SHAPES: list[list[tuple[int, ...]]] = [
    [(7,)],
    [(1,)],
    [(4, 6)],
    [(3, 1, 8)],
    [(2, 3, 5, 4)],
    [(2, 1, 3, 1, 2, 2)],
    [(30, 9)],
]
RELU_REGIONS = Regions(
    {
        "shape": RELU_SHAPES,
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
def affine_forward(ask: Ask) -> None:
    """Samples of many shapes, against the reference."""
    with ask.part("out", SUM):
        for x, w, b, how, asked in affine_questions(ask):
            with ask.question(asked):
                out, _ = ask.call(AFFINE[0], x, w, b, count=2, keep=[1], how=how)
                ask.close("out", out, layers.affine_forward(x, w, b)[0], dtype_of(how))


@hidden_check(dx=3, dw=3, db=1)
def affine_backward(ask: Ask) -> None:
    """Gradients of many shapes, after the student's own forward pass."""
    ask_three_gradients(ask, AFFINE[1], affine_passes(ask), GRADIENTS)


def affine_passes(ask: Ask) -> Iterator[Pass]:
    """The student's cache of each case, a gradient, and what follows from it."""
    for x, w, b, how, asked in affine_questions(ask):
        out, cache = layers.affine_forward(x, w, b)
        # 0 times NaN is one or the other, as the product is taken.
        draw = ask.draw.normal if np.isnan(x).any() else ask.draw.gradient
        dout = draw(*out.shape)
        with ask.question(asked):
            _, kept = ask.call(AFFINE[0], x, w, b, count=2, keep=[1], how=how)
        yield asked, kept, dout, layers.affine_backward(dout, cache), how


@hidden_check(out=1)
def relu_forward(ask: Ask) -> None:
    """Arrays of many shapes, zeros among them."""
    with ask.part("out", POSITIVE):
        for x, how, asked in relu_questions(ask):
            with ask.question(asked):
                out, _ = ask.call(RELU[0], x, count=2, keep=[1], how=how)
                ask.close("out", out, layers.relu_forward(x)[0], dtype_of(how))


@hidden_check(dx=3, zero=1)
def relu_backward(ask: Ask) -> None:
    """Gradients where x is positive or negative, and where it is exactly 0."""
    for asked, kept, dout, (expected, x), how in one_behind(relu_passes(ask)):
        with ask.question(asked):
            (dx,) = ask.call(RELU[1], dout, kept, how=how)
            fits = has_shape_of(dx, x)
            with ask.part("dx", PASSES):
                away = np.where(x == 0, expected, dx) if fits else dx
                ask.close("dx", away, expected, dtype_of(how))
            with ask.part("zero", PASSES):
                what = Message("dx (where x is 0)")
                ask.close(what, dx[x == 0] if fits else dx, expected[x == 0])


def relu_passes(ask: Ask) -> Iterator[Pass]:
    """The student's cache of each case, a gradient, and what follows from it."""
    for x, how, asked in relu_questions(ask):
        _, cache = layers.relu_forward(x)
        dout = ask.draw.gradient(*x.shape)
        with ask.question(asked):
            _, kept = ask.call(RELU[0], x, count=2, keep=[1], how=how)
        yield asked, kept, dout, (layers.relu_backward(dout, cache), x), how


def affine_questions(ask: Ask) -> Iterator[tuple[Array, Array, Array, str, str]]:
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
        yield x, w, ask.draw.normal(case["M"]), how, laid_out(f"x {shape}, w {w.shape}", how)


def relu_questions(ask: Ask) -> Iterator[tuple[Array, str, str]]:
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
        yield x, how, laid_out(asked, how)
