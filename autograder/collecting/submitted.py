"""Writes a submission where nbgrader looks for it: completely, or not at all."""

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
from .archives import RefusedSubmission
from .incoming import IncomingSubmission
from .submission import Submission, note_path, read_note

TIMESTAMP = "timestamp.txt"  # nbgrader's name for it
LONGEST_TIME = 100  # characters


def write_submitted(
    incoming: IncomingSubmission,
    submission: Submission | RefusedSubmission,
    released: Mapping[str, bytes],
    target: Path,
    groupshared: bool = False,
) -> bool:
    """Write `submitted/STUDENT/ASSIGNMENT`; returns False if it was there already.

    nbgrader ignores a student without a notebook, so the released one replaces a missing one. Of a
    refused submission only the reason is written.
    """
    files = {f"{name}.ipynb": text for name, text in released.items()}
    if not isinstance(submission, RefusedSubmission):
        files |= submission.owned
        files |= {f"{name}.ipynb": text for name, text in submission.notebooks.items()}
    if incoming.at is not None:
        moment = datetime.fromtimestamp(incoming.at, timezone.utc)
        files[TIMESTAMP] = f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()
    note = (json.dumps(note_of(incoming, submission), indent=2) + "\n").encode()
    noted = note_path(target)
    if noted.is_file() and noted.read_bytes() == note:
        there = [path for path in target.rglob("*") if path.is_file()]
        if files == {path.relative_to(target).as_posix(): path.read_bytes() for path in there}:
            return False
    write_folder(target, files, groupshared)
    notes = {path.name: path.read_bytes() for path in noted.parent.glob("*.json")}
    write_folder(noted.parent, {**notes, noted.name: note}, groupshared)
    return True


def note_of(
    incoming: IncomingSubmission, submission: Submission | RefusedSubmission
) -> dict[str, Any]:
    note: dict[str, Any] = {
        "from": incoming.came_from,
        "attempt": incoming.attempt,
        "late": incoming.late,
        "id": incoming.id,
        "platform": incoming.platform,
        "doubts": [to_json(doubt) for doubt in incoming.doubts],
    }
    if isinstance(submission, RefusedSubmission):
        return note | {"refused": str(submission)}
    return note | {"notes": list(submission.notes), "numpy": submission.numpy}


def write_folder(target: Path, files: Mapping[str, bytes], groupshared: bool = False) -> None:
    """Write a folder completely, or leave it as it was.

    Another instructor of the group can overwrite it, if the umask or nbgrader's `groupshared`
    allows it; other users of the machine cannot read it.
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
    # Files of another user cannot be removed: they stay in a hidden folder, and do no harm.
    shutil.rmtree(old, ignore_errors=True)


def read_collected(incoming: IncomingSubmission) -> IncomingSubmission:
    """A submission in `submitted/` with its time and the platform's id of its student.

    Its path is the course's own folder of the student, which only the course writes.
    """
    note = read_note(incoming.path)
    at = incoming.at
    # nbgrader's parser raises many kinds, and a student may have written the file.
    with contextlib.suppress(Exception), (incoming.path / TIMESTAMP).open(encoding="utf-8") as file:
        at = seconds_of(file.read(LONGEST_TIME))
    return replace(
        incoming,
        at=at,
        attempt=int(note.get("attempt") or 1),
        late=bool(note.get("late")),
        id=str(note.get("id") or ""),
        platform=str(note.get("platform") or ""),
        doubts=tuple(map(from_json, note.get("doubts", ()))),
    )


def seconds_of(timestamp: str) -> float:
    """Seconds since 1970 of a timestamp as nbgrader reads it; UTC if it names no zone.

    Examples
    --------
    >>> utc = seconds_of("2026-10-03 05:30:00.000000 UTC")
    >>> utc == seconds_of("2026-10-03 05:30") == seconds_of("2026-10-03 13:30:00 Asia/Shanghai")
    True
    """
    from nbgrader.utils import parse_utc  # a slow import that is seldom needed

    when: datetime = parse_utc(timestamp.strip())
    return when.replace(tzinfo=timezone.utc).timestamp()
