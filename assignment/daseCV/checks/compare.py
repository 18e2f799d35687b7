# Generated from daseCV/checks/compare.py by "dasecv release".
"""How two arrays are compared, and how a difference is put into words."""

from typing import Any

import numpy as np

Array = np.ndarray

# Below this size, numbers are compared absolutely: the course's own definition.
SMALL = 1e-8


class CheckFailure(AssertionError):
    """A check found something wrong; the message says what was got, expected and where."""

    def _render_traceback_(self) -> list[str]:
        """In a notebook, show the message alone: the check's own lines say nothing to a student."""
        return [f"✗ {self}"]


def relative_error(got: Array, expected: Array) -> float:
    """The largest relative difference of two arrays.

    Parameters
    ----------
    got, expected : ndarray, same shape

    Returns
    -------
    error : float
        `max(|got - expected| / max(1e-8, |got| + |expected|))`; 0 for empty arrays, infinite
        where one is NaN and the other is not.

    Examples
    --------
    >>> relative_error(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    0.0
    >>> round(relative_error(np.array([1.0]), np.array([3.0])), 3)
    0.5
    """
    return float(_errors(got, expected).max(initial=0.0))


def expect_shape(what: str, got: Any, shape: tuple[int, ...], asked: str) -> None:
    """Insist that a student's result is an array of numbers of this shape.

    Parameters
    ----------
    what : str
        Name of the result: 'out', 'dx', ...
    got : object
        What the student's function returned.
    shape : tuple of int
    asked : str
        The question, for the message: shapes, stride, pad, mode.

    Raises
    ------
    CheckFailure
        If it is anything else.
    """
    if not isinstance(got, np.ndarray | np.number) or got.dtype.kind not in "biuf":
        raise CheckFailure(
            f"{what} is {describe(got)}, expected an array of numbers of shape {shape}\n"
            f"  asked: {asked}"
        )
    if got.shape != shape:
        raise CheckFailure(f"{what} has shape {got.shape}, expected {shape}\n  asked: {asked}")


def expect_close(what: str, got: Any, expected: Array, tolerance: float, asked: str) -> None:
    """Insist that a student's array is the expected one.

    Parameters
    ----------
    what, got, asked
        As in `expect_shape`.
    expected : ndarray
    tolerance : float
        Largest relative error that is still right.

    Raises
    ------
    CheckFailure
        If type, shape or values differ.
    """
    expect_shape(what, got, expected.shape, asked)
    errors = _errors(got, expected)
    if errors.max(initial=0.0) <= tolerance:
        return
    worst = tuple(int(i) for i in np.unravel_index(errors.argmax(), errors.shape))
    raise CheckFailure(
        f"{what} is wrong\n"
        f"  got:      {what}[{_index(worst)}] = {got[worst]:.8g}\n"
        f"  expected: {what}[{_index(worst)}] = {expected[worst]:.8g}\n"
        f"  where:    {where(errors > tolerance)}; this entry differs most "
        f"(relative error {errors[worst]:.2g}, allowed {tolerance:.0e})\n"
        f"  asked:    {asked}"
    )


def expect(condition: bool, message: str) -> None:
    """Raise `CheckFailure` with the message unless the condition holds."""
    if not condition:
        raise CheckFailure(message)


def _errors(got: Array, expected: Array) -> Array:
    got, expected = np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        errors = np.abs(got - expected) / np.maximum(SMALL, np.abs(got) + np.abs(expected))
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    return np.where(same, 0.0, np.where(np.isnan(errors), np.inf, errors))


def where(wrong: Array) -> str:
    """Which part of an array is wrong, axis by axis where that narrows it down."""
    count = int(wrong.sum())
    if wrong.all():
        return f"all {wrong.size} entries"
    narrowed = []
    for axis, size in enumerate(wrong.shape):
        others = tuple(a for a in range(wrong.ndim) if a != axis)
        places = np.flatnonzero(wrong.any(axis=others))
        if len(places) < size:
            listed = ", ".join(map(str, places[:4])) + (", ..." if len(places) > 4 else "")
            narrowed.append(f"index {listed} of axis {axis}")
    return f"{count} of {wrong.size} entries" + (
        f", all at {' and '.join(narrowed)}" if narrowed else ""
    )


def _index(index: tuple[int, ...]) -> str:
    return ", ".join(map(str, index)) or "()"


def describe(value: Any) -> str:
    """Say what a value is that should have been something else."""
    if value is None:
        return "None (is there a return value?)"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    return f"a {type(value).__name__}"
