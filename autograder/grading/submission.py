"""What a submission hands in: its notebooks and student-owned files, found and bounded."""

import hashlib
import json
import os
import stat
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..release.build import PACKAGE
from ..release.languages import LANGUAGES, file_name
from .assemble import LARGEST, syntax_error

LARGEST_NOTEBOOK = 32 * 2**20
LARGEST_ARCHIVE = 512 * 2**20  # bytes unpacked, of what is read
MOST_FILES = 20_000
IGNORED = {"__MACOSX", ".ipynb_checkpoints", "__pycache__", ".git"}


class Refused(Exception):
    """An unsafe submission: nothing of it is used."""


@dataclass(frozen=True)
class Submission:
    """The files of a submission that count.

    Parameters
    ----------
    name : str
        Whose it is.
    owned : dict of bytes
        Student-owned files, by their paths in the release.
    notebooks : dict of bytes
        By their names without '.ipynb'.
    notes : tuple of str
        What was missing or left aside.
    """

    name: str
    owned: dict[str, bytes]
    notebooks: dict[str, bytes]
    notes: tuple[str, ...] = field(default=())

    def digest(self) -> str:
        """A name for the content."""
        key = hashlib.sha256()
        for kind in (self.owned, self.notebooks):
            for name in sorted(kind):
                for part in (name.encode(), kind[name]):
                    key.update(len(part).to_bytes(8, "big") + part)
            key.update(b"|")
        key.update("\n".join(self.notes).encode())
        return key.hexdigest()


def read_submission(
    path: Path,
    owned: Sequence[str],
    notebooks: Sequence[str],
    given: Mapping[str, bytes] | None = None,
) -> Submission:
    """Read a folder or a zip.

    Parameters
    ----------
    path : Path
        A folder, or a .zip file.
    owned : sequence of str
        Student-owned files of the release.
    notebooks : sequence of str
        Names of the assignment's notebooks, without '.ipynb'.
    given : dict of bytes, optional
        The release's other files, to note which of them were changed.

    Raises
    ------
    Refused
        If it holds links, paths that lead out of it, or more than can be meant.
    FileNotFoundError
        If there is no such folder or zip.
    """
    if path.is_dir():
        files = dict(_folder_files(path))
    elif path.suffix.lower() == ".zip" and path.is_file():
        files = dict(_zip_files(path))
    else:
        raise FileNotFoundError(f"{path} is neither a folder nor a .zip file")
    notes: list[str] = []
    found: dict[str, bytes] = {}
    for name in owned:
        candidate = _closest(files, name)
        if candidate is None:
            notes.append(f"{name} is missing: graded as it was released")
            continue
        size, read = files[candidate]
        if size > LARGEST:
            notes.append(f"{name} has {size:,} bytes, at most {LARGEST:,} are taken: left aside")
            continue
        found[name] = read()
        problem = syntax_error(found[name])
        if problem:
            notes.append(f"{name} cannot be read by Python: {problem}")
    for name, released in (given or {}).items():
        candidate = _closest(files, name)
        if candidate is not None and not _same(*files[candidate], released):
            notes.append(f"{name} was changed: graded as it was released")
    handed_in: dict[str, bytes] = {}
    for name in notebooks:
        here = [
            candidate
            for language in LANGUAGES
            if (candidate := _closest(files, file_name(f"{name}.ipynb", language))) is not None
        ]
        if not here:
            notes.append(f"{name}.ipynb is missing")
        versions = []
        for candidate in here:
            size, read = files[candidate]
            if size > LARGEST_NOTEBOOK:
                notes.append(f"{candidate.name} has {size:,} bytes: left aside")
            else:
                versions.append((candidate.name, read()))
        if versions:
            taken, handed_in[name] = most_run(versions)
            others = [other for other, _ in versions if other != taken]
            notes += [f"{other} is left aside: more of {taken} has been run" for other in others]
    return Submission(path.stem, found, handed_in, tuple(notes))


def most_run(versions: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Of a notebook in several languages, the one with the most cells run; else the first.

    Parameters
    ----------
    versions : sequence of (str, bytes)
        File names and contents, the canonical one first.
    """
    return max(versions, key=lambda version: cells_run(version[1]))


def cells_run(content: bytes) -> int:
    """How many cells of a notebook have been run."""
    try:
        cells = json.loads(content.decode("utf-8-sig"))["cells"]
        return sum(cell.get("execution_count") is not None for cell in cells)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return 0


def spoken(content: bytes) -> str:
    """The language of a released notebook; '' where it does not say."""
    try:
        language = json.loads(content.decode("utf-8-sig"))["metadata"]["daseCV"]["language"]
        return language if language in LANGUAGES else ""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""


def _same(size: int, read: "Reader", released: bytes) -> bool:
    """Whether a file is the released one, whatever became of its line ends."""
    if size > LARGEST:
        return False
    return read().replace(b"\r\n", b"\n") == released


def _closest(files: Mapping[PurePosixPath, object], name: str) -> PurePosixPath | None:
    """The file whose path ends so, nearest to the top."""
    wanted = PurePosixPath(name).parts
    fitting = [path for path in files if path.parts[-len(wanted) :] == wanted]
    if len(wanted) == 1:  # a notebook beside the package, not one inside it
        fitting = [path for path in fitting if PACKAGE not in path.parts] or fitting
    return min(fitting, key=lambda path: (len(path.parts), str(path)), default=None)


Content = tuple[int, "Reader"]


class Reader:
    """Reads one file of a submission when it is asked to, and no more than it announced."""

    def __init__(self, source: Path, member: zipfile.ZipInfo | None = None) -> None:
        self.source, self.member = source, member

    def __call__(self) -> bytes:
        if self.member is None:
            descriptor = os.open(self.source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with open(descriptor, "rb") as file:
                return file.read(LARGEST_NOTEBOOK + 1)
        try:
            with zipfile.ZipFile(self.source) as archive, archive.open(self.member) as file:
                content = file.read(self.member.file_size + 1)
        except Exception as error:  # each kind of compression raises its own on garbage
            raise Refused(f"{self.member.filename} in the zip cannot be read: {error}") from None
        if len(content) > self.member.file_size:
            raise Refused(f"{self.member.filename} is larger than the zip says")
        return content


def _folder_files(folder: Path) -> Iterator[tuple[PurePosixPath, Content]]:
    count = 0
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if name not in IGNORED]
        for name in (*names, *folders):  # a link to a folder is among the folders
            count += 1
            if count > MOST_FILES:
                raise Refused(f"more than {MOST_FILES:,} files")
            path = Path(parent, name)
            mode = path.lstat()
            if stat.S_ISREG(mode.st_mode):
                relative = PurePosixPath(path.relative_to(folder).as_posix())
                yield relative, (mode.st_size, Reader(path))
            elif stat.S_ISLNK(mode.st_mode):
                raise Refused(f"{path.relative_to(folder)} is a link, expected a file")


def _zip_files(path: Path) -> Iterator[tuple[PurePosixPath, Content]]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except Exception as error:  # zipfile raises many kinds on garbage
        raise Refused(f"{path.name} is no zip that can be read: {error}") from None
    if len(members) > MOST_FILES:
        raise Refused(f"the zip holds more than {MOST_FILES:,} files")
    if sum(member.file_size for member in members) > LARGEST_ARCHIVE:
        raise Refused(f"the zip holds more than {LARGEST_ARCHIVE:,} bytes unpacked")
    for member in members:
        name = unicodedata.normalize("NFC", member.filename.replace("\\", "/"))
        parts = PurePosixPath(name).parts
        if ".." in parts or name.startswith("/") or ":" in (parts[0] if parts else ""):
            raise Refused(f"{member.filename!r} in the zip leads out of it")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise Refused(f"{member.filename!r} in the zip is a link, expected a file")
        if member.is_dir() or IGNORED & set(parts) or not parts:
            continue
        yield PurePosixPath(*parts), (member.file_size, Reader(path, member))
