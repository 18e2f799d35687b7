# Generated from daseCV/contents.py by "dasecv release".
"""Tells which files of a student's folder are handed in, by `release.json`."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE_FOLDER = Path(__file__).resolve().parent
CONTENTS = "release.json"
UNREADABLE = (OSError, SyntaxError, ValueError, RecursionError, MemoryError)  # of Python files
STRAYS = {"datasets", "build", "__pycache__", ".ipynb_checkpoints"}


@cache
def read_release() -> dict[str, Any]:
    """The contents of `release.json`, which is written with the release."""
    return json.loads((PACKAGE_FOLDER / CONTENTS).read_text(encoding="utf-8"))


def names_to_complete() -> list[str]:
    """Names of the files with blanks, and of those that students may extend."""
    return [*read_release()["student_owned"], *read_release()["extensible"]]


@cache
def given_folders() -> set[str]:
    """Folders with given files only."""
    folders = {str(Path(name).parent) for name in read_release()["given"]}
    return folders - {"daseCV", "daseCV/classifiers"}


def is_handed_in(name: str) -> bool:
    """Whether a file such as 'daseCV/layers.py' is the student's: to complete, or their own."""
    is_own = name not in read_release()["given"] and str(Path(name).parent) not in given_folders()
    return name in names_to_complete() or (is_own and not STRAYS & set(Path(name).parts))


def files_to_hand_in(folder: Path) -> list[Path]:
    """The Python files to hand in: those to complete or extend, then the student's own."""
    released = [path for name in names_to_complete() if (path := folder / name).is_file()]
    return [*released, *own_modules(folder)]


def own_modules(folder: Path) -> list[Path]:
    """Modules of a student's own in `daseCV/`, beside the released ones."""
    released = names_to_complete()
    names = {path: relative(path, folder) for path in sorted((folder / "daseCV").rglob("*.py"))}
    return [path for path, name in names.items() if is_handed_in(name) and name not in released]


def text_digest(text: str) -> str:
    """A fingerprint of a given file, without the release's generator note."""
    lines = [line for line in text.splitlines() if not line.startswith("# Generated from ")]
    return digest("\n".join(lines))


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def relative(path: Path, folder: Path) -> str:
    """A path as it is in the zip."""
    return path.relative_to(folder).as_posix()
