"""Hidden checks of the losses."""

import numpy as np

from daseCV import layers
from daseCV.language import Message

from .convolution import dtype_of, laid_out
from .registry import Ask, hidden_check

# Scores, memory order or dtype: more samples than classes and the other way round, one sample, two
# classes.
SHAPES = [((6, 4), "C"), ((3, 9), "F"), ((1, 5), "strided"), ((20, 2), "C"), ((7, 5), "float32")]

MARGINS = "loss = 1 / N * sum over n and j != y[n] of max(0, x[n, j] - x[n, y[n]] + 1)"
ENTROPY = "loss = -1 / N * sum over n of log(exp(x[n, y[n]]) / sum over j of exp(x[n, j]))"
GRADIENT = "Gradient of the loss with respect to the scores."
FINITE = "Scores of any size give a finite loss: large ones do not overflow."


@hidden_check(loss=1, dx=1)
def svm_loss(ask: Ask) -> None:
    """Scores close together and far apart, against the reference."""
    for number, (shape, how) in enumerate(SHAPES):
        compare_loss(ask, "svm_loss", MARGINS, shape, how, (0.7, 3.0)[number % 2])


@hidden_check(loss=2, dx=2, large=1)
def softmax_loss(ask: Ask) -> None:
    """Scores of usual size, then some that `exp` cannot take."""
    for shape, how in SHAPES:
        compare_loss(ask, "softmax_loss", ENTROPY, shape, how, 2.0)
    with ask.part("large", FINITE):
        for shift in (0.0, 1e5, -1e5):
            compare_large_scores(ask, shift)


def compare_large_scores(ask: Ask, shift: float) -> None:
    """Samples whose scores lie far apart, and far from those of other samples."""
    x = ask.draw.normal(6, 5) * 10.0 ** np.arange(6)[:, None]
    x += shift * np.arange(6)[:, None]
    y = x.argmax(axis=1)
    sizes = Message("scores {shape} of very different sizes", shape=x.shape)
    with ask.question(Message("{question}, the right class is the most likely", question=sizes)):
        expected, exact = layers.softmax_loss(x, y)
        loss, dx = ask.call("layers:softmax_loss", x, y, count=2)
        ask.close("loss", loss, expected)
        ask.close("dx", dx, exact)
    # Of a probability that has become 0 there is no logarithm, in many a right solution.
    y = x.argmin(axis=1)
    with ask.question(Message("{question}, the right class is the least likely", question=sizes)):
        _, dx = ask.call("layers:softmax_loss", x, y, count=2)
        ask.close("dx", dx, layers.softmax_loss(x, y)[1])


def compare_loss(
    ask: Ask, name: str, formula: str, shape: tuple[int, int], how: str, scale: float
) -> None:
    """Compare loss and gradient, each as a part of its own."""
    x, y = ask.draw.normal(*shape, scale=scale), ask.draw.labels(*shape)
    expected = getattr(layers, name)(x, y)
    asked = Message("scores {shape} of size about {scale:g}", shape=shape, scale=scale)
    with ask.question(laid_out(asked, how)):
        # Classes stay whole numbers, in whatever type the scores are.
        got = ask.call(f"layers:{name}", x.astype(dtype_of(how)), y, count=2, how=memory_order(how))
        for part, value, right, promise in zip(
            ("loss", "dx"), got, expected, (formula, GRADIENT), strict=True
        ):
            with ask.part(part, promise):
                ask.close(part, value, right, dtype_of(how))


def memory_order(how: str) -> str:
    return "C" if how == "float32" else how
