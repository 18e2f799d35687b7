"""Puts a submission where nbgrader looks for it: whole, or as it was before."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from .archives import Refused
from .plan import HandedIn
from .submission import COLLECTED, Submission


def write_submitted(
    one: HandedIn, submission: Submission | Refused, released: Mapping[str, bytes], target: Path
) -> bool:
    """Write `submitted/STUDENT/ASSIGNMENT`.

    nbgrader looks at nobody without a notebook: where one is missing, the released one stands in.

    Parameters
    ----------
    one : HandedIn
    submission : Submission or Refused
        What it holds; of one that was refused only the reason is written.
    released : dict of bytes
        The assignment's notebooks, by their names without '.ipynb'.
    target : Path
        The folder.

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
    target.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
    new.chmod(0o755)
    for name, content in files.items():
        path = new / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    exchange(new, target)
    return True


def contents_of(one: HandedIn, submission: Submission | Refused) -> dict[str, bytes]:
    """The files that the folder has of its own."""
    note: dict[str, Any] = {"from": one.shown, "attempt": one.attempt, "late": one.late}
    files: dict[str, bytes] = {}
    if isinstance(submission, Refused):
        note["refused"] = str(submission)
    else:
        note["notes"] = list(submission.notes)
        files |= submission.owned
        files |= {f"{name}.ipynb": text for name, text in submission.notebooks.items()}
    if one.at is not None:
        moment = datetime.fromtimestamp(one.at, timezone.utc)
        files["timestamp.txt"] = f"{moment:%Y-%m-%d %H:%M:%S.%f} UTC\n".encode()
    files[COLLECTED] = (json.dumps(note, indent=2, ensure_ascii=False) + "\n").encode()
    return files


def exchange(new: Path, target: Path) -> None:
    """Put a folder in the place of another."""
    old = target.with_name(f".old-{target.name}")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    os.replace(new, target)
    shutil.rmtree(old, ignore_errors=True)
