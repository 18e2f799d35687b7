"""Compares two arrays, and describes their difference in words."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import DaseCVError
from ..language import Message, as_message, join, say

Array = np.ndarray

# Below this size, numbers are compared absolutely: the course's own definition.
SMALL = 1e-8


@dataclass(frozen=True)
class Difference:
    """Two arrays that should be equal, for a picture of where they differ."""

    what: str  # the name of the result: 'out', 'dx', ...
    got: Array
    expected: Array
    errors: Array  # relative ones, of the same shape
    tolerance: float  # entries with larger errors are wrong
    gradient: bool  # whether `expected` is a numerical gradient

    @property
    def wrong(self) -> Array:
        """Which entries are wrong."""
        return self.errors > self.tolerance


class CheckFailure(DaseCVError, AssertionError):
    """A check found something wrong; the message says what was got, expected and where."""

    difference: Difference | None = None  # if numbers differ
    shown: bool = False  # whether a panel in the notebook has shown all of it

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = as_message(message)

    def _render_traceback_(self) -> list[str]:
        return [f"✗ {str(self).splitlines()[0]}"] if self.shown else super()._render_traceback_()


class NotJudged(CheckFailure):
    """A file cannot be loaded, or has changed since: there is nothing current to judge."""


class NotWritten(CheckFailure):
    """A blank that the check asks has not been written yet."""


class ShapeError(DaseCVError, ValueError):
    """Two arrays that are to be compared have different shapes."""


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

    Raises
    ------
    ShapeError
        If the shapes differ: broadcasting would hide it.

    Examples
    --------
    >>> relative_error(np.array([1.0, 2.0]), np.array([1.0, 2.0]))
    0.0
    >>> round(relative_error(np.array([1.0]), np.array([3.0])), 3)
    0.5
    """
    if np.shape(got) != np.shape(expected):
        raise ShapeError(
            say(
                "relative_error: got shapes {got} and {expected}, expected the same shape twice",
                got=np.shape(got),
                expected=np.shape(expected),
            )
        )
    return float(relative_errors(got, expected).max(initial=0.0))


def expect_shape(what: str, got: Any, shape: tuple[int, ...], asked: str) -> None:
    """Require that a student's result is an array of numbers of this shape.

    `what` is its name, such as 'dx'; `asked` is the question: shapes, stride, pad, mode.
    """
    if not isinstance(got, np.ndarray | np.number) or got.dtype.kind not in "biuf":
        raise CheckFailure(not_an_array(what, describe(got), shape).with_details(asked=asked))
    if got.shape != shape:
        raise CheckFailure(other_shape(what, got.shape, shape).with_details(asked=asked))


def expect_close(
    what: str, got: Any, expected: Array, tolerance: float, asked: str, gradient: bool = False
) -> None:
    """Require that a student's array equals the expected one, up to relative errors of `tolerance`.

    With `gradient`, a numerical gradient is expected, and a panel plots both.
    """
    expect_shape(what, got, expected.shape, asked)
    errors = relative_errors(got, expected)
    if errors.max(initial=0.0) <= tolerance:
        return
    failure = CheckFailure(mismatch(what, got, expected, errors, tolerance, asked))
    failure.difference = Difference(what, np.asarray(got), expected, errors, tolerance, gradient)
    raise failure


def not_an_array(what: str, got: str, shape: tuple[int, ...]) -> Message:
    return Message(
        "{what} is {got}, expected an array of numbers of shape {shape}",
        what=what,
        got=got,
        shape=shape,
    )


def other_shape(what: str, got: tuple[int, ...], shape: tuple[int, ...]) -> Message:
    return Message(
        "{what} has shape {got}, expected {expected}", what=what, got=got, expected=shape
    )


def mismatch(
    what: str, got: Array, expected: Array, errors: Array, tolerance: float, asked: str = ""
) -> Message:
    """Describe a difference: got, expected, where, how, asked."""
    worst = tuple(int(i) for i in np.unravel_index(errors.argmax(), errors.shape))
    place = f"[{', '.join(map(str, worst))}]" if worst else ""
    wrong = errors > tolerance
    got_text, expected_text = show_apart(float(got[worst]), float(expected[worst]))
    size = Message(
        "relative error {error:.2g}, allowed {allowed:.0e}",
        error=float(errors[worst]),
        allowed=tolerance,
    )
    most = Message("{where}; this entry differs most ({size})", where=where(wrong, what), size=size)
    return Message("{what} is wrong", what=what).with_details(
        got=entry(what, place, got_text),
        expected=entry(what, place, expected_text),
        where=most if errors.size > 1 else size,
        how=relation(got[wrong], expected[wrong]),
        asked=asked,
    )


def entry(what: str, place: str, value: str) -> Message:
    """One number of a result, such as 'dx[0, 1] = 2'."""
    return Message("{what}{place} = {value}", what=what, place=place, value=value)


def show_apart(one: float, other: float) -> tuple[str, str]:
    """Format two numbers with enough digits to look different, if they differ.

    Examples
    --------
    >>> show_apart(1 / 3, 0.5)
    ('0.33333333', '0.5')
    >>> show_apart(1.0000000001, 1.0)
    ('1.0000000001', '1')
    """
    for digits in (8, 12):
        shown = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if shown[0] != shown[1]:
            return shown
    return f"{one:.17g}", f"{other:.17g}"


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


def where(wrong: Array, what: str = "") -> Message:
    """Say which slice of an array is wrong; the axes of 'dw' have other names than those of 'dx'.

    Examples
    --------
    >>> wrong = np.ones((2, 1, 4, 4), dtype=bool)
    >>> wrong[:, :, 1:3, 1:3] = False
    >>> where(wrong)
    '24 of 32 entries: the border, and nothing inside it'
    """
    count = int(wrong.sum())
    if wrong.all():
        return Message("all {count} entries", count=wrong.size)
    entries = Message("{count} of {total} entries", count=count, total=wrong.size)
    if wrong.ndim == 4 and min(wrong.shape[2:]) > 2:
        inside = np.zeros_like(wrong)
        inside[:, :, 1:-1, 1:-1] = True
        if (wrong == ~inside).all():
            return Message("{entries}: the border, and nothing inside it", entries=entries)
        if (wrong == inside).all():
            return Message("{entries}: everything but the border", entries=entries)
        if not wrong[inside].any():
            return Message("{entries}, all on the border", entries=entries)
    narrowed = []
    for axis, size in enumerate(wrong.shape):
        others = tuple(a for a in range(wrong.ndim) if a != axis)
        some, every = wrong.any(axis=others), wrong.all(axis=others)
        right = np.flatnonzero(~some)
        if (some == every).all() and 0 < len(right) < size - len(right):
            return Message(
                "{entries}: everything but {slice}",
                entries=entries,
                slice=slice_of(axis, right, wrong.ndim, what),
            )
        if len(right):
            narrowed.append(slice_of(axis, np.flatnonzero(some), wrong.ndim, what))
    if not narrowed:
        return entries
    return Message("{entries}, all at {slices}", entries=entries, slices=join(narrowed))


def slice_of(axis: int, indices: Array, ndim: int, what: str) -> Message:
    """Name some indices of an axis, such as 'row 3', by what the axis of an image is."""
    listed = ", ".join(map(str, indices[:4])) + (", ..." if len(indices) > 4 else "")
    if ndim != 4:
        return Message("index {indices} of axis {axis}", indices=listed, axis=axis)
    if axis == 0 and what in ("dw", "w"):
        return Message("filter {indices}", indices=listed)
    return (
        Message("image {indices}", indices=listed),
        Message("channel {indices}", indices=listed),
        Message("row {indices}", indices=listed),
        Message("column {indices}", indices=listed),
    )[axis]


def relation_of_one(got: float, expected: float) -> str:
    """How a number relates to the expected one: a whole multiple or fraction; '' for neither."""
    if not got or not expected:
        return ""
    ratio = got / expected
    whole = round(ratio if abs(ratio) > 1 else 1 / ratio)
    exact = whole if abs(ratio) > 1 else 1 / whole
    if abs(whole) < 2 or abs(whole) > 10**6 or abs(ratio / exact - 1) > 1e-6:
        return ""
    if abs(ratio) > 1:
        return Message("it is {ratio} times the expected", ratio=whole)
    return Message("the expected is {ratio} times as much", ratio=whole)


def relation(got: Array, expected: Array) -> str:
    """What wrong entries have in common; '' if nothing is found.

    Examples
    --------
    >>> relation(np.array([2.0, 4.0, -6.0]), np.array([1.0, 2.0, -3.0]))
    'each of them is 2 times the expected'
    """
    if got.size and np.isnan(got).any():
        return Message("NaN in {count} of these entries", count=int(np.isnan(got).sum()))
    if got.size == 1 and np.isfinite(got).all():
        return relation_of_one(float(got.flat[0]), float(expected.flat[0]))
    if got.size < 3 or not np.isfinite(got).all():
        return ""
    if not got.any():
        return Message("0 in all these places")
    with np.errstate(all="ignore"):
        ratios, differences = got / expected, got - expected
    if expected.all() and np.ptp(ratios) <= 1e-6 * abs(ratios[0]):
        if abs(ratios[0] - 1) < 1e-4:
            return ""
        if abs(ratios[0] + 1) < 1e-6:
            return Message("each of them has the wrong sign")
        return Message("each of them is {factor:.4g} times the expected", factor=float(ratios[0]))
    if np.ptp(differences) <= 1e-6 * abs(differences[0]):
        return Message(
            "each of them is {amount:.4g} too large"
            if differences[0] > 0
            else "each of them is {amount:.4g} too small",
            amount=float(abs(differences[0])),
        )
    return ""


def describe(value: Any) -> Message:
    """Describe a value of the wrong type."""
    if value is None:
        return Message("None (is there a return value?)")
    if isinstance(value, np.ndarray):
        return Message("an array of {dtype}", dtype=value.dtype)
    return Message("a {type}", type=type(value).__name__)


def not_written(error: str) -> str:
    """The message of a stub's `NotImplementedError`; other texts stay as they are."""
    name = error.removesuffix(" is not written yet")
    return error if name == error else Message("{name} is not written yet", name=name)
