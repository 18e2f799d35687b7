"""Numerical gradients by central differences, to check the ones that are worked out by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np

from .language import say
from .progress import Bar

Array = np.ndarray


def eval_numerical_gradient(
    f: Callable[[Array], float], x: Array, verbose: bool = True, h: float = 1e-5
) -> Array:
    """Numerical gradient of a function that returns a number.

    Parameters
    ----------
    f : callable
        Function of an array. It may also ignore its argument and read `x` itself (a model's
        parameter, say): a float64 `x` is changed in place while `f` runs, and restored.
    x : ndarray, any shape
        Where to take the gradient. Integers and float32 are too coarse for steps of `h`: `f` then
        gets a float64 copy.
    verbose : bool
        Print each entry's index and derivative.
    h : float
        Step.

    Returns
    -------
    grad : ndarray of float64, shape of x
        `(f(x + h) - f(x - h)) / (2 h)` for each entry.

    Raises
    ------
    TypeError
        If `x` is not float64 and `f` ignores its argument: its gradient would come out as 0.

    Examples
    --------
    >>> x = np.array([1, 2, 3])
    >>> eval_numerical_gradient(lambda x: np.sum(x**2), x, verbose=False).round(6).tolist()
    [2.0, 4.0, 6.0]
    """
    grad = eval_numerical_gradient_array(f, x, np.float64(1.0), h)
    if verbose:
        for index in np.ndindex(x.shape):
            print(index, grad[index])
    return grad


def eval_numerical_gradient_array(
    f: Callable[[Array], Any], x: Array, df: Array, h: float = 1e-5
) -> Array:
    """Numerical gradient of `sum(f(x) * df)` for a function that returns an array.

    Parameters
    ----------
    f : callable
        Function of an array; see `eval_numerical_gradient`.
    x : ndarray, any shape
        Where to take the gradient.
    df : ndarray, shape of f(x)
        Gradient of the loss with respect to `f(x)`.
    h : float
        Step.

    Returns
    -------
    grad : ndarray of float64, shape of x

    Raises
    ------
    TypeError
        If `x` is not float64 and `f` ignores its argument.
    """
    point = x if x.dtype == np.float64 and x.flags.writeable else _movable_copy(f, x)
    grad = np.zeros(x.shape)
    with Bar(x.size, say("numerical gradient")) as step:
        for index in np.ndindex(x.shape):
            value = point[index]
            try:
                # Copies, since f may return a view of its argument.
                point[index] = value + h
                above = np.array(f(point), dtype=np.float64)
                point[index] = value - h
                below = np.array(f(point), dtype=np.float64)
            finally:
                point[index] = value
            grad[index] = np.sum((above - below) * df) / (2 * h)
            step()
    return grad


def _movable_copy(f: Callable[[Array], Any], x: Array) -> Array:
    """A float64 copy of x, once f has shown that it looks at its argument."""
    point = x.astype(np.float64)
    elsewhere = point + np.linspace(0.5, 1.5, x.size).reshape(x.shape)
    if x.size and np.array_equal(f(point), f(elsewhere), equal_nan=True):
        raise TypeError(
            f"numerical gradient: x is {x.dtype}, expected float64 for a function that ignores "
            "its argument and reads x itself; use x.astype(np.float64) (a model: dtype=np.float64)"
        )
    return point
