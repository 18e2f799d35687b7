"""Hidden checks of the given fast layers, and of sandwich layers built on them."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from daseCV import fast_layers, layer_utils, layers
from daseCV.checks.compare import CheckFailure
from daseCV.checks.questions.pooling import pooling_question
from daseCV.language import Message

from ..registry import Array, Questioner, hidden_check

FASTER = 5.0  # times as fast as the naive loops; only a broken build is slower, on any machine
TRIES = 3  # since a busy machine may slow down one of the two


class FastLayersError(Exception):
    """The given fast layers do not work, or are slow: a failure of the grader."""


@hidden_check(needs_given_layers=True, agree=1)
def conv_fast(ask: Questioner) -> None:
    """The student's naive convolution and the given fast one agree; the fast one is fast."""
    x, w, b = ask.draw.normal(3, 2, 8, 9), ask.draw.normal(4, 2, 3, 2), ask.draw.normal(4)
    param = {"stride": 2, "pad": 1}
    asked = f"x {x.shape}, w {w.shape}, stride 2, pad 1"
    compare_fast_with_naive(ask, "conv", (x, w, b, param), asked)
    x, w, b = ask.draw.normal(4, 3, 31, 31), ask.draw.normal(12, 3, 3, 3), ask.draw.normal(12)
    asked = f"x {x.shape}, w {w.shape}, stride 2, pad 1"
    expect_fast_forward(ask, "conv", (x, w, b, param), asked)


@hidden_check(needs_given_layers=True, agree=1)
def max_pool_fast(ask: Questioner) -> None:
    """The student's naive pooling and the given fast one agree; the fast one is fast."""
    x = ask.draw.normal(2, 3, 8, 9)
    param = {"pool_height": 2, "pool_width": 3, "stride": 2}
    compare_fast_with_naive(ask, "max_pool", (x, param), pooling_question(x.shape, param))
    # Overlapping windows: much work and little data, since the time to send it counts too.
    x, param = ask.draw.normal(10, 3, 32, 32), {"pool_height": 2, "pool_width": 2, "stride": 1}
    expect_fast_forward(ask, "max_pool", (x, param), pooling_question(x.shape, param))


def compare_fast_with_naive(ask: Questioner, layer: str, given: Sequence[Any], asked: str) -> None:
    """Require that the given fast layer is right, and that the student's naive one agrees."""
    forward, backward = f"{layer}_forward", f"{layer}_backward"
    out, cache = getattr(fast_layers, f"{forward}_fast")(*given)
    dout = ask.draw.normal(*out.shape)
    grads = getattr(fast_layers, f"{backward}_fast")(dout, cache)
    grads = grads if isinstance(grads, tuple) else (grads,)
    with ask.question(asked):
        fast, kept = ask.call(f"fast_layers:{forward}_fast", *given, count=2, keep=[1])
        expect_given_right(ask, f"{forward}_fast", [fast], [out])
        fast_grads = ask.call(f"fast_layers:{backward}_fast", dout, kept, count=len(grads))
        expect_given_right(ask, f"{backward}_fast", fast_grads, grads)
        with ask.part("agree"):
            naive, kept = ask.call(f"layers:{forward}_naive", *given, count=2, keep=[1])
            ask.close(f"{forward}_naive", naive, out)
            naive_grads = ask.call(f"layers:{backward}_naive", dout, kept, count=len(grads))
            for answer, right in zip(naive_grads, grads, strict=True):
                ask.close(f"{backward}_naive", answer, right)


def expect_fast_forward(ask: Questioner, layer: str, given: Sequence[Any], asked: str) -> None:
    """Require that a given layer's forward pass is faster than the naive loops."""
    name, naive = f"{layer}_forward_fast", getattr(layers, f"{layer}_forward_naive")
    with ask.question(asked):
        expect_fast(
            ask,
            lambda: ask.call(f"fast_layers:{name}", *given, count=2, keep=[0, 1]),
            lambda: naive(*given),
            name,
        )


@hidden_check(needs_given_layers=True, out=1, gradients=3)
def conv_relu_pool(ask: Questioner) -> None:
    """Convolution - ReLU - pooling through the student's ReLU."""
    x, w, b = ask.draw.normal(2, 3, 8, 9), ask.draw.normal(3, 3, 3, 3), ask.draw.normal(3)
    pool = {"pool_height": 2, "pool_width": 2, "stride": 2}
    compare_sandwich(ask, "conv_relu_pool", (x, w, b, {"stride": 1, "pad": 1}, pool))


@hidden_check(needs_given_layers=True, out=1, gradients=3)
def conv_relu(ask: Questioner) -> None:
    """Convolution - ReLU through the student's ReLU."""
    x, w, b = ask.draw.normal(2, 3, 7, 6), ask.draw.normal(3, 3, 3, 3), ask.draw.normal(3)
    compare_sandwich(ask, "conv_relu", (x, w, b, {"stride": 2, "pad": 1}))


def compare_sandwich(ask: Questioner, name: str, arguments: Sequence[Any]) -> None:
    """A given chain of layers, forward and backward, against the reference's."""
    shapes = f"x {np.shape(arguments[0])}, w {np.shape(arguments[1])}"
    for array in arguments[1:3]:
        array[0] = 0  # so that ReLU meets zeros
    expected, cache = getattr(layer_utils, f"{name}_forward")(*arguments)
    dout = ask.draw.normal(*expected.shape)
    right = getattr(layer_utils, f"{name}_backward")(dout, cache)
    with ask.question(Message("{question}, the first filter all zeros", question=shapes)):
        out, kept = ask.call(f"layer_utils:{name}_forward", *arguments, count=2, keep=[1])
        with ask.part("out", "out = max(x, 0)"):
            ask.close("out", out, expected)
        with ask.part("gradients", "`dout` where `x > 0`, and 0 elsewhere"):
            # The chain may change its arguments in place; each layer's own check tests that.
            grads = ask.call(f"layer_utils:{name}_backward", dout, kept, count=3, in_place=True)
            for what, got, exact in zip(("dx", "dw", "db"), grads, right, strict=True):
                ask.close(what, got, exact)


def expect_given_right(
    ask: Questioner, name: str, got: Sequence[object], expected: Sequence[Array]
) -> None:
    """Require that the given layers are right; if not, the student is not to blame."""
    try:
        for answer, right in zip(got, expected, strict=True):
            ask.close(name, answer, right)
    except CheckFailure as failure:
        ask.name_question(failure)
        raise FastLayersError(failure.message) from None


def expect_fast(
    ask: Questioner, fast: Callable[[], object], naive: Callable[[], object], name: str
) -> None:
    """Require that the given layer is fast, unless the points are lost already."""
    if ask.failures:
        return
    fast()
    ratio = 0.0
    for _ in range(TRIES):
        ratio = max(ratio, time_call(naive) / time_call(fast))
        if ratio >= FASTER:
            return
    raise FastLayersError(
        f"{name} is {ratio:.1f} times as fast as the naive loops, at least {FASTER:g} times is "
        "expected: is the extension built?"
    )


def time_call(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
