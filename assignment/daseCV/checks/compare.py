# Generated from daseCV/checks/compare.py by "dasecv release".
"""How two arrays are compared, and how a difference is put into words."""

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray

# Below this size, numbers are compared absolutely: the course's own definition.
SMALL = 1e-8


@dataclass(frozen=True)
class Difference:
    """Two arrays that should be the same, for a picture of where they are not.

    Parameters
    ----------
    what : str
        Name of the result: 'out', 'dx', ...
    got, expected, errors : ndarray, same shape
        Relative errors.
    tolerance : float
        Entries with larger errors are wrong.
    gradient : bool
        Whether `got` is a gradient worked out by hand, and `expected` a numerical one.
    """

    what: str
    got: Array
    expected: Array
    errors: Array
    tolerance: float
    gradient: bool

    @property
    def wrong(self) -> Array:
        """Which entries are wrong."""
        return self.errors > self.tolerance


class CheckFailure(AssertionError):
    """A check found something wrong; the message says what was got, expected and where.

    Attributes
    ----------
    difference : Difference, optional
        Where it was a matter of numbers.
    shown : bool
        Whether a panel in the notebook has said all of it.
    """

    difference: Difference | None = None
    shown: bool = False

    def _render_traceback_(self) -> list[str]:
        """In a notebook, show the message alone: the check's own lines say nothing to a student."""
        message = str(self)
        return [f"✗ {message.splitlines()[0] if self.shown else message}"]


class NotWritten(CheckFailure):
    """A blank that the check asks has not been written yet."""


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
    return float(relative_errors(got, expected).max(initial=0.0))


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


def expect_close(
    what: str, got: Any, expected: Array, tolerance: float, asked: str, gradient: bool = False
) -> None:
    """Insist that a student's array is the expected one.

    Parameters
    ----------
    what, got, asked
        As in `expect_shape`.
    expected : ndarray
    tolerance : float
        Largest relative error that is still right.
    gradient : bool
        Whether `expected` is a numerical gradient.

    Raises
    ------
    CheckFailure
        If type, shape or values differ.
    """
    expect_shape(what, got, expected.shape, asked)
    errors = relative_errors(got, expected)
    if errors.max(initial=0.0) <= tolerance:
        return
    failure = CheckFailure(mismatch(what, got, expected, errors, tolerance, asked))
    failure.difference = Difference(what, np.asarray(got), expected, errors, tolerance, gradient)
    raise failure


def mismatch(
    what: str, got: Array, expected: Array, errors: Array, tolerance: float, asked: str
) -> str:
    """Put a difference into words: got, expected, where, how, asked.

    Parameters
    ----------
    what : str
        Name of the result: 'out', 'dx', ...
    got, expected, errors : ndarray, same shape
    tolerance : float
        Entries with larger errors are wrong.
    asked : str
        The question.
    """
    worst = tuple(int(i) for i in np.unravel_index(errors.argmax(), errors.shape))
    place = f"{what}[{', '.join(map(str, worst))}]" if worst else what
    wrong = errors > tolerance
    how = relation(got[wrong], expected[wrong])
    return (
        f"{what} is wrong\n"
        f"  got:      {place} = {got[worst]:.8g}\n"
        f"  expected: {place} = {expected[worst]:.8g}\n"
        f"  where:    {where(wrong, what)}; this entry differs most (relative error "
        f"{errors[worst]:.2g}, allowed {tolerance:.0e})\n"
        + (f"  how:      {how}\n" if how else "")
        + f"  asked:    {asked}"
    )


def expect(condition: bool, message: str) -> None:
    """Raise `CheckFailure` with the message unless the condition holds."""
    if not condition:
        raise CheckFailure(message)


def relative_errors(got: Array, expected: Array) -> Array:
    """Return the relative difference of each entry; `relative_error` has the formula."""
    got, expected = np.asarray(got, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        errors = np.abs(got - expected) / np.maximum(SMALL, np.abs(got) + np.abs(expected))
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    return np.where(same, 0.0, np.where(np.isnan(errors), np.inf, errors))


def where(wrong: Array, what: str = "") -> str:
    """Say which slice of an array is wrong.

    Parameters
    ----------
    wrong : ndarray of bool
    what : str
        Name of the array: the axes of 'dw' are called otherwise than those of 'dx'.

    Examples
    --------
    >>> wrong = np.ones((2, 1, 4, 4), dtype=bool)
    >>> wrong[:, :, 1:3, 1:3] = False
    >>> where(wrong)
    '24 of 32 entries: the border, and nothing inside it'
    """
    count = int(wrong.sum())
    if wrong.all():
        return f"all {wrong.size} entries"
    said = f"{count} of {wrong.size} entries"
    if wrong.ndim == 4 and min(wrong.shape[2:]) > 2:
        inside = np.zeros_like(wrong)
        inside[:, :, 1:-1, 1:-1] = True
        if (wrong == ~inside).all():
            return f"{said}: the border, and nothing inside it"
        if (wrong == inside).all():
            return f"{said}: everything but the border"
        if not wrong[inside].any():
            return f"{said}, all on the border"
    if wrong.ndim != 4:
        names = tuple(f"index {{}} of axis {axis}" for axis in range(wrong.ndim))
    else:
        first = "filter" if what in ("dw", "w") else "image"
        names = tuple(f"{name} {{}}" for name in (first, "channel", "row", "column"))
    narrowed = []
    for axis, size in enumerate(wrong.shape):
        others = tuple(a for a in range(wrong.ndim) if a != axis)
        some, every = wrong.any(axis=others), wrong.all(axis=others)
        right = np.flatnonzero(~some)
        if (some == every).all() and 0 < len(right) < size - len(right):
            return f"{said}: everything but {names[axis].format(listed(right))}"
        if len(right):
            narrowed.append(names[axis].format(listed(np.flatnonzero(some))))
    return said + (f", all at {', '.join(narrowed)}" if narrowed else "")


def listed(places: Array) -> str:
    """The first few of some indices."""
    return ", ".join(map(str, places[:4])) + (", ..." if len(places) > 4 else "")


def relation(got: Array, expected: Array) -> str:
    """What wrong entries have in common; empty where nothing is seen.

    Examples
    --------
    >>> relation(np.array([2.0, 4.0, -6.0]), np.array([1.0, 2.0, -3.0]))
    'each of them is 2 times the expected'
    """
    if got.size and np.isnan(got).any():
        count = int(np.isnan(got).sum())
        return f"NaN in {count} place{'s' if count > 1 else ''}"
    if got.size < 3 or not np.isfinite(got).all():
        return ""
    if not got.any():
        return "0 in all these places"
    with np.errstate(all="ignore"):
        ratios, differences = got / expected, got - expected
    if expected.all() and np.ptp(ratios) <= 1e-6 * abs(ratios[0]):
        if abs(ratios[0] - 1) < 1e-4:
            return ""
        if abs(ratios[0] + 1) < 1e-6:
            return "each of them has the wrong sign"
        return f"each of them is {ratios[0]:.4g} times the expected"
    if np.ptp(differences) <= 1e-6 * abs(differences[0]):
        return f"each of them is {abs(differences[0]):.4g} too " + (
            "large" if differences[0] > 0 else "small"
        )
    return ""


def describe(value: Any) -> str:
    """Say what a value is that should have been something else."""
    if value is None:
        return "None (is there a return value?)"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype}"
    return f"a {type(value).__name__}"
