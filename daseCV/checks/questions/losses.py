"""Public checks of the losses."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...language import Message
from ..compare import Array, expect_close
from ..library import student
from ..numerical import expect_gradient, gradient
from ..registry import call_layer, public_check

TOLERANCE = 1e-8

# Scores, right classes, and the loss, worked out by hand.
MARGINS = [
    ([[3, 2.5, 0]], [0], 0.5),
    ([[1, 1, 1, 1], [0, 0, 0, 0]], [2, 0], 3.0),
    ([[5, 1, -2], [0.5, 2, 1.25], [4, 8, -1]], [0, 2, 2], (0 + (0.25 + 1.75) + (6 + 10)) / 3),
]
# Scores that are logarithms, so that the probabilities are round numbers.
PROBABILITIES = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.25, 0.125, 0.125], [0.25] * 4])
RIGHT = np.array([2, 0, 3])
LOGARITHMS = (np.log(10 / 3) + np.log(2) + np.log(4)) / 3
SLOPES = np.array([[0.1, 0.2, -0.7, 0.4], [-0.5, 0.25, 0.125, 0.125], [0.25, 0.25, 0.25, -0.75]])


@public_check
def svm_loss() -> Iterator[str]:
    """Losses with known values, and gradients against numerical ones."""
    for scores, classes, expected in MARGINS:
        x, y = np.array(scores, dtype=float), np.array(classes)
        asked = Message(
            "scores {scores}, right classes {classes}", scores=x.tolist(), classes=y.tolist()
        )
        got, _ = call_layer("svm_loss", 2, x, y)
        expect_close("loss", _number(got), np.array(expected), TOLERANCE, asked)
        yield Message("{question}: known loss", question=asked)
    rng = np.random.default_rng(231)
    for shape in ((6, 5), (3, 10)):
        # Multiples of 1/4, and a little more for each class, so that no margin is exactly 0.
        x = rng.integers(-8, 9, shape) / 4 + 0.02 * np.arange(shape[1])
        y = rng.integers(shape[1], size=shape[0])
        yield _slopes("svm_loss", x, y, 1e-3)


@public_check
def softmax_loss() -> Iterator[str]:
    """Losses and gradients with known values, numerical gradients, and very large scores."""
    for shift in (0.0, -3.0, 1000.0):
        x = np.log(PROBABILITIES) + shift
        asked = Message("scores {shape}", shape=x.shape)
        if shift:
            asked = Message("{question}, {shift:g} added to each", question=asked, shift=shift)
        got, dx = call_layer("softmax_loss", 2, x, RIGHT)
        expect_close("loss", _number(got), np.array(LOGARITHMS), TOLERANCE, asked)
        expect_close("dx", dx, SLOPES / 3, TOLERANCE, asked)
        yield Message("{question}: known values", question=asked)
    rng = np.random.default_rng(231)
    for shape in ((6, 5), (3, 10)):
        x, y = 2 * rng.standard_normal(shape), rng.integers(shape[1], size=shape[0])
        yield _slopes("softmax_loss", x, y, 3e-3)
    x = np.array([[0.0, 0, 0], [-2000, -2000, -3000], [1e4, 0, -1e4]])
    asked = Message("scores around 0, around -2000 and from -10000 to 10000")
    got, dx = call_layer("softmax_loss", 2, x, np.array([1, 0, 0]))
    expect_close("loss", _number(got), np.array((np.log(3) + np.log(2)) / 3), TOLERANCE, asked)
    expected = np.array([[1 / 3, -2 / 3, 1 / 3], [-0.5, 0.5, 0], [0, 0, 0]]) / 3
    expect_close("dx", dx, expected, TOLERANCE, asked)
    yield asked


def _slopes(name: str, x: Array, y: Array, step: float) -> str:
    asked = Message("scores {shape}", shape=x.shape)
    _, dx = call_layer(name, 2, x, y)
    loss = getattr(student("layers"), name)
    expected = gradient(lambda x: loss(x, y)[0], x, np.float64(1), step)
    expect_gradient("dx", dx, expected, TOLERANCE, asked, noise=1e-11)
    return Message("{what}: {question}", what="dx", question=asked)


def _number(value: Any) -> Any:
    """A loss as an array: a number of Python's or of NumPy's."""
    return np.asarray(value) if np.ndim(value) == 0 and value is not None else value
