"""Finds submissions in incoming files.

A path may be a submission, as a folder or an archive; a folder of them; or what a learning platform
exports of a whole class. The outermost thing that a platform or an instructor made says whose a
file is; nothing inside can change that.
"""

import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path

from daseCV.errors import DaseCVError
from daseCV.language import Message

from ..texts import is_too_long, printable_line
from . import archives
from .archives import Refused
from .gradescope import Metadata, read_metadata
from .handed_in import HandedIn, LeftAside, doubtful_name
from .layout import (
    METADATA,
    Kind,
    Layout,
    Reader,
    is_loose_file,
    layout_of,
    layout_of_folder,
    stem_of,
)
from .names import Name, is_release_name, names_nobody, read_name, readable

MOST_SHOWN = 8  # lines of a tree
# Beside submissions, and not of them.
QUIET = (".csv", ".yml", ".yaml", ".html", ".htm", ".json", ".log", ".xlsx")
OF_THE_INSTRUCTOR = (".txt", ".md", ".sh")


class TwoReadings(DaseCVError):
    """It may be one student's work, or that of several, and the marks would differ."""


@dataclass
class Search:
    """Finds submissions; remembers what is not taken."""

    reader: Reader
    assignment: str
    scratch: Path
    zone: tzinfo
    reading: str = ""
    left: list[LeftAside] = field(default_factory=list)
    given: Sequence[Path] = ()
    sections: int = 0
    unpacked: int = 0
    local_times: bool = False

    def find(self, paths: Sequence[Path]) -> Iterator[HandedIn]:
        """What the paths hold: several are a class's, as if they lay in one folder."""
        self.given = paths
        entries = [(path, readable(path)) for path in paths]
        if len(entries) == 1 and not self.reader.platform_student(paths[0].name):
            yield from self.find_unless_unreadable(self.find_in_path(*entries[0]), entries[0][1])
        else:
            yield from self.find_among(entries)

    def find_unless_unreadable(self, found: Iterator[HandedIn], origin: str) -> Iterator[HandedIn]:
        """What is found, as far as it can be read; nothing in it stops the others."""
        try:
            yield from found
        except TwoReadings:
            raise
        except OSError as error:
            self.leave_aside(origin, f"cannot be read: {error.strerror or error}")
        except Exception as error:  # of names and archives that a student made
            self.leave_aside(origin, f"cannot be read: {type(error).__name__}")

    def find_in_path(self, path: Path, origin: str) -> Iterator[HandedIn]:
        """A path that is a class or one student."""
        if not path.is_dir() and not (path.is_file() and archives.is_archive(path.name)):
            yield from self.find_among([(path, origin)])
            return
        try:
            layout = layout_of(path)
        except Refused:
            yield self.make_submission(path, origin)  # for grading to refuse
            return
        if path.is_dir() and self.reader.is_by_assignment(layout):
            yield from self.find_for_assignment(path, origin, layout)
            return
        match self.kind_of(layout, path, origin):
            case Kind.NOTHING if path.is_dir() and layout.children:
                yield from self.find_inside(path, origin)
            case Kind.NOTHING if path.is_dir():
                self.leave_aside(origin, "an empty folder")
            case Kind.CLASS | Kind.EXPORT:
                yield from self.find_inside(path, origin)
            case Kind.SINGLE if path.is_dir() or self.reader.names_nobody(path.name):
                outer = Message("may be of {name}", name=readable(path.name))
                is_sure = self.reader.may_be_class(path.name) or any(layout.children.values())
                for one in self.find_inside(path, origin):
                    yield one if is_sure else one.with_doubt(outer)
            case _:
                yield self.make_submission(path, origin)

    def kind_of(self, layout: Layout, path: Path, origin: str) -> Kind:
        """What a path holds; of two readings the one that is wanted.

        A folder with one thing in it that is nobody's is a wrapper: the student is the outer name.
        """
        kind = self.reader.classify(layout)
        is_wrapper = all(map(self.reader.names_nobody, layout.children))
        if kind == Kind.SINGLE and is_wrapper and not self.reader.names_nobody(path.name):
            return Kind.STUDENT
        is_class = kind in (Kind.CLASS, Kind.EXPORT)
        if kind == Kind.UNCLEAR or (is_class and not path.is_dir()):
            is_class = self.wants_class(path, origin, kind == Kind.UNCLEAR)
            return Kind.CLASS if is_class else Kind.STUDENT
        return kind

    def find_for_assignment(self, path: Path, origin: str, layout: Layout) -> Iterator[HandedIn]:
        """A folder with one for each assignment: nbgrader's of a student, or of a class."""
        inner, shown = path / self.assignment, f"{origin}/{self.assignment}"
        if not layout.children.get(self.assignment):
            self.leave_aside(shown, "there is no such folder", doubtful=False)
        elif self.reader.holds_class(layout, self.assignment):
            yield from self.find_inside(inner, shown)
        else:
            yield self.make_submission(inner, shown, path.name)

    def find_inside(self, path: Path, origin: str) -> Iterator[HandedIn]:
        """What lies in a class's folder or archive, past folders around all of it."""
        folder = path if path.is_dir() else self.unpack(path, origin)
        if folder is None:
            return
        names = sorted(layout_of_folder(folder).children)
        entries = [(folder / name, f"{origin}/{readable(name)}") for name in names]
        if len(names) == 1 and self.reader.names_nobody(names[0]):
            yield from self.find_in_path(*entries[0])
            return
        for link in sorted(one for one in folder.iterdir() if one.is_symlink()):
            self.leave_aside(f"{origin}/{readable(link.name)}", "a link: hand in what it leads to")
        yield from self.find_among(entries, read_metadata(folder / METADATA))

    def find_among(
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
                self.leave_aside(origin, f"its name cannot be read: {type(error).__name__}")
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
            yield from self.find_unless_unreadable(
                self.merge_platform_files(several), several[0][2]
            )
        boxes = [one for one in rest if one[0].is_dir() or archives.is_archive(one[0].name)]
        are_classes = bool(boxes) and all(self.is_class(path) for path, _ in boxes)
        for path, origin in rest:
            yield from self.find_unless_unreadable(
                self.find_in_entry(path, origin, are_classes), origin
            )

    def find_in_entry(self, path: Path, origin: str, are_classes: bool) -> Iterator[HandedIn]:
        """An entry of a class's folder that no platform named.

        Beside students, what has a name is that student's, whatever it holds.
        """
        may_be = are_classes or self.reader.names_nobody(path.name)
        if may_be and self.is_class(path) and self.wants_class(path, origin):
            yield from self.find_inside(path, origin)
        else:
            yield from self.take_entry(path, origin)

    def wants_class(self, path: Path, origin: str, is_unclear: bool = False) -> bool:
        """Whether what looks like a class is one, or a student's with several attempts in it."""
        if self.reader.may_be_class(path.name) and not is_unclear:
            return True
        if not self.reading:
            raise TwoReadings(describe_readings(layout_of(path), path, origin))
        return self.reading == "class"

    def is_class(self, path: Path) -> bool:
        """Whether an entry of a class's folder is a class itself."""
        try:
            is_box = path.is_dir() or (path.is_file() and archives.is_archive(path.name))
            return is_box and self.reader.classify(layout_of(path)) in (Kind.CLASS, Kind.EXPORT)
        except Exception:  # what is wrong with it is said when it is read
            return False

    def take_entry(self, path: Path, origin: str) -> Iterator[HandedIn]:
        """An entry of a class's folder that no platform named: it is called after its student."""
        if path.is_dir():
            layout = layout_of_folder(path)
            if not layout.children:
                self.leave_aside(origin, "an empty folder")
            elif self.reader.is_by_assignment(layout):
                yield from self.find_for_assignment(path, origin, layout)
            elif is_release_name(path.name):
                self.leave_aside(
                    origin, "whose it is, its name does not say: name it after its student"
                )
            else:
                yield self.make_submission(path, origin)
        elif not path.exists():
            self.leave_aside(origin, "there is no such file or folder")
        elif not path.is_file():
            self.leave_aside(origin, "neither a folder nor a file")
        elif self.names_somebody(path.name):
            yield self.make_submission(path, origin)
        elif archives.is_archive(path.name) or is_loose_file(path.name):
            why = "whose it is, its name does not say: put it into their folder"
            self.leave_aside(origin, why, doubtful=archives.is_archive(path.name))
        elif path.suffix.lower() not in QUIET:
            doubtful = path.suffix.lower() not in OF_THE_INSTRUCTOR
            self.leave_aside(origin, "neither a folder nor an archive: ask for a .zip", doubtful)

    def names_somebody(self, name: str) -> bool:
        """Whether an archive or a notebook in a class's folder is called after its student."""
        if archives.is_archive(name):
            return not is_release_name(stem_of(name))
        return ".ipynb" in name.casefold() and not self.reader.is_released(name)

    def merge_platform_files(self, several: list[tuple[Name, Path, str]]) -> Iterator[HandedIn]:
        """What a platform exported of one student, file by file: the last of each file."""
        last = max((name.at or 0.0 for name, _, _ in several), default=0.0)
        newest: dict[str, tuple[Name, Path, str]] = {}
        is_sure = True
        for name, path, origin in sorted(several, key=attempt_key):
            key = f"{name.theirs}{path.suffix}" if path.is_file() else path.name
            if (name.at or 0.0) < last:
                self.leave_aside(origin, "an earlier attempt", doubtful=False)
                continue
            if key in newest:
                self.leave_aside(
                    newest[key][2], f"an earlier attempt: {origin} is taken", doubtful=False
                )
                is_sure &= newest[key][0].attempt < name.attempt
            newest[key] = (name, path, origin)
        files = [one for one in newest.values() if not is_platform_note(one[1], one[0])]
        name, path, origin = (files or list(newest.values()))[-1]
        self.local_times |= name.at is not None
        late = any(one.late for one, _, _ in newest.values())
        attempt = max(one.attempt for one, _, _ in newest.values())
        if len(files) > 1 or (files and is_loose_file(path.name)):
            path = self.copy_together(files)
        found = HandedIn(name.student, path, name.at, attempt, late, origin, name.id, name.platform)
        if not files:
            found = found.with_doubt(Message("a text or a link was handed in, and no file"))
        if not is_sure:  # the platform does not say which is the later one
            found = found.with_doubt(Message("handed in twice: {other} too", other=found.came_from))
        yield found

    def copy_together(self, files: Iterable[tuple[Name, Path, str]]) -> Path:
        """Files and folders of one student in a folder again, under the names that they had."""
        folder = self.new_folder()
        for name, path, _ in files:
            if path.is_dir():
                shutil.copytree(path, folder, symlinks=True, dirs_exist_ok=True)
            else:
                ending = path.name[len(stem_of(path.name)) :]
                shutil.copy(path, folder / f"{name.theirs or name.student}{ending}")
        return folder

    def make_submission(self, path: Path, origin: str, name: str = "") -> HandedIn:
        """What is one student's, whom its name names."""
        stem = name or (path.name if path.is_dir() else stem_of(path.name))
        read = read_name(readable(stem), self.reader.assignments, self.zone)
        found = HandedIn(read.student, path, read.at, read.attempt, read.late, origin)
        if names_nobody(read.student, self.reader.assignments):
            found = found.with_doubt(doubtful_name(read.student))
        return found

    def unpack(self, path: Path, origin: str) -> Path | None:
        """Unpack a class's archive; what leads out of it, or blows up, is refused."""
        limits = archives.CLASS
        if path not in self.given:  # a student may have made it
            limits = archives.SECTION
            self.sections += 1
            if self.sections > archives.MOST_SECTIONS:
                self.leave_aside(origin, "not unpacked: too many archives look like a class's")
                return None
        folder, name = self.new_folder(), readable(path.name)
        try:
            archive = archives.open_archive(name, path, limits)
            members = archives.members_of(archive, limits)
            sound = [one for one in members if not is_too_long(one.filename)]
            files = dict(archives.member_files(name, archive, sound))
        except (Refused, OSError) as error:
            self.leave_aside(origin, f"cannot be unpacked: {error}")
            return None
        for member in members:
            if is_too_long(member.filename):
                begun = printable_line(member.filename[:80])
                self.leave_aside(f"{origin}/{begun}...", "cannot be unpacked: its name is too long")
        for inside, file in files.items():
            target = folder / inside
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read())
            except (Refused, OSError) as error:  # of one student's file
                self.leave_aside(f"{origin}/{inside}", f"cannot be unpacked: {error}")
        return folder

    def new_folder(self) -> Path:
        self.unpacked += 1
        folder = self.scratch / str(self.unpacked)
        folder.mkdir(parents=True)
        return folder

    def leave_aside(self, origin: str, why: str, doubtful: bool = True) -> None:
        self.left.append(LeftAside(origin, why, doubtful))


def attempt_key(one: tuple[Name, Path, str]) -> tuple[int, list[tuple[int, str]]]:
    """Sorts by attempt, then by the numbers in a name: a platform's number 10 is after its 9."""
    numbers = re.findall(r"\d+|\D+", one[1].name)
    return one[0].attempt, [(int(n), "") if n.isdecimal() else (-1, n) for n in numbers]


def is_platform_note(path: Path, name: Name) -> bool:
    """Whether a platform wrote it: a receipt, or a text that was entered on its page."""
    if path.is_dir():
        return path.name.rstrip("_").endswith("_assignsubmission_onlinetext")
    return path.suffix in (".html", ".txt") and (not name.theirs or "onlinetext" in path.name)


def describe_readings(layout: Layout, path: Path, origin: str) -> str:
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
