"""Hidden checks of naive max pooling."""

from collections.abc import Iterator
from itertools import chain

import numpy as np

from daseCV.checks.questions.pooling import pooling_question
from daseCV.fast_layers import max_pool_backward_fast, max_pool_forward_fast
from daseCV.language import Message

from ..cases import Case, Factors, Regions
from ..passes import Question, compare_out, dtype_of, forward_passes
from ..registry import Array, Questioner, hidden_check
from .convolution import image_size, leaves_remainder

FORWARD, BACKWARD = "layers:max_pool_forward_naive", "layers:max_pool_backward_naive"

# Windows with their strides: apart, overlapping and with gaps between, higher than wide and wider
# than high. `outputs` and `rest` as for the convolution; `values`: where numbers lie, or ties.
FACTORS: Factors = {
    "N": [[1], [2, 3], [4, 5]],
    "C": [[1], [2, 3], [4, 5]],
    "windows": [
        *([((1, 1), 1)], [((2, 2), 2)], [((2, 2), 1), ((3, 3), 1)], [((3, 3), 2)]),
        *([((2, 2), 3), ((3, 3), 5), ((1, 1), 2)], [((1, 3), 1), ((2, 4), 2)]),
        *([((3, 1), 1), ((5, 2), 2)], [((5, 5), 1), ((6, 5), 2), ((2, 3), 4)]),
    ],
    "outputs": [[(1, 1)], [(1, 4), (4, 1)], [(3, 3)], [(2, 3), (3, 2)], [(10, 9), (9, 11)]],
    "rest": [["none"], ["rows"], ["columns"], ["both"]],
    "values": [["any"], ["negative"], ["positive"], ["hundreds"], ["ties"], ["alike"]],
    "how": [["C"], ["F"], ["strided"], ["float32"]],
}

USUAL: Case = {"N": 2, "C": 3, "windows": ((2, 2), 2), "outputs": (3, 3), "rest": "none"}
USUAL |= {"values": "any", "how": "C"}
# A stride of 1 leaves no rest.
REGIONS = Regions(FACTORS, USUAL, lambda case: case["rest"] == "none" or case["windows"][1] > 1)

LARGEST = "The largest value of each window"
SIZE = "`H' = 1 + (H - pool_height) // stride`, and `W'` alike."
TIES = "the gradient goes to the first of them in row-major order, and is not split"
ADDS = "Where windows overlap, what an entry receives adds up."


@hidden_check(out=5, rest=2)
def max_pool_forward_naive(ask: Questioner) -> None:
    """Pooling of many shapes, of positive and of negative numbers only."""
    for question in draw_geometries(ask):
        x, param = question.given
        window = param["pool_height"], param["pool_width"]
        is_even = not leaves_remainder(x, window, param["stride"])
        with ask.part(*(("out", LARGEST) if is_even else ("rest", SIZE))):
            compare_out(ask, FORWARD, question, max_pool_forward_fast)


@hidden_check(dx=3, ties=1)
def max_pool_backward_naive(ask: Questioner) -> None:
    """Gradients of many shapes; windows that overlap; ties."""
    questions = chain(draw_geometries(ask), draw_integers(ask))
    passes = forward_passes(ask, FORWARD, questions, max_pool_forward_fast, max_pool_backward_fast)
    for done in passes:
        x, how = done.question.given[0], done.question.how
        has_ties = len(np.unique(x)) < min(4, x.size)
        part, promise = ("ties", TIES) if has_ties else ("dx", ADDS)
        with ask.part(part, promise), ask.question(done.question.text):
            (dx,) = ask.call(BACKWARD, done.dout, done.cache, how=how)
            ask.close("dx", dx, done.expected, dtype_of(how))


def draw_integers(ask: Questioner) -> Iterator[Question]:
    """Draw x with ties in nearly all windows, around 0 and below."""
    for shift in (0, -4):
        x = ask.draw.rng.integers(0, 3, size=(2, 2, 6, 7)) + float(shift)
        param = {"pool_height": 2, "pool_width": 3, "stride": 2}
        asked = pooling_question(x.shape, param)
        text = Message("{question}; integers with many ties", question=asked)
        yield Question((x, param), "C", text)


def draw_geometries(ask: Questioner) -> Iterator[Question]:
    """Draw x for each geometry, and say what is asked."""
    for case in ask.cases(REGIONS):
        (height, width), stride = case["windows"]
        geometry = {"window": (height, width), "stride": stride, "pad": 0}
        shape = case["N"], case["C"], *image_size(case | geometry)
        x = draw_apart(ask, shape, case["values"])
        param = {"pool_height": height, "pool_width": width, "stride": stride}
        asked: str = pooling_question(shape, param)
        if case["values"] in ("ties", "alike"):
            asked = Message("{question}; integers with many ties", question=asked)
        yield Question((x, param), case["how"], asked)


def draw_apart(ask: Questioner, shape: tuple[int, ...], values: str) -> Array:
    """Draw numbers of which no two are alike, in float32 either; or many that are."""
    size = int(np.prod(shape))
    x = 0.01 * (ask.draw.rng.permutation(size).reshape(shape) - size // 2)
    x = x + 0.005 * ask.draw.rng.random(shape)
    if values == "alike":
        return np.full(shape, -2.0)
    if values == "ties":
        return np.sign(x) * (ask.draw.rng.random(shape) < 0.6)
    reach = 0.005 * size + 1.0
    return x + {"negative": -reach, "positive": reach, "hundreds": -100 - reach}.get(values, 0.0)
