# Generated from daseCV/checks/questions/pooling.py by "dasecv release".
"""Public checks of the naive max pooling."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from ...fast_layers import max_pool_backward_fast, max_pool_forward_fast
from ...language import Message
from ..compare import Array, expect_close
from ..library import student
from ..numerical import numerical_gradients
from ..registry import call, call_forward, call_layer, public_check

# x, pool_height, pool_width, stride: the course's own, overlapping, with a rest, not square.
GEOMETRIES = [
    ((2, 3, 4, 4), 2, 2, 2),
    ((3, 2, 8, 8), 3, 3, 2),
    ((2, 1, 7, 6), 2, 3, 1),
    ((1, 2, 6, 9), 3, 2, 4),
]

EXAMPLE = np.array([[[[2.0, 7.0], [9.0, -1.0]]]])


@public_check
def max_pool_forward_naive() -> Iterator[str]:
    """An example with known values, then other geometries against the given fast layer."""
    x = np.array([[[[2.0, -3, 7, 1], [0, 1, 5, 6], [8, 9, -4, -1], [3, 4, -2, -6]]]])
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    asked = pooling_question(x.shape, pool_param)
    out = call_forward("max_pool_forward_naive", x, pool_param)
    expect_close("out", out, EXAMPLE, 1e-8, asked)
    yield Message("{question}: known values", question=asked)

    for x, pool_param, asked in _questions():
        expected, _ = max_pool_forward_fast(x, pool_param)
        out = call_forward("max_pool_forward_naive", x, pool_param)
        expect_close("out", out, expected, 1e-8, asked)
        yield asked


@public_check
def max_pool_backward_naive() -> Iterator[str]:
    """Numerical gradients where no window has a tie; the first maximum where one has."""
    layers = student("layers")
    rng = np.random.default_rng(7)
    for x, pool_param, asked in _questions():
        out, cache = max_pool_forward_fast(x, pool_param)
        dout = rng.standard_normal(out.shape)
        _, students_cache = call_layer("max_pool_forward_naive", 2, x, pool_param)
        dx = call(layers.max_pool_backward_naive, dout, students_cache)
        forward = partial(max_pool_forward_fast, pool_param=pool_param)
        # x holds whole numbers, each once: a step of 0.1 changes no maximum and rounds little.
        (expected,) = numerical_gradients(forward, (x,), dout, 0.1)
        expect_close("dx", dx, expected, 1e-11, asked, gradient=True)
        yield asked

        tied = x // 8
        _, students_cache = call_layer("max_pool_forward_naive", 2, tied, pool_param)
        dx = call(layers.max_pool_backward_naive, dout, students_cache)
        expected = max_pool_backward_fast(dout, max_pool_forward_fast(tied, pool_param)[1])
        asked = Message(
            "{question}, several entries share a maximum: the first in row-major order takes all",
            question=asked,
        )
        expect_close("dx", dx, expected, 1e-11, asked)
        yield asked


def pooling_question(shape: tuple[int, ...], pool_param: dict[str, int]) -> Message:
    height, width, stride = pool_param.values()
    return Message(
        "x {shape}, windows {height}x{width}, stride {stride}",
        shape=shape,
        height=height,
        width=width,
        stride=stride,
    )


def _questions() -> Iterator[tuple[Array, dict[str, int], Message]]:
    rng = np.random.default_rng(231)
    for shape, height, width, stride in GEOMETRIES:
        size = int(np.prod(shape))
        x = rng.permutation(size).reshape(shape) - size // 2.0
        pool_param = {"pool_height": height, "pool_width": width, "stride": stride}
        yield x, pool_param, pooling_question(shape, pool_param)
