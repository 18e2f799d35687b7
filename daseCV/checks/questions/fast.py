"""Public checks of the given fast layers, and of sandwich layers built on them.

They require that the naive layers are written, and that the fast layers work. A wrong naive layer
loses nothing here: it has its own check.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from ... import fast_layers
from ...language import Message
from ..compare import Array, expect_close, expect_shape, relative_error
from ..library import student
from ..numerical import numerical_gradients
from ..registry import call, call_layer, expect_results, public_check
from .pooling import pooling_question

# Results of the examples below: sums weighted by position, which notice swapped entries.
CONV_SUMS = np.array([-31.0, -13.0, 19.0, 205.0])
CONV_GRAD_SUMS = (4120.0, 1303.0, -3.0)
POOL_SUMS = np.array([87.0, 87.0, 82.0])
POOL_GRAD_SUM = 248646.0


@public_check
def conv_fast() -> Iterator[str]:
    """Integers, so that sums are exact in any order."""
    x = (np.arange(2 * 3 * 5 * 6) % 11 - 5.0).reshape(2, 3, 5, 6)
    w = (np.arange(4 * 3 * 3 * 2) % 7 - 3.0).reshape(4, 3, 3, 2)
    b = np.arange(4.0)
    conv_param = {"stride": 2, "pad": 1}
    asked = _with_backend(f"x {x.shape}, w {w.shape}, stride 2, pad 1")

    out, cache = fast_layers.conv_forward_fast(x, w, b, conv_param)
    naive, naive_cache = call_layer("conv_forward_naive", 2, x, w, b, conv_param)
    total = Message("sum of out over images and pixels")
    expect_close(total, out.sum(axis=(0, 2, 3)), CONV_SUMS, 1e-9, asked)
    yield Message("forward: {question}", question=asked)
    yield _agreement("conv_forward_naive", [naive], [out], 1e-9, asked)

    dout = (np.arange(out.size) % 5 - 2.0).reshape(out.shape)
    grads = fast_layers.conv_backward_fast(dout, cache)
    naive_grads = call_layer("conv_backward_naive", 3, dout, naive_cache)
    for what, got, expected in zip(("dx", "dw", "db"), grads, CONV_GRAD_SUMS, strict=True):
        weights = np.arange(got.size).reshape(got.shape)
        expect_close(what, np.array((got * weights).sum()), np.array(expected), 1e-9, asked)
    yield Message("backward: {question}", question=asked)
    yield _agreement("conv_backward_naive", naive_grads, grads, 1e-9, asked)


@public_check
def max_pool_fast() -> Iterator[str]:
    """Pooling copies numbers, so results are equal to the last digit."""
    x = (np.arange(2 * 3 * 6 * 7) % 13 - 6.0).reshape(2, 3, 6, 7)
    pool_param = {"pool_height": 2, "pool_width": 3, "stride": 2}
    asked = _with_backend(pooling_question(x.shape, pool_param))

    out, cache = fast_layers.max_pool_forward_fast(x, pool_param)
    naive, naive_cache = call_layer("max_pool_forward_naive", 2, x, pool_param)
    total = Message("sum of out over images and pixels")
    expect_close(total, out.sum(axis=(0, 2, 3)), POOL_SUMS, 0, asked)
    yield Message("forward: {question}", question=asked)
    yield _agreement("max_pool_forward_naive", [naive], [out], 0, asked)

    dout = np.arange(1.0, out.size + 1).reshape(out.shape)
    dx = fast_layers.max_pool_backward_fast(dout, cache)
    naive_dx = call(student("layers").max_pool_backward_naive, dout, naive_cache)
    weights = np.arange(dx.size).reshape(dx.shape)
    expect_close("dx", np.array((dx * weights).sum()), np.array(POOL_GRAD_SUM), 0, asked)
    yield Message("backward: {question}", question=asked)
    yield _agreement("max_pool_backward_naive", [naive_dx], [dx], 0, asked)


@public_check
def conv_relu_pool() -> Iterator[str]:
    """Gradients of convolution - ReLU - pooling against numerical ones."""
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    yield from _gradients("conv_relu_pool", (2, 3, 8, 8), pool_param)


@public_check
def conv_relu() -> Iterator[str]:
    """Gradients of convolution - ReLU against numerical ones."""
    yield from _gradients("conv_relu", (2, 3, 7, 6))


def _gradients(name: str, x_shape: tuple[int, ...], *pool_params: dict[str, int]) -> Iterator[str]:
    layer_utils = student("layer_utils")
    rng = np.random.default_rng(231)
    x, w, b = (rng.standard_normal(shape) for shape in (x_shape, (3, 3, 3, 3), (3,)))

    def forward(x: Array, w: Array, b: Array) -> Any:
        conv_param = {"stride": 1, "pad": 1}
        return getattr(layer_utils, f"{name}_forward")(x, w, b, conv_param, *pool_params)

    out, cache = expect_results(f"{name}_forward", forward(x, w, b), 2)
    dout = rng.standard_normal(out.shape)
    backward = getattr(layer_utils, f"{name}_backward")
    grads = expect_results(f"{name}_backward", backward(dout.copy(), cache), 3)
    asked = f"x {x.shape}, w {w.shape}, b {b.shape}"
    numerical = numerical_gradients(forward, (x, w, b), dout, 1e-4)
    for what, got, expected in zip(("dx", "dw", "db"), grads, numerical, strict=True):
        expect_close(what, got, expected, 1e-8, asked, gradient=True)
        yield f"{what}: {asked}"


def _with_backend(question: str) -> Message:
    return Message(
        "{question}; compiled backend"
        if fast_layers.backend() == "compiled"
        else "{question}; NumPy backend",
        question=question,
    )


def _agreement(name: str, naive: Any, fast: Any, tolerance: float, asked: str) -> str:
    """A remark, not a verdict: the naive layer has a check of its own."""
    for mine, given in zip(naive, fast, strict=True):
        expect_shape(Message("a result of {name}", name=name), mine, given.shape, asked)
        if relative_error(mine, given) > tolerance:
            return Message(
                "note: {name} gives other values than the fast layer; see its own check", name=name
            )
    return Message("{name} agrees with the fast layer", name=name)
