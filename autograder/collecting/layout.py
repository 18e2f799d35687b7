"""Tells whether a folder or an archive is one student's or a class's, by the names in it.

Nothing is unpacked, and no content is read. If both readings are possible, the result says so.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path, PurePosixPath

from ..folders import PACKAGE
from ..texts import is_too_long
from . import archives
from .names import is_generic_name, plain_stem, read_name, readable

METADATA = "submission_metadata.yml"  # Gradescope's
PARTS = {"classifiers", "checks", "explore"}  # folders of the package
DEEPEST = 6  # levels of folders that are searched for gradable files


class Kind(Enum):
    """What a folder or an archive holds."""

    NOTHING = "nothing that can be graded"
    STUDENT = "one student's work"
    SINGLE = "one folder or archive, which may be named after its student"
    CLASS = "the work of several"
    EXPORT = "what a learning platform exported"
    UNCLEAR = "one student's work or that of several"


@dataclass(frozen=True)
class Layout:
    """The top level of a folder or an archive."""

    children: dict[str, bool]  # names, and whether they are folders
    # The layout of one of the folders or archives; empty for an archive inside an archive
    below: Callable[[str], "Layout"]


# Canvas, Gradescope; Blackboard; Moodle; Brightspace.
EXPORT = re.compile(
    r"(?i)submissions|^assignment_\d+_export$|^gradebook_.+\d{4}(?:-\d\d){5}$|-\d{2,}$"
    r"|Download .{1,60}[AP]M$"
)
STUDENT_OR_UNCLEAR = (Kind.STUDENT, Kind.UNCLEAR)


def empty_layout(name: str) -> Layout:
    return Layout({}, empty_layout)


def layout_of(path: Path) -> Layout:
    """The layout of a folder or an archive on disk; refused if that cannot be opened."""
    if path.is_dir():
        return layout_of_folder(path)
    with archives.open_archive(readable(path.name), path) as archive:
        members = [m for m in archive.infolist() if not is_too_long(m.filename)]
    names = map(archives.member_name, members)
    files = [PurePosixPath(name) for name in names if not name.endswith("/")]
    return layout_of_archive(
        [file for file in files if file.parts and not archives.is_system_file(file)]
    )


def layout_of_folder(folder: Path) -> Layout:
    def below(name: str) -> Layout:
        try:
            return layout_of(folder / name)
        except (archives.RefusedSubmission, OSError):
            return empty_layout(name)

    return Layout(children_of(folder), below)


def children_of(folder: Path) -> dict[str, bool]:
    """The entries of a folder by name, and whether each is a folder."""
    return {
        path.name: path.is_dir()
        for path in folder.iterdir()
        if not archives.is_system_file(PurePosixPath(path.name)) and not path.is_symlink()
    }


def layout_of_archive(paths: Sequence[PurePosixPath], at: int = 0) -> Layout:
    """The layout of an archive's paths, from a depth on."""
    inside: dict[str, list[PurePosixPath]] = {}
    for path in paths:
        inside.setdefault(path.parts[at], []).append(path)
    children = {
        name: any(len(path.parts) > at + 1 for path in below) for name, below in inside.items()
    }

    def below(name: str) -> Layout:
        deeper = [path for path in inside[name] if len(path.parts) > at + 1]
        return layout_of_archive(deeper, at + 1)

    return Layout(children, below)


@dataclass(frozen=True)
class Classifier:
    """Tells one student's work from a class's."""

    assignments: tuple[str, ...]  # all of the course
    modules: tuple[str, ...] = ()  # student-owned files of the release

    def classify(self, layout: Layout, depth: int = 0) -> Kind:
        """What a layout holds; a class is expected near the top only.

        Children that raise errors are ignored, so that they do not decide for the others.
        """
        try:
            return self.classify_all(layout, depth)
        except Exception:
            children = layout.children
            sound = {name: children[name] for name in children if self.is_sound(layout, name)}
            if len(sound) == len(children):
                raise
            return self.classify_all(Layout(sound, layout.below), depth)

    def is_sound(self, layout: Layout, name: str) -> bool:
        """Whether a child can be classified."""
        try:
            self.classify_all(Layout({name: layout.children[name]}, layout.below))
        except Exception:
            return False
        return True

    def classify_all(self, layout: Layout, depth: int = 0) -> Kind:
        """What a layout holds; may raise anything on a broken child."""
        children = layout.children
        if not children:
            return Kind.NOTHING
        if depth > DEEPEST:
            return Kind.STUDENT
        students = {self.platform_student(name) for name in children} - {""}
        own = self.has_own_work(layout)
        if METADATA in children or students:
            is_sure = len(students) > 1 or not own
            return Kind.EXPORT if is_sure else Kind.UNCLEAR
        boxes = [name for name in children if self.is_submission_box(layout, name)]
        named = [name for name in boxes if not self.is_generic_name(name)]
        notebooks = [
            name
            for name in children
            if not own and ".ipynb" in name.casefold() and not self.is_released(name)
        ]
        match own, len(named), len(notebooks), len(boxes) - len(named):
            case (True, 0 | 1, _, _):
                return Kind.STUDENT
            case (True, _, _, _):
                return Kind.UNCLEAR
            case (_, 0, 0, 0):
                return Kind.NOTHING
            case (_, 0, 0, 1) | (_, 1, 0, 0):
                [only] = boxes
                is_class = self.is_class_name(only) and self.holds_class(layout, only, depth)
                return Kind.CLASS if is_class else Kind.SINGLE
            case (_, 0, 0, _):
                classes = [self.holds_class(layout, name, depth) for name in boxes]
                return Kind.CLASS if all(classes) else STUDENT_OR_UNCLEAR[any(classes)]
            case (_, 0, _, _) | (_, 1, 0, _):
                return Kind.UNCLEAR
        return Kind.CLASS

    def holds_class(self, layout: Layout, name: str, depth: int = 0) -> bool:
        return self.classify(layout.below(name), depth + 1) in (Kind.CLASS, Kind.EXPORT)

    def is_class_name(self, name: str) -> bool:
        """Whether an archive is named like a class, or like a platform's export."""
        return self.is_generic_name(name) or bool(EXPORT.search(archives.without_suffix(name)))

    def is_submission_box(self, layout: Layout, name: str) -> bool:
        """Whether it is an archive, or a folder with gradable files."""
        if not layout.children[name]:
            return archives.is_archive(name)
        return name not in PARTS and name != PACKAGE and holds_work(layout.below(name))

    def has_own_work(self, layout: Layout) -> bool:
        """Whether the package, a module or a notebook of the release is at the top."""
        return any(
            name == PACKAGE if is_folder else self.is_released(name)
            for name, is_folder in layout.children.items()
        )

    def is_released(self, name: str) -> bool:
        """Whether a file is named like a module or a notebook of the release, or a copy of it."""
        if name.endswith(".py"):
            return plain_stem(name) in {PurePosixPath(module).stem for module in self.modules}
        return ".ipynb" in name.casefold() and self.is_generic_name(plain_stem(name))

    def is_by_assignment(self, layout: Layout) -> bool:
        """Whether it is a student's folder in nbgrader, with a folder for each assignment."""
        folders = layout.children
        return not folders.get(PACKAGE) and any(folders.get(name) for name in self.assignments)

    def is_generic_name(self, name: str) -> bool:
        """Whether a name says what something is, but not whose."""
        stem = archives.without_suffix(name) if archives.is_archive(name) else name
        return is_generic_name(readable(stem), self.assignments)

    def platform_student(self, name: str) -> str:
        """The student in a platform's file name; '' if no platform made it."""
        found = read_name(stem_of(name), self.assignments)
        return f"{found.student} {found.id}" if found.platform else ""


def stem_of(name: str) -> str:
    """The part of a file's name that may name its student."""
    if name.endswith((".html", "_")):  # Moodle's folders end in "_"
        return name
    known = archives.is_archive(name) or PurePosixPath(name).suffix.lower() in (
        ".py",
        ".ipynb",
        ".txt",
    )
    return archives.without_suffix(name) if known else name


def holds_work(layout: Layout, depth: int = 0) -> bool:
    """Whether there is a notebook, a module, an archive or the package at any depth."""
    return any(
        name == PACKAGE or (depth < DEEPEST and holds_work(layout.below(name), depth + 1))
        if is_folder
        else is_loose_file(name) or archives.is_archive(name)
        for name, is_folder in layout.children.items()
    )


def is_loose_file(name: str) -> bool:
    return ".ipynb" in name.casefold() or name.endswith(".py")
