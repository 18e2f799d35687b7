"""Reads a submission: its notebooks and student-owned files, under any names."""

import contextlib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from daseCV.language import Message

from ..texts import printable
from .archives import Files, RefusedSubmission, is_archive
from .files import files_of
from .modules import find_modules
from .notebook_json import parse_json
from .notebooks import find_notebook
from .remarks import Remarks

NOTES_FOLDER = ".dasecv"  # beside `submitted`: notes of what was collected
MANIFEST = "manifest.json"
VERSION = re.compile(r"[12]\.[0-9]{1,2}(?=\.)", re.ASCII)
LARGEST_NOTE = 2**20  # bytes


@dataclass(frozen=True)
class Submission:
    """The files of a submission that count."""

    name: str  # of its student
    # Student-owned files, modules of the student's own that they import, and given files to which
    # the student added functions, by their paths in the release
    owned: dict[str, bytes]
    notebooks: dict[str, bytes]  # by their names without '.ipynb'
    notes: tuple[str, ...] = ()  # missing and ignored files
    # Notes that a person should check
    doubts: tuple[str, ...] = ()
    numpy: str = ""  # the student's version, such as '2.0'; '' if unknown

    def digest(self) -> str:
        """A hash of the content."""
        key = hashlib.sha256()
        for kind in (self.owned, self.notebooks):
            for name in sorted(kind):
                for part in (name.encode(), kind[name]):
                    key.update(len(part).to_bytes(8, "big") + part)
            key.update(b"|")
        key.update(printable("\n".join((*self.notes, self.numpy))).encode())
        return key.hexdigest()


def read_submission(
    path: Path,
    owned: Sequence[str],
    notebooks: Sequence[str],
    released: Mapping[str, bytes] | None = None,
    assignments: Sequence[str] = (),
) -> Submission:
    """Read a folder, a zip, or a single file.

    `owned` are the release's student-owned files, and `notebooks` the assignment's, without
    '.ipynb'. `released`, the release's modules, serve to find changed given files and unchanged
    copies; `assignments`, all of the course, to recognise work for another one. Refused if it
    holds links, paths that lead out of it, or far too much; or anything in it cannot be read.
    """
    try:
        note = read_note(path)
        if refused := note.get("refused"):  # by `collect`
            raise RefusedSubmission(printable(str(refused)[:500]))
        files, remarks = files_of(path), Remarks()
        modules = find_modules(files, owned, released or {}, remarks)
        found = {name: find_notebook(files, name, assignments, remarks) for name in notebooks}
        if owned and not modules.keys() & set(owned):
            remarks.doubts.append(Message("none of the {count} modules is there", count=len(owned)))
            for other in filter(lambda path: is_archive(path.name), files):  # not opened
                remarks.doubt(
                    Message("{name} cannot be opened: hand in a folder or a .zip", name=other)
                )
        return Submission(
            name=path.stem,
            owned=modules,
            notebooks={name: text for name, text in found.items() if text is not None},
            notes=tuple(remarks.notes),
            doubts=tuple(remarks.doubts),
            numpy=numpy_of(files) or str(note.get("numpy", "")),
        )
    except (RefusedSubmission, OSError, MemoryError):  # the last two are this machine's
        raise
    except Exception as error:  # parsers raise many kinds on garbage
        kind = type(error).__name__
        raise RefusedSubmission(Message("it cannot be read: {problem}", problem=kind)) from error


def numpy_of(files: Files) -> str:
    """The version of NumPy in the manifest of `submit()`, '2.0'; '' if unknown."""
    for path, file in files.items():
        if path.name == MANIFEST and file.size <= LARGEST_NOTE:
            with contextlib.suppress(RefusedSubmission, ValueError, LookupError, TypeError):
                found = VERSION.match(str(parse_json(file.read())["numpy"]))
                return found[0] if found else ""
    return ""


def note_path(folder: Path) -> Path:
    """The file with the course's notes about `submitted/STUDENT/ASSIGNMENT`.

    It is not in that folder, since nbgrader copies students' files there, which could forge it.
    """
    student = folder.absolute().parent
    return student.parent.parent / NOTES_FOLDER / student.name / f"{folder.name}.json"


def read_note(folder: Path) -> dict[str, Any]:
    """The course's notes about a student's folder; {} if there are none."""
    try:
        with note_path(folder).open("rb") as file:
            found = parse_json(file.read(LARGEST_NOTE))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
