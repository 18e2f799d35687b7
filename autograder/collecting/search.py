"""Finds submissions in incoming files.

A path may be a submission, as a folder or an archive; a folder of submissions; or a learning
platform's export of a class. The outermost name that a platform or an instructor gave decides whose
a file is; names inside cannot change that.
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
from .archives import RefusedSubmission
from .gradescope import Metadata, read_metadata
from .incoming import IncomingSubmission, SkippedFile, doubtful_name
from .layout import (
    METADATA,
    Classifier,
    Kind,
    Layout,
    is_loose_file,
    layout_of,
    layout_of_folder,
    stem_of,
)
from .names import Name, is_generic_name, is_release_name, read_name, readable

MOST_SHOWN = 8  # lines of a tree
# Files that platforms write beside submissions, and files of the instructor.
IGNORED_SUFFIXES = (".csv", ".yml", ".yaml", ".html", ".htm", ".json", ".log", ".xlsx")
INSTRUCTOR_SUFFIXES = (".txt", ".md", ".sh")


class TwoReadings(DaseCVError):
    """A path may be one student's work or a class's, and the marks would differ."""


@dataclass
class Search:
    """Finds submissions, and records skipped files."""

    classifier: Classifier
    assignment: str
    scratch: Path
    zone: tzinfo
    reading: str = ""
    skipped: list[SkippedFile] = field(default_factory=list)
    given: Sequence[Path] = ()
    sections: int = 0
    unpacked: int = 0
    local_times: bool = False

    def find(self, paths: Sequence[Path]) -> Iterator[IncomingSubmission]:
        """Find submissions in paths; several paths count as one folder of a class."""
        self.given = paths
        entries = [(path, readable(path)) for path in paths]
        if len(entries) == 1 and not self.classifier.platform_student(paths[0].name):
            yield from self.skip_unreadable(self.find_in_path(*entries[0]), entries[0][1])
        else:
            yield from self.find_among(entries)

    def skip_unreadable(
        self, found: Iterator[IncomingSubmission], origin: str
    ) -> Iterator[IncomingSubmission]:
        """Pass submissions on; skip the rest of a path that cannot be read."""
        try:
            yield from found
        except TwoReadings:
            raise
        except OSError as error:
            self.skip(origin, f"cannot be read: {error.strerror or error}")
        except Exception as error:  # from a student's names and archives
            self.skip(origin, f"cannot be read: {type(error).__name__}")

    def find_in_path(self, path: Path, origin: str) -> Iterator[IncomingSubmission]:
        """Find submissions in a path that is a class's or one student's."""
        if not path.is_dir() and not (path.is_file() and archives.is_archive(path.name)):
            yield from self.find_among([(path, origin)])
            return
        try:
            layout = layout_of(path)
        except RefusedSubmission:
            yield self.make_submission(path, origin)  # for grading to refuse
            return
        if path.is_dir() and self.classifier.is_by_assignment(layout):
            yield from self.find_for_assignment(path, origin, layout)
            return
        match self.kind_of(layout, path, origin):
            case Kind.NOTHING if path.is_dir() and layout.children:
                yield from self.find_inside(path, origin)
            case Kind.NOTHING if path.is_dir():
                self.skip(origin, "an empty folder")
            case Kind.CLASS | Kind.EXPORT:
                yield from self.find_inside(path, origin)
            case Kind.SINGLE if path.is_dir() or self.classifier.is_generic_name(path.name):
                outer = Message("may be of {name}", name=readable(path.name))
                is_sure = self.classifier.is_class_name(path.name) or any(layout.children.values())
                for submission in self.find_inside(path, origin):
                    yield submission if is_sure else submission.with_doubt(outer)
            case _:
                yield self.make_submission(path, origin)

    def kind_of(self, layout: Layout, path: Path, origin: str) -> Kind:
        """What a path holds; `reading` decides if it is unclear.

        A folder around a single entry with a generic name is a wrapper: its own name is the
        student's.
        """
        kind = self.classifier.classify(layout)
        is_wrapper = all(map(self.classifier.is_generic_name, layout.children))
        if kind == Kind.SINGLE and is_wrapper and not self.classifier.is_generic_name(path.name):
            return Kind.STUDENT
        is_class = kind in (Kind.CLASS, Kind.EXPORT)
        if kind == Kind.UNCLEAR or (is_class and not path.is_dir()):
            is_class = self.wants_class(path, origin, kind == Kind.UNCLEAR)
            return Kind.CLASS if is_class else Kind.STUDENT
        return kind

    def find_for_assignment(
        self, path: Path, origin: str, layout: Layout
    ) -> Iterator[IncomingSubmission]:
        """Find submissions in a folder with a folder for each assignment, as nbgrader makes."""
        inner, shown = path / self.assignment, f"{origin}/{self.assignment}"
        if not layout.children.get(self.assignment):
            self.skip(shown, "there is no such folder", doubtful=False)
        elif self.classifier.holds_class(layout, self.assignment):
            yield from self.find_inside(inner, shown)
        else:
            yield self.make_submission(inner, shown, path.name)

    def find_inside(self, path: Path, origin: str) -> Iterator[IncomingSubmission]:
        """Find submissions in a class's folder or archive, through wrapper folders."""
        folder = path if path.is_dir() else self.unpack(path, origin)
        if folder is None:
            return
        names = sorted(layout_of_folder(folder).children)
        entries = [(folder / name, f"{origin}/{readable(name)}") for name in names]
        if len(names) == 1 and self.classifier.is_generic_name(names[0]):
            yield from self.find_in_path(*entries[0])
            return
        for link in sorted(entry for entry in folder.iterdir() if entry.is_symlink()):
            self.skip(f"{origin}/{readable(link.name)}", "a link: hand in what it leads to")
        yield from self.find_among(entries, read_metadata(folder / METADATA))

    def find_among(
        self, entries: Sequence[tuple[Path, str]], metadata: Metadata | None = None
    ) -> Iterator[IncomingSubmission]:
        """Find submissions in entries of a class: each a student's, or all of them classes."""
        metadata = metadata or {}
        named: dict[tuple[str, str], list[tuple[Name, Path, str]]] = {}
        rest = []
        for path, origin in entries:
            try:
                name = read_name(stem_of(path.name), self.classifier.assignments, self.zone)
            except Exception as error:
                self.skip(origin, f"its name cannot be read: {type(error).__name__}")
                continue
            if path.name in metadata:
                for student, known, at in metadata[path.name]:
                    yield IncomingSubmission(
                        student, path, at, origin=origin, id=known, platform="Gradescope"
                    )
            elif name.platform:
                named.setdefault((name.student, name.id), []).append((name, path, origin))
            else:
                rest.append((path, origin))
        for several in named.values():
            yield from self.skip_unreadable(self.merge_platform_files(several), several[0][2])
        boxes = [entry for entry in rest if entry[0].is_dir() or archives.is_archive(entry[0].name)]
        are_classes = bool(boxes) and all(self.is_class(path) for path, _ in boxes)
        for path, origin in rest:
            yield from self.skip_unreadable(self.find_in_entry(path, origin, are_classes), origin)

    def find_in_entry(
        self, path: Path, origin: str, are_classes: bool
    ) -> Iterator[IncomingSubmission]:
        """Find submissions in an entry of a class's folder that no platform named.

        Beside students' entries, a named entry belongs to that student, with all its contents.
        """
        may_be = are_classes or self.classifier.is_generic_name(path.name)
        if may_be and self.is_class(path) and self.wants_class(path, origin):
            yield from self.find_inside(path, origin)
        else:
            yield from self.take_entry(path, origin)

    def wants_class(self, path: Path, origin: str, is_unclear: bool = False) -> bool:
        """Whether a path that looks like a class is one, not a student's several attempts."""
        if self.classifier.is_class_name(path.name) and not is_unclear:
            return True
        if not self.reading:
            raise TwoReadings(describe_readings(layout_of(path), path, origin))
        return self.reading == "class"

    def is_class(self, path: Path) -> bool:
        """Whether an entry of a class's folder is a class itself."""
        try:
            is_box = path.is_dir() or (path.is_file() and archives.is_archive(path.name))
            return is_box and self.classifier.classify(layout_of(path)) in (Kind.CLASS, Kind.EXPORT)
        except Exception:  # reported when it is read
            return False

    def take_entry(self, path: Path, origin: str) -> Iterator[IncomingSubmission]:
        """Find the submission in an entry of a class's folder that is named after its student."""
        if path.is_dir():
            layout = layout_of_folder(path)
            if not layout.children:
                self.skip(origin, "an empty folder")
            elif self.classifier.is_by_assignment(layout):
                yield from self.find_for_assignment(path, origin, layout)
            elif is_release_name(path.name):
                self.skip(origin, "whose it is, its name does not say: name it after its student")
            else:
                yield self.make_submission(path, origin)
        elif not path.exists():
            self.skip(origin, "there is no such file or folder")
        elif not path.is_file():
            self.skip(origin, "neither a folder nor a file")
        elif self.has_student_name(path.name):
            yield self.make_submission(path, origin)
        elif archives.is_archive(path.name) or is_loose_file(path.name):
            why = "whose it is, its name does not say: put it into their folder"
            self.skip(origin, why, doubtful=archives.is_archive(path.name))
        elif path.suffix.lower() not in IGNORED_SUFFIXES:
            doubtful = path.suffix.lower() not in INSTRUCTOR_SUFFIXES
            self.skip(origin, "neither a folder nor an archive: ask for a .zip", doubtful)

    def has_student_name(self, name: str) -> bool:
        """Whether an archive or a notebook in a class's folder is named after its student."""
        if archives.is_archive(name):
            return not is_release_name(stem_of(name))
        return ".ipynb" in name.casefold() and not self.classifier.is_released(name)

    def merge_platform_files(
        self, several: list[tuple[Name, Path, str]]
    ) -> Iterator[IncomingSubmission]:
        """Merge the files that a platform exported of one student: the last of each file."""
        last = max((name.at or 0.0 for name, _, _ in several), default=0.0)
        newest: dict[str, tuple[Name, Path, str]] = {}
        is_sure = True
        for name, path, origin in sorted(several, key=attempt_key):
            key = f"{name.file}{path.suffix}" if path.is_file() else path.name
            if (name.at or 0.0) < last:
                self.skip(origin, "an earlier attempt", doubtful=False)
                continue
            if key in newest:
                self.skip(newest[key][2], f"an earlier attempt: {origin} is taken", doubtful=False)
                is_sure &= newest[key][0].attempt < name.attempt
            newest[key] = (name, path, origin)
        files = [entry for entry in newest.values() if not is_platform_note(entry[1], entry[0])]
        name, path, origin = (files or list(newest.values()))[-1]
        self.local_times |= name.at is not None
        late = any(parts.late for parts, _, _ in newest.values())
        attempt = max(parts.attempt for parts, _, _ in newest.values())
        if len(files) > 1 or (files and is_loose_file(path.name)):
            path = self.copy_together(files)
        found = IncomingSubmission(
            name.student, path, name.at, attempt, late, origin, name.id, name.platform
        )
        if not files:
            found = found.with_doubt(Message("a text or a link was handed in, and no file"))
        if not is_sure:  # the platform does not say which is the later one
            found = found.with_doubt(Message("handed in twice: {other} too", other=found.came_from))
        yield found

    def copy_together(self, files: Iterable[tuple[Name, Path, str]]) -> Path:
        """Copy files and folders of one student into a folder, under their original names."""
        folder = self.new_folder()
        for name, path, _ in files:
            if path.is_dir():
                shutil.copytree(path, folder, symlinks=True, dirs_exist_ok=True)
            else:
                ending = path.name[len(stem_of(path.name)) :]
                shutil.copy(path, folder / f"{name.file or name.student}{ending}")
        return folder

    def make_submission(self, path: Path, origin: str, name: str = "") -> IncomingSubmission:
        """A submission of the student in its name."""
        stem = name or (path.name if path.is_dir() else stem_of(path.name))
        read = read_name(readable(stem), self.classifier.assignments, self.zone)
        found = IncomingSubmission(read.student, path, read.at, read.attempt, read.late, origin)
        if is_generic_name(read.student, self.classifier.assignments):
            found = found.with_doubt(doubtful_name(read.student))
        return found

    def unpack(self, path: Path, origin: str) -> Path | None:
        """Unpack a class's archive; paths that lead out of it, and zip bombs, are refused."""
        limits = archives.CLASS
        if path not in self.given:  # a student may have made it
            limits = archives.SECTION
            self.sections += 1
            if self.sections > archives.MOST_SECTIONS:
                self.skip(origin, "not unpacked: too many archives look like a class's")
                return None
        folder, name = self.new_folder(), readable(path.name)
        try:
            archive = archives.open_archive(name, path, limits)
            members = archives.members_of(archive, limits)
            sound = [member for member in members if not is_too_long(member.filename)]
            files = dict(archives.member_files(name, archive, sound))
        except (RefusedSubmission, OSError) as error:
            self.skip(origin, f"cannot be unpacked: {error}")
            return None
        for member in members:
            if is_too_long(member.filename):
                start = printable_line(member.filename[:80])
                self.skip(f"{origin}/{start}...", "cannot be unpacked: its name is too long")
        for inside, file in files.items():
            target = folder / inside
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(file.read())
            except (RefusedSubmission, OSError) as error:  # of one student's file
                self.skip(f"{origin}/{inside}", f"cannot be unpacked: {error}")
        return folder

    def new_folder(self) -> Path:
        self.unpacked += 1
        folder = self.scratch / str(self.unpacked)
        folder.mkdir(parents=True)
        return folder

    def skip(self, origin: str, why: str, doubtful: bool = True) -> None:
        self.skipped.append(SkippedFile(origin, why, doubtful))


def attempt_key(entry: tuple[Name, Path, str]) -> tuple[int, list[tuple[int, str]]]:
    """Sorts by attempt, then by the name with its numbers as numbers: 10 comes after 9."""
    numbers = re.findall(r"\d+|\D+", entry[1].name)
    return entry[0].attempt, [(int(n), "") if n.isdecimal() else (-1, n) for n in numbers]


def is_platform_note(path: Path, name: Name) -> bool:
    """Whether a platform wrote it: a receipt, or text entered on its page."""
    if path.is_dir():
        return path.name.rstrip("_").endswith("_assignsubmission_onlinetext")
    return path.suffix in (".html", ".txt") and (not name.file or "onlinetext" in path.name)


def describe_readings(layout: Layout, path: Path, origin: str) -> str:
    """Describe both readings, each as a short tree."""
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
