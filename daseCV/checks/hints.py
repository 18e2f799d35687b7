"""Hints: recognises typical mistakes by their behaviour, never by the code.

`hints.json` holds, for each mistake that instructors have catalogued, what it does on the public
inputs of `probes`: fingerprints of the results that differ from the right ones. A student's
function that gives the same wrong results has the same mistake. A right one gets no hint.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..language import Message
from . import probes, probes_networks, probes_normalisation  # noqa: F401  (they register probes)
from .library import Library, student
from .probing import Mark, observe, same

FILE = Path(__file__).with_name("hints.json")

FAILURES = ("raised ", "returned ", "is ")

Marks = Mapping[str, Mark]


def recognise(blank: str, library: Library = student) -> list[str]:
    """Find which catalogued mistakes a blank has, such as 'layers.conv_forward_naive'.

    Returns their ids, the best explanation first; none if the blank is right, not written, or wrong
    in another way.
    """
    known = catalogue().get(blank)
    if not known:
        return []
    try:
        seen = observe(blank, library)
    except (Exception, SystemExit):  # not written, or a module that does not import
        return []
    return matching(seen, {name: mistake["seen"] for name, mistake in known.items()})


def matching(seen: Marks, known: Mapping[str, Marks]) -> list[str]:
    """Select the mistakes that explain a student's fingerprints.

    `known` has, for each mistake, the fingerprints that differ from the right ones.

    Examples
    --------
    >>> known = {"a": {"x": "one"}, "b": {"x": "one", "y": "two"}, "c": {"y": "three"}}
    >>> matching({"x": "one", "y": "two"}, known)
    ['b']
    >>> matching({"x": "one", "y": "raised ValueError"}, known)
    []
    """
    found = [
        name
        for name, marks in known.items()
        if all(key in seen and agree(seen[key], mark) for key, mark in marks.items())
    ]
    # If the code raises and none of these mistakes does, an unknown mistake explains the rest.
    failures = {key for key, mark in seen.items() if is_failure(mark)}
    if failures.difference(*(known[name] for name in found)):
        return []
    # A mistake whose effects are a subset of another's is left out.
    largest = [
        name
        for name in found
        if not any(known[name].items() < known[other].items() for other in found)
    ]
    return sorted(largest, key=lambda name: -len(known[name]))


def agree(seen: Mark, known: Mark) -> bool:
    """Whether two fingerprints are the same; errors that were raised may differ."""
    raised = [isinstance(mark, str) and mark.startswith("raised ") for mark in (seen, known)]
    return all(raised) or same(seen, known)


def is_failure(mark: Mark) -> bool:
    """Whether no right function has this fingerprint."""
    return mark.startswith(FAILURES) if isinstance(mark, str) else "NaN" in mark[0]


def hint(mistake: str) -> Message:
    """Return the hint for a mistake, by an id that `recognise` returned."""
    for known in catalogue().values():
        if mistake in known:
            return Message.build(known[mistake]["hint"], {})
    raise KeyError(mistake)


def first_hint(blanks: Sequence[str]) -> str:
    """Return the hint for the first blank with a recognised mistake; '' if there is none."""
    for blank in blanks:
        for mistake in recognise(blank):
            return hint(mistake)
    return ""


def catalogue() -> dict[str, Any]:
    """The catalogued mistakes by blank and id; none if the file is missing or damaged."""
    try:
        found = json.loads(FILE.read_text(encoding="utf-8"))["blanks"]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}
