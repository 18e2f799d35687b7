"""Hidden checks of the naive convolution."""

from collections.abc import Iterator, Sequence

import numpy as np

from daseCV.checks.questions.convolution import filters_question
from daseCV.fast_layers import conv_backward_fast, conv_forward_fast

from ..cases import Case, Factors, Regions
from ..passes import LAYOUTS, Question, compare_gradients, compare_out, forward_passes
from ..registry import Array, Questioner, expect_shape, hidden_check

FORWARD, BACKWARD = "layers:conv_forward_naive", "layers:conv_backward_naive"

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

REST = (
    "Where the stride does not divide evenly, the last rows and columns that do not fill a window"
)
SUM = "out[n, f, i, j] = b[f] + sum over c, k, l of"
GRADIENTS = "Gradients of the convolution, one output value at a time."


@hidden_check(out=3, rest=1)
def conv_forward_naive(ask: Questioner) -> None:
    """Convolutions of many shapes, against the reference."""
    for question in draw_geometries(ask):
        x, w, _, param = question.given
        is_even = not leaves_remainder(x, w.shape[2:], **param)
        with ask.part(*(("out", SUM) if is_even else ("rest", REST))):
            compare_out(ask, FORWARD, question, conv_forward_fast)


@hidden_check(grey=1, edges=1)
def conv_image_filters(ask: Questioner) -> None:
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
def conv_backward_naive(ask: Questioner) -> None:
    """Gradients of many shapes, against the reference, after the student's own forward pass."""
    questions = draw_geometries(ask)
    passes = forward_passes(ask, FORWARD, questions, conv_forward_fast, conv_backward_fast)
    compare_gradients(ask, BACKWARD, passes, ("dx", "dw", "db"), GRADIENTS)


USUAL: Case = {"N": 2, "C": 3, "F": 4, "window": (3, 3), "stride": 1, "pad": 1}
USUAL |= {"outputs": (6, 6), "rest": "none", "how": "C"}


def draw_geometries(ask: Questioner) -> Iterator[Question]:
    """Draw x, w and b for each case, and say what is asked."""
    for case in ask.cases(REGIONS):
        H, W = image_size(case)
        x_shape = case["N"], case["C"], H, W
        w_shape = case["F"], case["C"], *case["window"]
        x, w, b = (ask.draw.normal(*shape) for shape in (x_shape, w_shape, w_shape[:1]))
        stride, pad, how = case["stride"], case["pad"], case["how"]
        if how == "mixed":  # as it will arrive
            x = x.astype(np.float32).astype(np.float64)
        asked = f"x {x_shape}, w {w_shape}, stride {stride}, pad {pad}"
        yield Question((x, w, b, {"stride": stride, "pad": pad}), how, asked)


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
