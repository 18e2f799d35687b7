"""Hidden checks of the naive convolution."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from daseCV.checks.convolution import filters_question
from daseCV.fast_layers import conv_backward_fast, conv_forward_fast
from daseCV.language import Message

from .cases import Case, Factors, Regions
from .registry import Array, Ask, expect_shape, hidden_check

FORWARD, BACKWARD = "layers:conv_forward_naive", "layers:conv_backward_naive"

LAYOUTS = [["C"], ["F"], ["strided"], ["float32"], ["mixed"]]
# What images, filters and strides may be like. `outputs` and `rest` are rows and columns of `out`,
# and of what no window reaches; the size of an image follows from them.
FACTORS: Factors = {
    "N": [[1], [2, 3], [4, 5]],
    "C": [[1], [2, 3], [4, 5]],
    "F": [[1], [2, 3, 4], [5, 6]],
    "window": [[(1, 1)], [(2, 2)], [(3, 3)], [(1, 4), (2, 3)], [(4, 1), (3, 2)], [(5, 5), (7, 7)]],
    "stride": [[1], [2], [3], [4, 5]],
    "pad": [[0], [1], [2, 3], [4, 5]],
    "outputs": [[(1, 1)], [(1, 4), (4, 1)], [(3, 3)], [(2, 3), (3, 2)], [(10, 11)]],
    "rest": [["none"], ["rows"], ["columns"], ["beyond"]],
    "how": LAYOUTS,
}

# Question, the student's cache, dout, what is right, memory order or dtype.
Pass = tuple[str, Any, Array, Sequence[Array], str]

REST = (
    "Where the stride does not divide evenly, the last rows and columns that do not fill a window"
)
SUM = "out[n, f, i, j] = b[f] + sum over c, k, l of"
GRADIENTS = "Gradients of the convolution, one output value at a time."


@hidden_check(out=3, rest=1)
def conv_forward_naive(ask: Ask) -> None:
    """Convolutions of many shapes, against the reference."""
    for x, w, b, param, how, asked in draw_geometries(ask):
        part, promise = (
            ("rest", REST) if leaves_remainder(x, w.shape[2:], **param) else ("out", SUM)
        )
        with ask.part(part, promise), ask.question(asked):
            out, _ = ask.call(FORWARD, x, w, b, param, count=2, keep=[1], how=how)
            ask.close("out", out, conv_forward_fast(x, w, b, param)[0], dtype_of(how))


@hidden_check(grey=1, edges=1)
def conv_image_filters(ask: Ask) -> None:
    """A grey filter and an edge filter, on a picture that nobody has seen."""
    picture = ask.draw.normal(1, 3, 14, 17, scale=40, shift=128).clip(0, 255)
    w = np.zeros((2, 3, 3, 3))
    w[0, :, 1, 1] = 0.3, 0.6, 0.1
    w[1, 2] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
    b, param = np.array([0.0, 128.0]), {"stride": 1, "pad": 1}
    expected = conv_forward_fast(picture, w, b, param)[0]
    with ask.question(filters_question(picture)):
        out, _ = ask.call(FORWARD, picture, w, b, param, count=2, keep=[1])
        expect_shape(out, expected)
        for channel, name in enumerate(("grey", "edges")):
            with ask.part(name, SUM):
                ask.close(f"out[:, {channel}]", out[:, channel], expected[:, channel])


@hidden_check(dx=3, dw=3, db=1)
def conv_backward_naive(ask: Ask) -> None:
    """Gradients of many shapes, against the reference, after the student's own forward pass."""
    ask_three_gradients(ask, BACKWARD, forward_passes(ask), GRADIENTS)


def forward_passes(ask: Ask) -> Iterator[Pass]:
    """The student's cache of each case, a gradient, and what follows from it."""
    for x, w, b, param, how, asked in draw_geometries(ask):
        expected_out, cache = conv_forward_fast(x, w, b, param)
        dout = ask.draw.gradient(*expected_out.shape)
        expected = conv_backward_fast(dout, cache)
        with ask.question(asked):
            _, kept = ask.call(FORWARD, x, w, b, param, count=2, keep=[1], how=how)
        yield asked, kept, dout, expected, how


def ask_three_gradients(ask: Ask, target: str, passes: Iterator[Pass], promise: str) -> None:
    """Ask a backward pass for dx, dw and db of each forward pass, when the next one is done."""
    for asked, kept, dout, expected, how in one_behind(passes):
        with ask.question(asked):
            grads = ask.call(target, dout, kept, count=3, how=how)
            for name, got, right in zip(("dx", "dw", "db"), grads, expected, strict=True):
                with ask.part(name, promise):
                    size = float(np.abs(dout).max())
                    ask.close(name, got, right, dtype_of(how), cancelling=size)


def one_behind(passes: Iterator[Pass]) -> Iterator[Pass]:
    """Each forward pass after the next one was asked: its cache is not the last that was made."""
    waiting = next(passes, None)
    while waiting is not None:
        following = next(passes, None)
        yield waiting
        waiting = following


USUAL: Case = {"N": 2, "C": 3, "F": 4, "window": (3, 3), "stride": 1, "pad": 1}
USUAL |= {"outputs": (6, 6), "rest": "none", "how": "C"}


def draw_geometries(ask: Ask) -> Iterator[tuple[Array, Array, Array, dict[str, int], str, str]]:
    """Draw x, w and b for each case, and say what is asked."""
    for case in ask.cases(REGIONS):
        H, W = image_size(case)
        x_shape = case["N"], case["C"], H, W
        w_shape = case["F"], case["C"], *case["window"]
        x, w, b = (ask.draw.normal(*shape) for shape in (x_shape, w_shape, w_shape[:1]))
        stride, pad, how = case["stride"], case["pad"], case["how"]
        if how == "mixed":  # as it will arrive
            x = x.astype(np.float32).astype(np.float64)
        asked = laid_out(f"x {x_shape}, w {w_shape}, stride {stride}, pad {pad}", how)
        yield x, w, b, {"stride": stride, "pad": pad}, how, asked


def is_possible(case: Case) -> bool:
    """Whether there is an image of a case's size, and its rest is what it is called."""
    beyond = case["rest"] == "beyond"
    if case["rest"] != "none" and case["stride"] < (case["pad"] + 2 if beyond else 2):
        return False
    is_large = case["outputs"] == (10, 11) and max(case["window"]) > 4  # naive loops take time
    return min(image_size(case)) >= 1 and not is_large


def image_size(case: Case) -> tuple[int, int]:
    """Height and width of an image with so many outputs, and with a rest."""
    smallest = case["pad"] + 1 if case["rest"] == "beyond" else 1
    rest = min(smallest, case["stride"] - 1)
    words = ("rows", "both", "beyond"), ("columns", "both", "beyond")
    H, W = (
        (outputs - 1) * case["stride"]
        + extent
        - 2 * case["pad"]
        + (rest if case["rest"] in names else 0)
        for outputs, extent, names in zip(case["outputs"], case["window"], words, strict=True)
    )
    return H, W


def leaves_remainder(x: Array, window: Sequence[int], stride: int, pad: int = 0) -> bool:
    """Whether the last rows or columns do not fill a window."""
    sizes = zip(x.shape[2:], window, strict=True)
    return any((size + 2 * pad - extent) % stride for size, extent in sizes)


REGIONS = Regions(FACTORS, USUAL, is_possible)


def laid_out(question: str, how: str) -> str:
    """A question with the layout of its arrays."""
    if how == "F":
        return Message("{question}; Fortran order", question=question)
    if how == "strided":
        return Message("{question}; not contiguous", question=question)
    if how == "float32":
        return Message("{question}; float32", question=question)
    if how == "mixed":
        return Message("{question}; float32 and float64", question=question)
    return question


def dtype_of(how: str) -> str:
    return "float32" if how in ("float32", "mixed") else "float64"
