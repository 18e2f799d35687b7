"""Whose which file is, of all that came in: said before anything is done.

A path may be a submission, as a folder or an archive; a folder of them; or what a learning platform
exports of a whole class. Whose a file is, is decided by the outermost thing that a platform or an
instructor made; nothing inside can change it.
"""

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timezone, tzinfo
from pathlib import Path

from daseCV.errors import DaseCVError
from daseCV.language import Message

from ..texts import is_too_long, printable_line
from .archives import (
    LARGEST_EXPORT,
    LARGEST_SECTION,
    MOST_EXPORTED,
    MOST_FILES,
    MOST_SECTIONS,
    Refused,
    is_archive,
    member_path,
    member_reader,
    members_of,
    open_archive,
)
from .gradescope import Metadata, read_metadata
from .layout import METADATA, Kind, Layout, Reader, in_folder, is_loose, layout_of, stem_of
from .names import Name, is_nobodys, is_of_the_release, read_name, readable

MOST_SHOWN = 8  # lines of a tree
# Beside submissions, and not of them.
QUIET = (".csv", ".yml", ".yaml", ".html", ".htm", ".json", ".log", ".xlsx")
OF_THE_INSTRUCTOR = (".txt", ".md", ".sh")


@dataclass(frozen=True)
class HandedIn:
    """What somebody handed in.

    Parameters
    ----------
    student : str
    path : Path
        A folder, an archive, or a file.
    at : float or None
        When, in seconds since 1970, where known.
    attempt : int
    late : bool
        Whether the platform calls it late.
    origin : str
        Where it came from, for people; default: its path.
    id : str
        The platform's number of the student.
    platform : str
        '' where none is recognised.
    doubts : tuple of Message
        Why a person should look whose it is.
    """

    student: str
    path: Path
    at: float | None = None
    attempt: int = 1
    late: bool = False
    origin: str = ""
    id: str = ""
    platform: str = ""
    doubts: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        """Where it came from."""
        return self.origin or readable(self.path)

    def with_doubt(self, doubt: str) -> "HandedIn":
        return replace(self, doubts=(*self.doubts, doubt))


@dataclass(frozen=True)
class LeftAside:
    """What is not taken, and why.

    Parameters
    ----------
    origin : str
    why : str
    doubtful : bool
        Whether it may be somebody's work, so that a person should look.
    """

    origin: str
    why: str
    doubtful: bool = True


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


class TwoReadings(DaseCVError):
    """It may be one student's work, or that of several, and the marks would differ."""


def make_plan(
    paths: Iterable[Path],
    assignments: Sequence[str],
    assignment: str,
    room: Path,
    zone: tzinfo = timezone.utc,
    modules: Sequence[str] = (),
    reading: str = "",
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
    modules : sequence of str
        Student-owned files of the release.
    reading : str
        'class' or 'student': how to read what may be either.

    Raises
    ------
    TwoReadings
        If something may be either, and `reading` is ''.
    """
    reader = Reader(tuple(assignments), tuple(modules))
    search = Search(reader, assignment, room, zone, reading)
    found = list(search.look(list(paths)))
    taken, left = take_last_attempts(tell_apart(found), search.left)
    return Plan(taken, left, local_times=search.local_times)


@dataclass
class Search:
    """Finds submissions; remembers what is not taken."""

    reader: Reader
    assignment: str
    room: Path
    zone: tzinfo
    reading: str = ""
    left: list[LeftAside] = field(default_factory=list)
    given: Sequence[Path] = ()
    sections: int = 0
    unpacked: int = 0
    local_times: bool = False

    def look(self, paths: Sequence[Path]) -> Iterator[HandedIn]:
        """What the paths hold: several are a class's, as if they lay in one folder."""
        self.given = paths
        entries = [(path, readable(path)) for path in paths]
        if len(entries) == 1 and not self.reader.platform_student(paths[0].name):
            yield from self.guarded(self.named(*entries[0]), entries[0][1])
        else:
            yield from self.entries(entries)

    def guarded(self, found: Iterator[HandedIn], origin: str) -> Iterator[HandedIn]:
        """What is found, as far as it can be read; nothing in it stops the others."""
        try:
            yield from found
        except TwoReadings:
            raise
        except OSError as error:
            self.leave(origin, f"cannot be read: {error.strerror or error}")
        except Exception as error:  # of names and archives that a student made
            self.leave(origin, f"cannot be read: {type(error).__name__}")

    def named(self, path: Path, origin: str) -> Iterator[HandedIn]:
        """A path that is a class or one student."""
        if not path.is_dir() and not (path.is_file() and is_archive(path.name)):
            yield from self.entries([(path, origin)])
            return
        try:
            layout = layout_of(path)
        except Refused:
            yield self.submission(path, origin)  # for grading to refuse
            return
        if path.is_dir() and self.reader.is_by_assignment(layout):
            yield from self.of_assignment(path, origin, layout)
            return
        match self.kind(layout, path, origin):
            case Kind.NOTHING if path.is_dir() and layout.children:
                yield from self.inside(path, origin)
            case Kind.NOTHING if path.is_dir():
                self.leave(origin, "an empty folder")
            case Kind.CLASS | Kind.EXPORT:
                yield from self.inside(path, origin)
            case Kind.SINGLE if path.is_dir() or self.reader.is_nobodys(path.name):
                outer = Message("may be of {name}", name=readable(path.name))
                is_sure = self.reader.may_be_class(path.name) or any(layout.children.values())
                for one in self.inside(path, origin):
                    yield one if is_sure else one.with_doubt(outer)
            case _:
                yield self.submission(path, origin)

    def kind(self, layout: Layout, path: Path, origin: str) -> Kind:
        """What a path holds; of two readings the one that is wanted.

        A folder with one thing in it that is nobody's is a wrapper: the student is the outer name.
        """
        kind = self.reader.kind(layout)
        is_named = not self.reader.is_nobodys(path.name)
        if kind == Kind.SINGLE and is_named and self.is_wrapper(layout):
            return Kind.STUDENT
        is_class = kind in (Kind.CLASS, Kind.EXPORT)
        if kind == Kind.UNCLEAR or (is_class and not path.is_dir()):
            is_class = self.wants_class(path, origin, kind == Kind.UNCLEAR)
            return Kind.CLASS if is_class else Kind.STUDENT
        return kind

    def is_wrapper(self, layout: Layout) -> bool:
        """Whether what lies in a folder alone is called as work is, and not as a student."""
        return all(self.reader.is_nobodys(name) for name in layout.children)

    def of_assignment(self, path: Path, origin: str, layout: Layout) -> Iterator[HandedIn]:
        """A folder with one for each assignment: nbgrader's of a student, or of a class."""
        inner, shown = path / self.assignment, f"{origin}/{self.assignment}"
        if not layout.children.get(self.assignment):
            self.leave(shown, "there is no such folder", doubtful=False)
        elif self.reader.holds_class(layout, self.assignment):
            yield from self.inside(inner, shown)
        else:
            yield self.submission(inner, shown, path.name)

    def inside(self, path: Path, origin: str) -> Iterator[HandedIn]:
        """What lies in a class's folder or archive, past folders around all of it."""
        folder = path if path.is_dir() else self.unpack(path, origin)
        if folder is None:
            return
        names = sorted(in_folder(folder).children)
        entries = [(folder / name, f"{origin}/{readable(name)}") for name in names]
        if len(names) == 1 and self.reader.is_nobodys(names[0]):
            yield from self.named(*entries[0])
            return
        for link in sorted(one for one in folder.iterdir() if one.is_symlink()):
            self.leave(f"{origin}/{readable(link.name)}", "a link: hand in what it leads to")
        yield from self.entries(entries, read_metadata(folder / METADATA))

    def entries(
        self, entries: Sequence[tuple[Path, str]], metadata: Metadata | None = None
    ) -> Iterator[HandedIn]:
        """The entries of a class: each is a student's, or all are classes themselves."""
        metadata = metadata or {}
        named: dict[tuple[str, str], list[tuple[Name, Path, str]]] = {}
        rest = []
        for path, origin in entries:
            try:
                name = read_name(stem_of(path.name), self.reader.assignments, self.zone)
            except Exception as error:
                self.leave(origin, f"its name cannot be read: {type(error).__name__}")
                continue
            if path.name in metadata:
                for student, known, at in metadata[path.name]:
                    yield HandedIn(
                        student, path, at, origin=origin, id=known, platform="Gradescope"
                    )
            elif name.platform:
                named.setdefault((name.student, name.id), []).append((name, path, origin))
            else:
                rest.append((path, origin))
        for several in named.values():
            yield from self.guarded(self.of_platform(several), several[0][2])
        boxes = [one for one in rest if one[0].is_dir() or is_archive(one[0].name)]
        are_classes = bool(boxes) and all(self.is_class(path) for path, _ in boxes)
        for path, origin in rest:
            yield from self.guarded(self.entry_or_class(path, origin, are_classes), origin)

    def entry_or_class(self, path: Path, origin: str, are_classes: bool) -> Iterator[HandedIn]:
        """An entry of a class's folder that no platform named.

        Beside students, what has a name is that student's, whatever it holds.
        """
        may_be = are_classes or self.reader.is_nobodys(path.name)
        if may_be and self.is_class(path) and self.wants_class(path, origin):
            yield from self.inside(path, origin)
        else:
            yield from self.entry(path, origin)

    def wants_class(self, path: Path, origin: str, is_unclear: bool = False) -> bool:
        """Whether what looks like a class is one, or a student's with several attempts in it."""
        if self.reader.may_be_class(path.name) and not is_unclear:
            return True
        if not self.reading:
            raise TwoReadings(two_readings(layout_of(path), path, origin))
        return self.reading == "class"

    def is_class(self, path: Path) -> bool:
        """Whether an entry of a class's folder is a class itself."""
        try:
            is_box = path.is_dir() or (path.is_file() and is_archive(path.name))
            return is_box and self.reader.kind(layout_of(path)) in (Kind.CLASS, Kind.EXPORT)
        except Exception:  # what is wrong with it is said when it is read
            return False

    def entry(self, path: Path, origin: str) -> Iterator[HandedIn]:
        """An entry of a class's folder that no platform named: it is called after its student."""
        if path.is_dir():
            layout = in_folder(path)
            if not layout.children:
                self.leave(origin, "an empty folder")
            elif self.reader.is_by_assignment(layout):
                yield from self.of_assignment(path, origin, layout)
            elif is_of_the_release(path.name):
                self.leave(origin, "whose it is, its name does not say: name it after its student")
            else:
                yield self.submission(path, origin)
        elif not path.exists():
            self.leave(origin, "there is no such file or folder")
        elif not path.is_file():
            self.leave(origin, "neither a folder nor a file")
        elif self.is_somebodys(path.name):
            yield self.submission(path, origin)
        elif is_archive(path.name) or is_loose(path.name):
            why = "whose it is, its name does not say: put it into their folder"
            self.leave(origin, why, doubtful=is_archive(path.name))
        elif path.suffix.lower() not in QUIET:
            doubtful = path.suffix.lower() not in OF_THE_INSTRUCTOR
            self.leave(origin, "neither a folder nor an archive: ask for a .zip", doubtful)

    def is_somebodys(self, name: str) -> bool:
        """Whether an archive or a notebook in a class's folder is called after its student."""
        if is_archive(name):
            return not is_of_the_release(stem_of(name))
        return ".ipynb" in name.casefold() and not self.reader.is_released(name)

    def of_platform(self, several: list[tuple[Name, Path, str]]) -> Iterator[HandedIn]:
        """What a platform exported of one student, file by file: the last of each file."""
        last = max((name.at or 0.0 for name, _, _ in several), default=0.0)
        newest: dict[str, tuple[Name, Path, str]] = {}
        is_sure = True
        for name, path, origin in sorted(several, key=by_attempt):
            key = f"{name.theirs}{path.suffix}" if path.is_file() else path.name
            if (name.at or 0.0) < last:
                self.leave(origin, "an earlier attempt", doubtful=False)
                continue
            if key in newest:
                self.leave(newest[key][2], f"an earlier attempt: {origin} is taken", doubtful=False)
                is_sure &= newest[key][0].attempt < name.attempt
            newest[key] = (name, path, origin)
        files = [one for one in newest.values() if not is_note(one[1], one[0])]
        name, path, origin = (files or list(newest.values()))[-1]
        self.local_times |= name.at is not None
        late = any(one.late for one, _, _ in newest.values())
        attempt = max(one.attempt for one, _, _ in newest.values())
        if len(files) > 1 or (files and is_loose(path.name)):
            path = self.gather(files)
        found = HandedIn(name.student, path, name.at, attempt, late, origin, name.id, name.platform)
        if not files:
            found = found.with_doubt(Message("a text or a link was handed in, and no file"))
        if not is_sure:  # the platform does not say which is the later one
            found = found.with_doubt(Message("handed in twice: {other} too", other=found.shown))
        yield found

    def gather(self, files: Iterable[tuple[Name, Path, str]]) -> Path:
        """Files and folders of one student in a folder again, under the names that they had."""
        folder = self.new_folder()
        for name, path, _ in files:
            if path.is_dir():
                shutil.copytree(path, folder, symlinks=True, dirs_exist_ok=True)
            else:
                ending = path.name[len(stem_of(path.name)) :]
                shutil.copy(path, folder / f"{name.theirs or name.student}{ending}")
        return folder

    def submission(self, path: Path, origin: str, name: str = "") -> HandedIn:
        """What is one student's, whom its name names."""
        stem = name or (path.name if path.is_dir() else stem_of(path.name))
        read = read_name(readable(stem), self.reader.assignments, self.zone)
        found = HandedIn(read.student, path, read.at, read.attempt, read.late, origin)
        if is_nobodys(read.student, self.reader.assignments):
            found = found.with_doubt(not_a_name(read.student))
        return found

    def unpack(self, path: Path, origin: str) -> Path | None:
        """Unpack a class's archive; what leads out of it, or blows up, is refused."""
        largest, most = LARGEST_EXPORT, MOST_EXPORTED
        if path not in self.given:  # a student may have made it
            largest, most = LARGEST_SECTION, MOST_FILES
            self.sections += 1
            if self.sections > MOST_SECTIONS:
                self.leave(origin, "not unpacked: too many archives look like a class's")
                return None
        folder, shown = self.new_folder(), readable(path.name)
        try:
            archive = open_archive(shown, path, largest)
            members = members_of(archive, largest, most)
            paths = [
                (member_path(shown, one), one) for one in members if not is_too_long(one.filename)
            ]
        except (Refused, OSError) as error:
            self.leave(origin, f"cannot be unpacked: {error}")
            return None
        for member in members:
            if is_too_long(member.filename):
                begun = printable_line(member.filename[:80])
                self.leave(f"{origin}/{begun}...", "cannot be unpacked: its name is too long")
        for name, member in paths:
            if name is None:
                continue
            target = folder / name
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(member_reader(archive, member, str(name))())
            except (Refused, OSError) as error:  # of one student's file
                self.leave(f"{origin}/{name}", f"cannot be unpacked: {error}")
        return folder

    def new_folder(self) -> Path:
        self.unpacked += 1
        folder = self.room / str(self.unpacked)
        folder.mkdir(parents=True)
        return folder

    def leave(self, origin: str, why: str, doubtful: bool = True) -> None:
        self.left.append(LeftAside(origin, why, doubtful))


def by_attempt(one: tuple[Name, Path, str]) -> tuple[int, list[tuple[int, str]]]:
    """Sorts by attempt, then by the numbers in a name: a platform's number 10 is after its 9."""
    numbers = re.findall(r"\d+|\D+", one[1].name)
    return one[0].attempt, [(int(n), "") if n.isdecimal() else (-1, n) for n in numbers]


def is_note(path: Path, name: Name) -> bool:
    """Whether a platform wrote it: a receipt, or a text that was entered on its page."""
    if path.is_dir():
        return path.name.rstrip("_").endswith("_assignsubmission_onlinetext")
    return path.suffix in (".html", ".txt") and (not name.theirs or "onlinetext" in path.name)


def two_readings(layout: Layout, path: Path, origin: str) -> str:
    """What the two readings are, each as a short tree."""
    names = sorted(layout.children)
    shown = [f"{name}/" if layout.children[name] else name for name in names[:MOST_SHOWN]]
    more = [f"and {len(names) - MOST_SHOWN} more"] if len(names) > MOST_SHOWN else []
    together = readable(read_name(stem_of(path.name)).student)
    return "\n".join(
        [
            f"{origin} can be read in two ways, and the marks would differ:",
            "  --as class: each of these is a student's",
            *(f"      {readable(line)}" for line in (*shown, *more)),
            f"  --as student: all of them together are the work of {together}",
        ]
    )


def not_a_name(name: str) -> Message:
    return Message("{name} may not be a student's name", name=name)


def alike(name: str, count: int) -> Message:
    return Message("{count} students are called {name}", count=count, name=name)


def tell_apart(found: list[HandedIn]) -> list[HandedIn]:
    """Students of one name whom a platform tells apart get its number behind their name."""
    ids: dict[str, set[str]] = {}
    for one in found:
        ids.setdefault(one.student, set()).add(one.id)
    apart = [
        replace(one, student=f"{one.student}-{one.id}").with_doubt(
            alike(one.student, len(ids[one.student]))
        )
        if len(ids[one.student]) > 1 and one.id
        else one
        for one in found
    ]
    spelled = Counter(name.casefold() for name in {one.student for one in apart})
    return [
        one.with_doubt(Message("another name differs from {name} in case alone", name=one.student))
        if spelled[one.student.casefold()] > 1
        else one
        for one in apart
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
        for one in attempts:
            if one is last:
                continue
            is_earlier = one.attempt < last.attempt
            why = "an earlier attempt" if is_earlier else "handed in twice"
            aside.append(LeftAside(one.shown, f"{why}: {last.shown} is taken", doubtful=False))
            if not is_earlier:
                last = last.with_doubt(Message("handed in twice: {other} too", other=one.shown))
        taken.append(last)
    return tuple(taken), tuple(aside)
