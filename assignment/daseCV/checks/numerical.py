# Generated from daseCV/checks/numerical.py by "dasecv release".
"""Numerical gradients for tolerances as small as 1e-8: two steps, and what both have wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..gradient_check import eval_numerical_gradient_array
from .compare import expect_close, expect_shape

Array = np.ndarray


def gradient(f: Callable[[Array], Any], at: Array, dout: Array, step: float = 1e-3) -> Array:
    """Numerical gradient of `sum(f(at) * dout)`, its error of the fourth order in the step."""
    one, two = (eval_numerical_gradient_array(f, at, dout, h) for h in (step, 2 * step))
    return (4 * one - two) / 3


def expect_gradient(
    what: str, got: Any, expected: Array, tolerance: float, asked: str, noise: float = 1e-10
) -> None:
    """Insist on a gradient, but for what rounding does to the numerical one.

    Parameters
    ----------
    what, got, expected, tolerance, asked
        As in `expect_close`.
    noise : float
        A difference that is next to nothing, whatever the entry's size.
    """
    expect_shape(what, got, expected.shape, asked)
    same = np.abs(expected - got) < noise
    expect_close(what, np.where(same, expected, got), expected, tolerance, asked, gradient=True)
