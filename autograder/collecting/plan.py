"""Whose which file is, of all that came in: said before anything is done.

A path may be a submission, as a folder or a zip; a folder of them; or what a learning platform
exports of a whole class. What is taken for what is decided by names and by what lies at the top.
"""

import shutil
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone, tzinfo
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from ..folders import PACKAGE
from .archives import Refused, is_dropping, zip_files
from .layout import GRADESCOPE, Reader, children_of, in_folder, in_zip, is_loose, zip_names
from .names import CANVAS, Name, read_name, readable

LARGEST_EXPORT = 64 * 2**30  # bytes unpacked, of a platform's export
LARGEST_METADATA = 32 * 2**20
QUIET = (
    ".csv",
    ".yml",
    ".yaml",
    ".html",
    ".htm",
    ".json",
    ".log",
)  # beside submissions, not of them


@dataclass(frozen=True)
class HandedIn:
    """What somebody handed in.

    Parameters
    ----------
    student : str
    path : Path
        A folder, a zip, or a file.
    at : float or None
        When, in seconds since 1970, where known.
    attempt : int
    late : bool
        Whether the platform calls it late.
    origin : str
        Where it came from, for people; default: its path.
    id : str
        The platform's number of the student.
    """

    student: str
    path: Path
    at: float | None = None
    attempt: int = 1
    late: bool = False
    origin: str = ""
    id: str = ""

    @property
    def shown(self) -> str:
        """Where it came from."""
        return self.origin or readable(self.path)


@dataclass(frozen=True)
class LeftAside:
    """What is not taken, and why."""

    origin: str
    why: str


@dataclass(frozen=True)
class Plan:
    """What is taken of what came in.

    Parameters
    ----------
    taken : tuple of HandedIn
        One for each student, by name.
    left : tuple of LeftAside
    local_times : bool
        Whether some times were a platform's local ones.
    """

    taken: tuple[HandedIn, ...]
    left: tuple[LeftAside, ...]
    local_times: bool = False


def make_plan(
    paths: Iterable[Path],
    assignments: Sequence[str],
    assignment: str,
    room: Path,
    zone: tzinfo = timezone.utc,
) -> Plan:
    """Decide what is taken.

    Parameters
    ----------
    paths : iterable of Path
    assignments : sequence of str
        All of the course: their names may stand behind a student's, or be folders in a student's.
    assignment : str
        The one that is wanted.
    room : Path
        A folder for what has to be unpacked; it has to last as long as the plan.
    zone : tzinfo
        Of a platform's local times.
    """
    search = Search(tuple(assignments), assignment, room, zone)
    found = [one for path in paths for one in search.look(path, readable(path))]
    taken, left = take_last_attempts(apart(found), search.left)
    return Plan(taken, left, local_times=search.local_times)


@dataclass
class Search:
    """Finds submissions; remembers what is none."""

    assignments: tuple[str, ...]
    assignment: str
    room: Path
    zone: tzinfo
    left: list[LeftAside] = field(default_factory=list)
    unpacked: int = 0
    local_times: bool = False

    @property
    def reader(self) -> Reader:
        return Reader(self.assignments)

    def look(self, path: Path, origin: str) -> Iterator[HandedIn]:
        """Whatever a path that was named holds."""
        yield from self.as_far_as_read(self.named(path, origin), origin)

    def as_far_as_read(self, found: Iterator[HandedIn], origin: str) -> Iterator[HandedIn]:
        """What is found, as far as this machine can read it."""
        try:
            yield from found
        except OSError as error:
            self.leave(origin, f"cannot be read: {error.strerror or error}")

    def named(self, path: Path, origin: str) -> Iterator[HandedIn]:
        """A folder, a submission, or a platform's export."""
        if path.is_dir():
            yield from self.folder(path, origin)
        elif not path.is_file():
            self.leave(origin, "there is no such file or folder")
        elif path.suffix.lower() == ".zip":
            try:
                inside = in_zip(zip_names(path))
            except Refused:
                yield self.one(path, path.stem, origin)  # for grading to refuse
                return
            if not inside.children or self.reader.is_one(inside):
                yield self.one(path, path.stem, origin)
            else:
                yield from self.export(path, origin)
        else:
            yield from self.file(path, origin)

    def many(self, folder: Path, origin: str) -> Iterator[HandedIn]:
        """Each of a folder's entries is somebody's."""
        told = gradescope(folder / GRADESCOPE)
        loose: dict[tuple[str, str, int], list[Path]] = {}
        for path in sorted(folder.iterdir()):
            shown = f"{origin}/{readable(path.name)}"
            if is_dropping(PurePosixPath(path.name)):
                continue
            if path.is_symlink():
                self.leave(shown, "a link: hand in what it leads to")
                continue
            if path.name in told:
                yield replace(told[path.name], path=path, origin=shown)
            elif path.is_dir():
                yield from self.as_far_as_read(self.folder(path, shown), shown)
            elif path.suffix.lower() == ".zip" and path.is_file():
                yield self.one(path, path.stem, shown)
            elif CANVAS.fullmatch(path.stem) and path.suffix in (".ipynb", ".py"):
                name = read_name(path.stem)
                loose.setdefault((name.student, name.id, name.attempt), []).append(path)
            elif self.is_stray(path.name):
                self.leave(shown, "whose it is, its name does not say: put it into their folder")
            elif path.suffix.lower() not in QUIET:
                yield from self.as_far_as_read(self.file(path, shown), shown)
        for files in loose.values():
            yield self.gathered(files, origin)

    def is_stray(self, name: str) -> bool:
        """Whether a loose file among submissions is nobody's: a script, a notebook as released."""
        known = self.reader.platform(name) or not is_loose(name)
        return not known and (name.endswith(".py") or self.reader.is_nobodys(name))

    def folder(self, path: Path, shown: str) -> Iterator[HandedIn]:
        """A folder: somebody's, or of folders."""
        layout = in_folder(path)
        if not layout.children:
            self.leave(shown, "an empty folder")
        elif self.reader.by_assignment(layout) and not layout.children.get(PACKAGE):
            inner, shown = path / self.assignment, f"{shown}/{self.assignment}"
            if not layout.children.get(self.assignment):
                self.leave(shown, "there is no such folder")
            elif self.reader.is_one(in_folder(inner)):
                yield self.one(inner, path.name, shown)
            else:
                yield from self.many(inner, shown)
        elif self.reader.platform(path.name) or self.reader.is_one(layout):
            yield self.one(path, path.name, shown)
        else:
            yield from self.many(path, shown)

    def file(self, path: Path, shown: str) -> Iterator[HandedIn]:
        """A file that stands alone: a notebook or a module, or nothing that can be graded."""
        if not path.is_file():
            self.leave(shown, "neither a folder nor a file")
        elif path.suffix.lower() in (".ipynb", ".py") or zipfile.is_zipfile(path):
            yield self.one(path, path.stem, shown)
        else:
            self.leave(shown, "no folder and no .zip: unpack it, or ask for a .zip")

    def one(self, path: Path, stem: str, origin: str) -> HandedIn:
        name = read_name(readable(stem), self.assignments, self.zone)
        self.local_times |= name.at is not None
        return handed_in(name, path, origin)

    def gathered(self, files: list[Path], origin: str) -> HandedIn:
        """Files of one student that a platform has exported one by one, in a folder again."""
        folder = self.new_folder()
        for path in files:
            found = CANVAS.fullmatch(path.stem)
            assert found is not None
            theirs = found["theirs"].rpartition("-")
            stem = theirs[0] if theirs[2].isdigit() and theirs[0] else found["theirs"]
            shutil.copy(path, folder / f"{stem}{path.suffix}")
        return handed_in(read_name(files[0].stem), folder, f"{origin}/{files[0].name}")

    def export(self, path: Path, origin: str) -> Iterator[HandedIn]:
        """A platform's zip of a class, unpacked."""
        folder = self.new_folder()
        try:
            unpack(path, folder)
        except (Refused, OSError, zipfile.BadZipFile) as error:
            self.leave(origin, f"cannot be unpacked: {error}")
            return
        only = list(children_of(folder).items())
        while len(only) == 1 and only[0][1] and not self.reader.platform(only[0][0]):
            folder = folder / only[0][0]
            only = list(children_of(folder).items())
        yield from self.many(folder, origin)

    def new_folder(self) -> Path:
        self.unpacked += 1
        folder = self.room / str(self.unpacked)
        folder.mkdir(parents=True)
        return folder

    def leave(self, origin: str, why: str) -> None:
        self.left.append(LeftAside(origin, why))


def handed_in(name: Name, path: Path, origin: str) -> HandedIn:
    return HandedIn(name.student, path, name.at, name.attempt, name.late, origin, name.id)


def unpack(path: Path, folder: Path) -> None:
    """Unpack a platform's export; what leads out of it, or blows up, is refused."""
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST_EXPORT:
            raise Refused(f"it holds more than {LARGEST_EXPORT:,} bytes")
    for name, file in zip_files(path.name, lambda: zipfile.ZipFile(path), bounded=False):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read())


def gradescope(metadata: Path) -> dict[str, HandedIn]:
    """Whose Gradescope's folders are, by name; several who handed in together are joined."""
    if not metadata.is_file() or metadata.stat().st_size > LARGEST_METADATA:
        return {}
    try:
        told = yaml.safe_load(metadata.read_text(encoding="utf-8"))
        return {name: of_gradescope(entry) for name, entry in told.items()}
    except (yaml.YAMLError, ValueError, AttributeError, TypeError, LookupError):
        return {}


def of_gradescope(entry: dict[str, Any]) -> HandedIn:
    """One entry of Gradescope's metadata."""
    who = entry[":submitters"]
    names = [
        str(one.get(":sid") or str(one.get(":email", "")).partition("@")[0] or one[":name"])
        for one in who
    ]
    when = entry.get(":created_at")
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    if isinstance(when, datetime) and when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    at = when.timestamp() if isinstance(when, datetime) else None
    known = "+".join(str(one.get(":sid") or one.get(":email") or "") for one in who)
    return HandedIn(read_name("+".join(names)).student, Path(), at, id=known)


def apart(found: list[HandedIn]) -> list[HandedIn]:
    """Students of one name whom a platform tells apart get its number behind their name."""
    ids: dict[str, set[str]] = {}
    for one in found:
        ids.setdefault(one.student, set()).add(one.id)
    return [
        replace(one, student=f"{one.student}-{one.id}")
        if len(ids[one.student]) > 1 and one.id
        else one
        for one in found
    ]


def modified_time(path: Path) -> float:
    """When a file was changed, in seconds since 1970; long ago where that cannot be known."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def take_last_attempts(
    found: list[HandedIn], left: list[LeftAside]
) -> tuple[tuple[HandedIn, ...], tuple[LeftAside, ...]]:
    """The last attempt of each student."""
    by_student: dict[str, list[HandedIn]] = {}
    for one in found:
        by_student.setdefault(one.student, []).append(one)
    taken, aside = [], list(left)
    for _, attempts in sorted(by_student.items()):
        last = max(attempts, key=lambda one: (one.attempt, one.at or modified_time(one.path)))
        taken.append(last)
        for one in attempts:
            if one is not last:
                why = "an earlier attempt" if one.attempt < last.attempt else "handed in twice"
                aside.append(LeftAside(one.shown, f"{why}: {last.shown} is taken"))
    return tuple(taken), tuple(aside)
