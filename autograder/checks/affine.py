"""Hidden checks of the fully connected layer and of ReLU."""

from collections.abc import Iterator

import numpy as np

from daseCV import layers
from daseCV.language import Message

from .convolution import dtype_of, laid_out
from .registry import Array, Ask, hidden_check

AFFINE = "layers:affine_forward", "layers:affine_backward"
RELU = "layers:relu_forward", "layers:relu_backward"

# x, outputs, memory order or dtype. Samples of one to four axes, of equal and of unequal sizes; one
# sample, one number, one output; more samples than numbers and the other way round.
GEOMETRIES = [
    ((5, 7), 3, "C"),
    ((4, 3, 2, 5), 6, "F"),
    ((2, 3, 4), 4, "strided"),
    ((1, 6), 6, "C"),
    ((6, 1), 1, "F"),
    ((3, 2, 2, 1, 3), 3, "C"),
    ((4, 3, 5), 2, "float32"),
]
SHAPES = [
    ((4, 6), "C"),
    ((2, 3, 5, 4), "F"),
    ((7,), "C"),
    ((3, 1, 8), "strided"),
    ((5, 9), "float32"),
]

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
    for x, w, b, how, asked in affine_questions(ask):
        out, cache = layers.affine_forward(x, w, b)
        dout = ask.draw.normal(*out.shape)
        expected = layers.affine_backward(dout, cache)
        with ask.question(asked):
            _, kept = ask.call(AFFINE[0], x, w, b, count=2, keep=[1], how=how)
            grads = ask.call(AFFINE[1], dout, kept, count=3, how=how)
            for name, got, right in zip(("dx", "dw", "db"), grads, expected, strict=True):
                with ask.part(name, GRADIENTS):
                    ask.close(name, got, right, dtype_of(how))


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
    for x, how, asked in relu_questions(ask):
        _, cache = layers.relu_forward(x)
        dout = ask.draw.normal(*x.shape)
        expected = layers.relu_backward(dout, cache)
        with ask.question(asked):
            _, kept = ask.call(RELU[0], x, count=2, keep=[1], how=how)
            (dx,) = ask.call(RELU[1], dout, kept, how=how)
            fits = has_shape_of(dx, x)
            with ask.part("dx", PASSES):
                away = np.where(x == 0, expected, dx) if fits else dx
                ask.close("dx", away, expected, dtype_of(how))
            with ask.part("zero", PASSES):
                what = Message("dx (where x is 0)")
                ask.close(what, dx[x == 0] if fits else dx, expected[x == 0])


def affine_questions(ask: Ask) -> Iterator[tuple[Array, Array, Array, str, str]]:
    """Draw x, w and b for each geometry, and say what is asked."""
    for shape, outputs, how in GEOMETRIES:
        x = ask.draw.normal(*shape)
        w, b = ask.draw.normal(int(np.prod(shape[1:])), outputs), ask.draw.normal(outputs)
        yield x, w, b, how, laid_out(f"x {shape}, w {w.shape}", how)


def relu_questions(ask: Ask) -> Iterator[tuple[Array, str, str]]:
    """Draw x of each shape, with some entries that are exactly 0."""
    for shape, how in SHAPES:
        x = ask.draw.normal(*shape, scale=3.0)
        x.flat[ask.draw.rng.permutation(x.size)[: 1 + x.size // 5]] = 0.0
        yield x, how, laid_out(Message("x {shape}, some entries 0", shape=shape), how)


def has_shape_of(got: object, x: Array) -> bool:
    """Whether an answer has the shape of x, and numbers in it."""
    return isinstance(got, np.ndarray) and got.shape == x.shape and got.dtype.kind in "biuf"
