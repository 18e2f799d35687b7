"""Hidden checks of naive max pooling."""

from collections.abc import Iterator

import numpy as np

from daseCV.checks.pooling import pooling_question
from daseCV.fast_layers import max_pool_backward_fast, max_pool_forward_fast
from daseCV.language import Message

from .convolution import dtype_of, laid_out, leaves_remainder
from .registry import Array, Ask, hidden_check

FORWARD, BACKWARD = "layers:max_pool_forward_naive", "layers:max_pool_backward_naive"

# x, window, stride, memory order or dtype: windows apart, overlapping and with gaps between,
# higher than wide and wider than high, a rest that is left out, one pixel, the whole image.
GEOMETRIES = [
    ((2, 3, 6, 6), (2, 2), 2, "C"),
    ((2, 2, 7, 5), (3, 2), 1, "F"),
    ((1, 3, 8, 9), (2, 3), 3, "strided"),
    ((3, 1, 5, 7), (2, 2), 3, "C"),
    ((2, 2, 4, 3), (4, 3), 1, "C"),
    ((2, 2, 1, 1), (1, 1), 1, "C"),
    ((2, 3, 6, 4), (3, 3), 2, "float32"),
]

LARGEST = "The largest value of each window"
SIZE = "`H' = 1 + (H - pool_height) // stride`, and `W'` alike."
TIES = "the gradient goes to the first of them in row-major order, and is not split"
ADDS = "Where windows overlap, what an entry receives adds up."


@hidden_check(out=5, rest=2)
def max_pool_forward_naive(ask: Ask) -> None:
    """Pooling of many shapes, of positive and of negative numbers only."""
    for x, param, how, asked in draw_geometries(ask):
        part, promise = ("rest", SIZE) if has_partial_windows(x, param) else ("out", LARGEST)
        with ask.part(part, promise), ask.question(asked):
            out, _ = ask.call(FORWARD, x, param, count=2, keep=[1], how=how)
            ask.close("out", out, max_pool_forward_fast(x, param)[0], dtype_of(how))


@hidden_check(dx=3, ties=1)
def max_pool_backward_naive(ask: Ask) -> None:
    """Gradients of many shapes; windows that overlap; ties."""
    with ask.part("dx", ADDS):
        for x, param, how, asked in draw_geometries(ask):
            with ask.question(asked):
                ask.close("dx", *both_gradients(ask, x, param, how), dtype_of(how))
    with ask.part("ties", TIES):
        for shift in (0, -4):
            x = ask.draw.rng.integers(0, 3, size=(2, 2, 6, 7)) + float(shift)
            param = {"pool_height": 2, "pool_width": 3, "stride": 2}
            asked = pooling_question(x.shape, param)
            with ask.question(Message("{question}; integers with many ties", question=asked)):
                ask.close("dx", *both_gradients(ask, x, param, "C"))


def both_gradients(ask: Ask, x: Array, param: dict[str, int], how: str) -> tuple[Array, Array]:
    """The student's dx after the student's own forward pass, and the right one."""
    out, cache = max_pool_forward_fast(x, param)
    _, kept = ask.call(FORWARD, x, param, count=2, keep=[1], how=how)
    dout = ask.draw.normal(*out.shape)
    (dx,) = ask.call(BACKWARD, dout, kept, how=how)
    return dx, max_pool_backward_fast(dout, cache)


def has_partial_windows(x: Array, param: dict[str, int]) -> bool:
    """Whether the last rows or columns do not fill a window."""
    return leaves_remainder(x, (param["pool_height"], param["pool_width"]), param["stride"])


def draw_geometries(ask: Ask) -> Iterator[tuple[Array, dict[str, int], str, str]]:
    """Draw x for each geometry, and say what is asked."""
    for number, (shape, (height, width), stride, how) in enumerate(GEOMETRIES):
        shift = (0.0, -9.0, 9.0)[number % 3]
        x = ask.draw.normal(*shape, shift=shift)
        if how == "float32":  # so that rounding makes no ties
            x = np.round(x, 3)
        param = {"pool_height": height, "pool_width": width, "stride": stride}
        yield x, param, how, laid_out(pooling_question(shape, param), how)
