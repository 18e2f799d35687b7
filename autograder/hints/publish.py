"""Writes `daseCV/checks/hints.json`: how each catalogued mistake behaves on public inputs.

The file goes to students. It holds fingerprints of wrong results, but no code.
"""

import contextlib
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pooch

from daseCV.checks.probing import INTEGERS, TOLERANCE, Mark, observe, same

from .catalogue import MISTAKES
from .mistake import HintError
from .plant import file_of, library, planted_source

FILE = Path("daseCV", "checks", "hints.json")
GENERATED = 'Generated from the reference and the catalogue of mistakes by "dasecv release".'
CLEAR = 1e-4  # smaller differences are left out: they may be rounding errors elsewhere


def refresh(root: Path, check_only: bool = False) -> list[str]:
    """Write the fingerprints into a checkout's library, or only report that they changed.

    Returns a line if the file is new or changed. Rounding differences, as between versions of
    NumPy, do not count.
    """
    path = root / FILE
    fresh = cached_fingerprints(root)
    try:
        old = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        old = None
    if old is not None and equal_but_rounding(old, fresh):
        return []
    if not check_only:
        path.write_text(format_json(fresh), encoding="utf-8", newline="\n")
    return [f"{'new' if old is None else 'changed'}: {FILE.as_posix()}"]


def cached_fingerprints(root: Path) -> dict[str, Any]:
    """The fingerprints, cached by a digest of all their sources."""
    path = Path(pooch.os_cache("dasecv"), "fingerprints", f"{digest_of_sources(root)}.json")
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads(path.read_text(encoding="utf-8")))
    content = fingerprints(root)
    with contextlib.suppress(OSError):  # a cache that cannot be written costs time alone
        path.parent.mkdir(parents=True, exist_ok=True)
        incoming = path.with_suffix(f".{os.getpid()}")
        incoming.write_text(format_json(content), encoding="utf-8")
        incoming.replace(path)
    return content


def digest_of_sources(root: Path) -> str:
    """A hash of the library, the catalogue and NumPy's version."""
    key = hashlib.sha256(f"{np.__version__} {sys.version}".encode())
    for folder in (root / "daseCV", Path(__file__).parent):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".py", ".pyx", ".c", ".h"):
                key.update(path.relative_to(folder).as_posix().encode() + b"\0")
                key.update(path.read_bytes())
    return key.hexdigest()[:32]


def fingerprints(root: Path) -> dict[str, Any]:
    """Plant every mistake and probe it; return the content of `hints.json`.

    `HintError` if a mistake changes no probe, or behaves like another one.
    """
    blanks: dict[str, dict[str, Any]] = {}
    for mistake in MISTAKES.values():
        known = blanks.setdefault(mistake.blank, {})
        if not known:
            right = probe_reference(root, mistake.blank)
        with library(root, {file_of(mistake.blank): planted_source(root, mistake)}) as wrong:
            seen = distinct_fingerprints(observe(mistake.blank, wrong), right)
        if not seen:
            raise HintError(f"{mistake.id} does what the reference does, wherever it is probed")
        for other, row in known.items():
            if equal_but_rounding(row["seen"], seen):
                raise HintError(f"{mistake.id} does the same as {other}: make them one")
        known[mistake.id] = {"hint": mistake.hint, "seen": seen}
    return {"generated": GENERATED, "blanks": blanks}


def probe_reference(root: Path, blank: str) -> dict[str, Mark]:
    with library(root) as reference:
        try:
            return observe(blank, reference)
        except Exception as error:
            raise HintError(
                f"the reference cannot be probed: {blank}: {type(error).__name__}: {error}"
            ) from error


def distinct_fingerprints(seen: dict[str, Mark], right: dict[str, Mark]) -> dict[str, Mark]:
    """The fingerprints that clearly differ from the reference's.

    Results on integers depend on unrelated details: they count only if there are no others.
    """
    found = {key: mark for key, mark in seen.items() if not same(mark, right.get(key), CLEAR)}
    floating = {key: mark for key, mark in found.items() if not key.startswith(INTEGERS)}
    return floating or found


def equal_but_rounding(one: Any, two: Any) -> bool:
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(
            equal_but_rounding(one[key], two[key]) for key in one
        )
    return same(one, two, TOLERANCE)


def format_json(content: dict[str, Any]) -> str:
    """The content as JSON: a line for each text, and one for all fingerprints of a mistake."""
    blanks = []
    for blank, mistakes in content["blanks"].items():
        rows = []
        for name, mistake in mistakes.items():
            lines = [f"   {dumps(key)}: {dumps(value)}" for key, value in mistake.items()]
            rows.append(f"  {dumps(name)}: {{\n" + ",\n".join(lines) + "\n  }")
        blanks.append(f" {dumps(blank)}: {{\n" + ",\n".join(rows) + "\n }")
    head = f'{{\n"generated": {dumps(content["generated"])},\n"blanks": {{\n'
    return head + ",\n".join(blanks) + "\n}\n}\n"


def dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
