"""Puts a submission where nbgrader looks for it: whole, or as it was before."""

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from daseCV.language import from_json, to_json

from ..permissions import restrict
from .archives import Refused
from .plan import HandedIn
from .submission import COLLECTED, Submission

TIMESTAMP = "timestamp.txt"  # nbgrader's name for it


def write_submitted(
    one: HandedIn,
    submission: Submission | Refused,
    released: Mapping[str, bytes],
    target: Path,
    groupshared: bool = False,
) -> bool:
    """Write `submitted/STUDENT/ASSIGNMENT`.

    nbgrader passes over a student without a notebook, so a missing one is replaced by the released.

    Parameters
    ----------
    one : HandedIn
    submission : Submission or Refused
        What it holds; of one that was refused only the reason is written.
    released : dict of bytes
        The assignment's notebooks, by their names without '.ipynb'.
    target : Path
        The folder.
    groupshared : bool
        nbgrader's `CourseDirectory.groupshared`.

    Returns
    -------
    changed : bool
        False where the same was there already.
    """
    files = {f"{name}.ipynb": text for name, text in released.items()}
    files |= contents_of(one, submission)
    if target.is_dir() and files == {
        path.relative_to(target).as_posix(): path.read_bytes()
        for path in target.rglob("*")
        if path.is_file()
    }:
        return False
    write_folder(target, files, groupshared)
    return True


def contents_of(one: HandedIn, submission: Submission | Refused) -> dict[str, bytes]:
    """The files that the folder has of its own."""
    note: dict[str, Any] = {
        "from": one.shown,
        "attempt": one.attempt,
        "late": one.late,
        "id": one.id,
        "platform": one.platform,
        "doubts": [to_json(doubt) for doubt in one.doubts],
    }
    files: dict[str, bytes] = {}
    if isinstance(submission, Refused):
        note["refused"] = str(submission)
    else:
        note["notes"] = list(submission.notes)
        files |= submission.owned
        files |= {f"{name}.ipynb": text for name, text in submission.notebooks.items()}
    if one.at is not None:
        moment = datetime.fromtimestamp(one.at, timezone.utc)
        files[TIMESTAMP] = f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()
    files[COLLECTED] = (json.dumps(note, indent=2, ensure_ascii=False) + "\n").encode()
    return files


def write_folder(target: Path, files: Mapping[str, bytes], groupshared: bool = False) -> None:
    """Write a folder: all of it, or it stays as it was.

    A second instructor of the group can write it again, if the umask or nbgrader's `groupshared`
    says so; other users of the machine cannot read it.
    """
    if not target.parent.exists():
        target.parent.mkdir(parents=True)
        restrict(target.parent, groupshared)
    mark = secrets.token_hex(4)
    new, old = (target.with_name(f".{name}-{target.name}-{mark}") for name in ("new", "old"))
    new.mkdir()
    for name, content in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for path in (new, *new.rglob("*")):
        restrict(path, groupshared)
    if target.exists():
        os.replace(target, old)
    os.replace(new, target)
    # What cannot be removed is another's: it is hidden, and in nobody's way.
    shutil.rmtree(old, ignore_errors=True)


def read_collected(one: HandedIn) -> HandedIn:
    """What is known of a submission in `submitted/`: when it was handed in, and by whose number.

    Parameters
    ----------
    one : HandedIn
        Its path is the course's own folder of the student, which nobody else writes.
    """
    note: dict[str, Any] = {}
    with contextlib.suppress(OSError, ValueError):
        found = json.loads((one.path / COLLECTED).read_text(encoding="utf-8"))
        note = found if isinstance(found, dict) else {}
    at = one.at
    with contextlib.suppress(OSError, ValueError):
        at = seconds_of((one.path / TIMESTAMP).read_text(encoding="utf-8"))
    return replace(
        one,
        at=at,
        attempt=int(note.get("attempt") or 1),
        late=bool(note.get("late")),
        id=str(note.get("id") or ""),
        platform=str(note.get("platform") or ""),
        doubts=tuple(map(from_json, note.get("doubts", ()))),
    )


def seconds_of(timestamp: str) -> float:
    """Seconds since 1970 of a time as nbgrader reads it; UTC where no zone is named.

    Raises
    ------
    ValueError
        If it is no time.

    Examples
    --------
    >>> utc = seconds_of("2026-10-03 05:30:00.000000 UTC")
    >>> utc == seconds_of("2026-10-03 05:30") == seconds_of("2026-10-03 13:30:00 Asia/Shanghai")
    True
    """
    from nbgrader.utils import parse_utc  # a second of a command that seldom needs it

    when: datetime = parse_utc(timestamp.strip())
    return when.replace(tzinfo=timezone.utc).timestamp()
