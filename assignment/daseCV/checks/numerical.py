# Generated from daseCV/checks/numerical.py by "dasecv release".
"""Numerical gradients for tolerances as small as 1e-8, extrapolated from two step sizes."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..gradient_check import eval_numerical_gradient_array
from .compare import Array, expect_close, expect_shape


def gradient(f: Callable[[Array], Any], at: Array, dout: Array, step: float = 1e-3) -> Array:
    """Numerical gradient of `sum(f(at) * dout)`, with an error of fourth order in the step."""
    near, far = (eval_numerical_gradient_array(f, at, dout, h) for h in (step, 2 * step))
    return (4 * near - far) / 3


def numerical_gradients(
    forward: Callable[..., tuple[Any, ...]],
    arguments: tuple[Array, ...],
    dout: Array,
    step: float,
    estimate: Callable[..., Array] = eval_numerical_gradient_array,
) -> Iterator[Array]:
    """Numerical gradients of a forward pass, by each of its arguments in turn."""
    for place, argument in enumerate(arguments):

        def out(value: Array, place: int = place) -> Array:
            return forward(*arguments[:place], value, *arguments[place + 1 :])[0]

        yield estimate(out, argument, dout, step)


def expect_gradient(
    what: str, got: Any, expected: Array, tolerance: float, asked: str, noise: float = 1e-10
) -> None:
    """Require a gradient; differences below `noise` come from rounding in the numerical one."""
    expect_shape(what, got, expected.shape, asked)
    same = np.abs(expected - got) < noise
    expect_close(what, np.where(same, expected, got), expected, tolerance, asked, gradient=True)
