"""Probes a blank: asks a student's function, and turns its results into fingerprints.

A probe yields keys and values: arrays, numbers, or a few words such as "raised ValueError". The
probes are in `probes`, `probes_normalisation` and `probes_networks`; `hints` compares fingerprints.
"""

import contextlib
import io
import warnings
import zlib
from collections.abc import Callable, Generator, Iterator
from typing import Any

import numpy as np

from .library import Library

Array = np.ndarray
# NumPy guarantees the stream of a RandomState for ever, and of no other generator.
Random = np.random.RandomState
Seen = Iterator[tuple[str, Any]]
Mark = list[Any] | str

INTEGERS = "integers"  # begins the keys of questions with integer arrays
PUBLIC = 231  # seed of the inputs behind the fingerprints
TOLERANCE = 1e-6
ZERO = 1e-9  # rounding noise where a gradient cancels out

PROBES: dict[str, Callable[[Library, Random], Seen]] = {}


def probe(blank: str) -> Callable[[Callable[[Library, Random], Seen]], Any]:
    """Register a generator of keys and values as the probe of a blank."""

    def register(ask: Callable[[Library, Random], Seen]) -> Any:
        PROBES[blank] = ask
        return ask

    return register


def observe(blank: str, library: Library, seed: int = PUBLIC) -> dict[str, Mark]:
    """Probe a blank, such as 'layers.relu_forward'; return the fingerprints by key.

    Output of the student's code is dropped, and the state of NumPy's random numbers is restored.
    Raises NotImplementedError if the blank, or a blank that it uses, is not written yet.
    """
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        with (
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
            np.errstate(all="ignore"),
        ):
            warnings.simplefilter("ignore")
            seen = PROBES[blank](library, Random(seed))
            return {key: fingerprint(key, value) for key, value in seen}
    finally:
        np.random.set_state(state)


def ask(
    key: str, names: str, function: Callable[..., Any], *arguments: Any
) -> Generator[tuple[str, Any], None, tuple[Any, ...] | None]:
    """Call a function on copies of arrays; yield its results, or how it failed, or what it changed.

    The `names` of results are separated by spaces; '-' skips a result. Returns the results, or None
    if their number is another.
    """
    copies = [a.copy() if isinstance(a, Array) else a for a in arguments]
    wanted = names.split()
    try:
        returned = function(*copies)
    except NotImplementedError:
        raise
    except (Exception, SystemExit) as error:
        yield key, f"raised {type(error).__name__}"
        return None
    for number, (before, after) in enumerate(zip(arguments, copies, strict=True), start=1):
        if isinstance(before, Array) and not np.array_equal(before, after, equal_nan=True):
            yield f"{key}: in place", f"changed argument {number}"
    if len(wanted) == 1:
        returned = (returned,)
    if not isinstance(returned, tuple | list) or len(returned) != len(wanted):
        yield key, f"returned {kind(returned)}"
        return None
    for name, value in zip(wanted, returned, strict=True):
        if name != "-":
            yield f"{key}: {name}", value
    return tuple(returned)


def returned_by(function: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
    """Yield what a student's function returns for copies of arrays; nothing if it fails.

    The probe of that function itself notes the failure.
    """
    copies = [a.copy() if isinstance(a, Array) else a for a in arguments]
    try:
        returned = function(*copies)
    except NotImplementedError:
        raise
    except (Exception, SystemExit):
        return
    yield returned


def out_and_cache_of(forward: Callable[..., Any], *arguments: Any) -> Iterator[tuple[Any, Any]]:
    """Yield what a student's forward pass returns; nothing if that is not `(out, cache)`."""
    for returned in returned_by(forward, *arguments):
        if isinstance(returned, tuple | list) and len(returned) == 2:
            yield returned[0], returned[1]


def cache_of(forward: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
    """Yield the cache of a student's forward pass, if it returns one."""
    for _, cache in out_and_cache_of(forward, *arguments):
        yield cache


def kind(value: Any) -> str:
    """Describe a value in a word or two."""
    if isinstance(value, tuple | list):
        return f"{len(value)} results"
    return "None" if value is None else type(value).__name__


def fingerprint(key: str, value: Any) -> Mark:
    """A short mark that distinguishes a value without revealing it.

    For an array of numbers: its shape and the counts of non-finite numbers, as text; the root mean
    square of the finite numbers; their projection on a random direction, which depends on the key.
    For other values: a few words.

    Examples
    --------
    >>> fingerprint("out", np.zeros((2, 3)))
    ['2x3', 0.0, 0.0]
    >>> fingerprint("out", np.array([np.nan, 1.0, np.inf]))
    ['3, 1 NaN, 1 inf', 0.5773503, 0.3323899]
    """
    if isinstance(value, str):
        return value
    if not isinstance(value, Array | np.generic | int | float):
        return f"is {kind(value)}"
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "biuf":
        return f"is an array of {numbers.dtype}"
    shape = "x".join(map(str, numbers.shape)) or "number"
    flat = numbers.astype(np.float64).ravel()
    finite = np.isfinite(flat)
    if not finite.all():
        shape += f", {np.isnan(flat).sum()} NaN, {np.isinf(flat).sum()} inf"
        flat = np.where(finite, flat, 0.0)
    # Scaled first, so that huge numbers have finite squares.
    largest = float(np.abs(flat).max(initial=0.0)) or 1.0
    direction = Random(zlib.crc32(key.encode())).standard_normal(flat.size)
    scaled, root = flat / largest, np.sqrt(max(1, flat.size))
    parts = np.linalg.norm(scaled), direction @ scaled
    return [shape, *(float(f"{part / root * largest:.7g}") for part in parts)]


def same(mark: Mark | None, other: Mark | None, tolerance: float = TOLERANCE) -> bool:
    """Whether two fingerprints belong to the same value, apart from rounding.

    Examples
    --------
    >>> mark = fingerprint("out", np.array([1.0, 2.0, 3.0]))
    >>> same(mark, fingerprint("out", np.array([1.0, 2.0, 3.0 + 1e-9])))
    True
    >>> same(mark, fingerprint("out", np.array([1.0, 3.0, 2.0])))
    False
    """
    if not isinstance(mark, list) or not isinstance(other, list):
        return mark == other
    if mark[0] != other[0] or len(mark) != len(other):
        return False
    scale = tolerance * max(mark[1], other[1]) + ZERO
    return all(abs(a - b) <= scale for a, b in zip(mark[1:], other[1:], strict=True))
