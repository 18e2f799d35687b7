"""Compares a check with its last try, kept in `.dasecv/tries.json` beside `daseCV/`.

If the file cannot be written or read, there is no trend, and nothing else fails.
"""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from ..contents import digest
from ..language import Message, say
from .verdict import RIGHT, UNWRITTEN, Verdict

FILE = Path(".dasecv", "tries.json")


def note_try(verdict: Verdict, folder: Path, code: str = "") -> str:
    """Store a try, and compare it with the last one; '' for the first.

    The folder holds `daseCV/`. For a training run, `code` is a fingerprint of the trained code.
    """
    path = folder / FILE
    tries = read_tries(path)
    before = tries.get(verdict.name)
    now = summarise_try(verdict, before["tries"] + 1 if before else 1) | {"code": code}
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_name(f"{path.name}.{os.getpid()}")
        unfinished.write_text(json.dumps(tries | {verdict.name: now}), encoding="utf-8")
        unfinished.replace(path)
    return compare_tries(before, now) if before else ""


def last_try(name: str, folder: Path) -> dict[str, Any]:
    """The last try of a check; {} before the first."""
    return read_tries(folder / FILE).get(name, {})


def read_tries(path: Path) -> dict[str, dict[str, Any]]:
    """The last try of each check; {} if the file is missing or damaged."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {name: known for name, known in found.items() if int(known["tries"]) > 0}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def summarise_try(verdict: Verdict, tries: int) -> dict[str, Any]:
    """A try as a few numbers."""
    kept = {"tries": tries, "sign": verdict.sign, "answered": len(verdict.answered)}
    kept["said"] = digest(verdict.message or "")
    if (seen := verdict.difference) is not None:
        largest = min(float(seen.errors.max(initial=0.0)), 1e300)  # JSON knows no infinity
        kept |= {"what": seen.what, "wrong": int(seen.wrong.sum()), "largest": largest}
    return kept


def compare_tries(before: dict[str, Any], now: dict[str, Any]) -> str:
    return say("try {number}: {change}", number=now["tries"], change=describe_change(before, now))


def describe_change(before: dict[str, Any], now: dict[str, Any]) -> Message:
    """Say what is better or worse than before."""
    if now["sign"] == RIGHT:
        return Message("right, as before" if before.get("sign") == RIGHT else "right now!")
    if before.get("sign") == RIGHT:
        return Message("it was right before")
    if UNWRITTEN in (before.get("sign"), now["sign"]):
        if now["sign"] != UNWRITTEN:
            return Message("written now, and not right yet")
        if before.get("sign") == UNWRITTEN:
            return Message("not written, as before; have you saved the file in the editor?")
        return Message("it was written before")
    more = now["answered"] - int(before.get("answered", 0))
    if more:
        return Message(
            "questions right: {count} more than before"
            if more > 0
            else "questions right: {count} fewer than before",
            count=abs(more),
        )
    what = now.get("what")
    if what is not None and what == before.get("what"):
        old, new = before.get("wrong", 0), now["wrong"]
        if old != new:
            return Message(
                "wrong entries of {what}: {old} before, {new} now", what=what, old=old, new=new
            )
        old, new = before.get("largest", 0.0), now["largest"]
        if not 0.99 < (new + 1e-300) / (old + 1e-300) < 1.01:
            return Message(
                "the largest error of {what} went from {old:.2g} to {new:.2g}",
                what=what,
                old=old,
                new=new,
            )
    if (what, now.get("said")) == (before.get("what"), before.get("said")):
        return Message("as before")
    return Message("wrong in another way than before")
