"""Probes a blank: asks a student's function, and turns its results into fingerprints.

A probe yields keys and values: arrays, numbers, or a few words such as "raised ValueError". What is
asked of which blank stands in `probes` and `probes_networks`; what the fingerprints are compared
with, in `hints`.
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
# NumPy keeps the stream of a RandomState the same for ever, and of nothing else.
Random = np.random.RandomState
Seen = Iterator[tuple[str, Any]]
Mark = list[Any] | str

INTEGERS = "integers"  # begins the keys of questions with arrays of whole numbers
PUBLIC = 231  # the seed of the inputs that fingerprints are made with
TOLERANCE = 1e-6
ZERO = 1e-9  # rounding noise where a gradient cancels out

PROBES: dict[str, Callable[[Library, Random], Seen]] = {}


def probe(blank: str) -> Callable[[Callable[[Library, Random], Seen]], Any]:
    """Register a generator of keys and values as what is asked of a blank."""

    def register(ask: Callable[[Library, Random], Seen]) -> Any:
        PROBES[blank] = ask
        return ask

    return register


def observe(blank: str, library: Library, seed: int = PUBLIC) -> dict[str, Mark]:
    """Probe a blank, such as 'layers.relu_forward'; fingerprints of everything seen, by their keys.

    Whatever the student's code prints is swallowed, and NumPy's random numbers go on as if nothing
    had been asked. Where the blank, or one that it is built on, is not written yet, this raises
    NotImplementedError.
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

    Results have `names`, separated by spaces, with '-' for one that is not looked at. Returns them,
    or None where there are not as many results as names.
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
    """Yield what a student's function returns for copies of arrays; nothing where it fails.

    That it fails is another question's matter: a forward pass's, not its backward pass's.
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
    """Yield what a student's forward pass returns; nothing where that is not `(out, cache)`."""
    for returned in returned_by(forward, *arguments):
        if isinstance(returned, tuple | list) and len(returned) == 2:
            yield returned[0], returned[1]


def cache_of(forward: Callable[..., Any], *arguments: Any) -> Iterator[Any]:
    """Yield the cache of a student's forward pass, where it returns one."""
    for _, cache in out_and_cache_of(forward, *arguments):
        yield cache


def kind(value: Any) -> str:
    """What a value is, in a word or two."""
    if isinstance(value, tuple | list):
        return f"{len(value)} results"
    return "None" if value is None else type(value).__name__


def fingerprint(key: str, value: Any) -> Mark:
    """A short mark of a value that tells it from others and does not give it away.

    Of an array of numbers: its shape as text, with how many are not finite; the root mean square of
    those that are, and their projection on a random direction, which the key chooses. Of anything
    else: a few words.

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


def same(one: Mark | None, two: Mark | None, tolerance: float = TOLERANCE) -> bool:
    """Whether two fingerprints are of the same value, but for rounding.

    Examples
    --------
    >>> mark = fingerprint("out", np.array([1.0, 2.0, 3.0]))
    >>> same(mark, fingerprint("out", np.array([1.0, 2.0, 3.0 + 1e-9])))
    True
    >>> same(mark, fingerprint("out", np.array([1.0, 3.0, 2.0])))
    False
    """
    if not isinstance(one, list) or not isinstance(two, list):
        return one == two
    if one[0] != two[0] or len(one) != len(two):
        return False
    scale = tolerance * max(one[1], two[1]) + ZERO
    return all(abs(a - b) <= scale for a, b in zip(one[1:], two[1:], strict=True))
