"""Public checks of the fully connected layer and of ReLU."""

from collections.abc import Iterator

import numpy as np

from ...language import Message
from ..compare import expect_close
from ..library import student
from ..numerical import numerical_gradients
from ..registry import call, call_forward, expect_results, public_check

# x, w, b and what comes out, worked out by hand.
EXAMPLES = [
    (
        np.array([[2, -1, 0, 3], [1, 1, -2, 0.5], [0, 4, 1, -1]]),
        np.array([[1, 0], [0.5, 3], [-1, 2], [0, -1]]),
        np.array([10.0, 20]),
        np.array([[11.5, 14], [13.5, 18.5], [11, 35]]),
    ),
    (
        np.arange(-4.0, 8).reshape(2, 3, 2),
        np.array([[1.0, -1], [0, 2], [3, 0], [-2, 1], [1, 1], [0, -3]]),
        np.array([0.5, -2]),
        np.array([[-7.5, -8], [10.5, -8]]),
    ),
]
# The layer is linear in x, w and b, and these are whole numbers: such a step does not round at all.
STEP = 1.0

SIGNS = np.array([[-2, 3, 0, 0.5], [1e-3, -1e-3, 7, -7], [4, 0, -0.25, 10]])
POSITIVE = np.array([[0, 3, 0, 0.5], [1e-3, 0, 7, 0], [4, 0, 0, 10]])
UPSTREAM = np.array([[5, -6, 7, 8], [9, 10, -11, 12], [-13, 14, 15, 0.5]])
PASSED = np.array([[0, -6, 0, 8], [9, 0, -11, 0], [-13, 0, 0, 0.5]])


@public_check
def affine_forward() -> Iterator[str]:
    """Examples with known values, samples of one axis and of two."""
    yield from _known()
    x = np.random.default_rng(231).standard_normal((4, 3, 2, 5))
    asked = Message("x {shape}, w the identity matrix (30, 30), b 0", shape=x.shape)
    out = call_forward("affine_forward", x, np.eye(30), np.zeros(30))
    rows = np.array([[number for number in sample.flat] for sample in x])
    said = Message("{question}: the numbers of each sample, in their order", question=asked)
    expect_close("out", out, rows, 1e-9, said)
    yield asked


@public_check
def affine_backward() -> Iterator[str]:
    """Gradients against numerical ones of the student's forward pass, which is checked first."""
    layers = student("layers")
    list(_known())
    rng = np.random.default_rng(231)
    for x_shape, outputs in (((4, 6), 3), ((5, 2, 3), 4), ((1, 2, 2, 2), 5)):
        D = int(np.prod(x_shape[1:]))
        x, w, b = (
            rng.integers(-9, 10, shape).astype(float)
            for shape in (x_shape, (D, outputs), (outputs,))
        )
        _, cache = expect_results("affine_forward", layers.affine_forward(x, w, b), 2)
        dout = rng.integers(-9, 10, (len(x), outputs)).astype(float)
        grads = expect_results("affine_backward", call(layers.affine_backward, dout, cache), 3)
        asked = f"x {x_shape}, w {w.shape}"
        numerical = numerical_gradients(layers.affine_forward, (x, w, b), dout, STEP)
        for what, got, expected in zip(("dx", "dw", "db"), grads, numerical, strict=True):
            expect_close(what, got, expected, 1e-10, asked, gradient=True)
        yield asked


@public_check
def relu_forward() -> Iterator[str]:
    """Positive numbers, negative ones and zeros."""
    for shape in (SIGNS.shape, (2, 3, 2)):
        asked = f"x {shape}"
        out = call_forward("relu_forward", SIGNS.reshape(shape))
        expect_close("out", out, POSITIVE.reshape(shape), 1e-8, asked)
        yield Message("{question}: known values", question=asked)


@public_check
def relu_backward() -> Iterator[str]:
    """What passes where x is positive, negative or 0."""
    layers = student("layers")
    for shape in (SIGNS.shape, (2, 3, 2)):
        asked = f"x {shape}"
        _, cache = expect_results("relu_forward", layers.relu_forward(SIGNS.reshape(shape)), 2)
        dx = call(layers.relu_backward, UPSTREAM.reshape(shape), cache)
        expect_close("dx", dx, PASSED.reshape(shape), 1e-12, asked)
        yield Message("{question}: known values", question=asked)


def _known() -> Iterator[str]:
    for x, w, b, expected in EXAMPLES:
        asked = f"x {x.shape}, w {w.shape}"
        out = call_forward("affine_forward", x, w, b)
        expect_close("out", out, expected, 1e-9, asked)
        yield Message("{question}: known values", question=asked)
