"""Whether a folder or a zip is one submission or holds several, by the names in it."""

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from daseCV.language import Message

from ..folders import PACKAGE
from .archives import OTHER_KINDS, Refused, is_dropping, member_name
from .names import read_name, readable
from .submission import COLLECTED, plain_stem

GRADESCOPE = "submission_metadata.yml"
NOBODYS = {
    *("submission", "homework", "assignment", "hw", "code", "final", PACKAGE.casefold()),
    *("work", "my", "main", "master", "old", "new", "backup", "copy", "version", "v", "en"),
}
PARTS = {"classifiers", "checks", "explore"}  # folders of the package


@dataclass(frozen=True)
class Layout:
    """What lies at the top of a folder or a zip.

    Parameters
    ----------
    children : dict of bool
        Names, and whether they are folders.
    below : callable
        The layout of one of the folders.
    """

    children: dict[str, bool]
    below: Callable[[str], "Layout"]


def in_folder(folder: Path) -> Layout:
    return Layout(children_of(folder), lambda name: in_folder(folder / name))


def in_zip(paths: list[PurePosixPath], at: int = 0) -> Layout:
    """The layout of a zip's paths from a depth on; of one folder around all, what is in that."""
    while True:
        children: dict[str, bool] = {}
        for path in paths:
            deeper = len(path.parts) > at + 1
            children[path.parts[at]] = children.get(path.parts[at], True) and deeper
        if len(children) != 1 or not all(children.values()) or PACKAGE in children:
            break
        at += 1
    return Layout(children, lambda name: in_zip([p for p in paths if p.parts[at] == name], at + 1))


@dataclass(frozen=True)
class Reader:
    """Tells one submission from several.

    Parameters
    ----------
    assignments : tuple of str
        All of the course.
    """

    assignments: tuple[str, ...]

    def is_one(self, layout: Layout) -> bool:
        """Whether this is one submission."""
        children = layout.children
        if COLLECTED in children or children.get(PACKAGE):
            return True
        if any(self.platform(name) for name in children):
            return False
        if any(is_loose(name) for name in children):
            return not self.are_several(layout)
        if len(children) == 1:
            [(name, is_folder)] = children.items()
            if not is_folder or self.is_nobodys(name):
                return self.is_nobodys(name)
            below = layout.below(name)
            return not self.by_assignment(below) and self.is_one(below)
        return f"{PACKAGE}.zip" in children

    def are_several(self, layout: Layout) -> bool:
        """Whether beside loose files lies the work of several, each under a name of its own."""
        whole = sum(self.is_somebodys(layout, name) for name in layout.children)
        notebooks = [name for name in layout.children if ".ipynb" in name.casefold()]
        bare = 0 if any(map(self.is_nobodys, notebooks)) else len(notebooks)
        return whole > 1 or (whole == 1 and bare > 1)

    def is_somebodys(self, layout: Layout, name: str) -> bool:
        """Whether an archive or a folder is a submission, and named after somebody."""
        if self.is_nobodys(name):
            return False
        if not layout.children[name]:
            return name.casefold().endswith((".zip", *OTHER_KINDS))
        try:
            return name not in PARTS and self.holds_work(layout.below(name))
        except OSError:
            return True  # which is told of it alone, and not of all that lies beside it

    def holds_work(self, layout: Layout) -> bool:
        """Whether a folder holds what can be handed in."""
        children = layout.children
        if len(children) == 1 and all(children.values()) and PACKAGE not in children:
            return self.holds_work(layout.below(*children))
        return (
            self.by_assignment(layout)
            or PACKAGE in children
            or any(is_loose(name) or name.casefold().endswith(".zip") for name in children)
        )

    def by_assignment(self, layout: Layout) -> bool:
        """Whether a folder is nbgrader's of one student: with a folder for each assignment."""
        return any(layout.children.get(assignment) for assignment in self.assignments)

    def is_nobodys(self, name: str) -> bool:
        """Whether a name says what something is, and not whose: all its words are such.

        Examples
        --------
        >>> reader = Reader(("Dropout",))
        >>> [reader.is_nobodys(name) for name in ("my homework 2", "daseCV-main", "Dropout.ipynb")]
        [True, True, True]
        >>> [reader.is_nobodys(name) for name in ("ada_homework", "hw_20260101", "unpack_all.py")]
        [False, False, False]
        """
        known = NOBODYS | {assignment.casefold() for assignment in self.assignments}
        stem = plain_stem(PurePosixPath(name).stem)
        words = re.findall(r"[^\W\d_]+|\d{3,}", stem)  # a long number is a student's
        return bool(words) and known.issuperset(words)

    def platform(self, name: str) -> str:
        """The learning platform that names its exports so."""
        if name == GRADESCOPE or is_gradescope(name):
            return "Gradescope"
        stem = name if name.endswith("_") else PurePosixPath(name).stem
        return read_name(stem, self.assignments).platform


def is_loose(name: str) -> bool:
    """Whether it is a notebook or a module."""
    return ".ipynb" in name.casefold() or name.endswith(".py")


def is_gradescope(name: str) -> bool:
    """Whether a folder is one of Gradescope's, such as `submission_123456789`."""
    head, _, number = name.partition("_")
    return head == "submission" and number.isdigit()


def children_of(folder: Path) -> dict[str, bool]:
    """What lies in a folder, and whether it is a folder."""
    return {
        path.name: path.is_dir()
        for path in folder.iterdir()
        if not is_dropping(PurePosixPath(path.name))
    }


def zip_names(path: Path) -> list[PurePosixPath]:
    """The paths of a zip's files."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = [member_name(one) for one in archive.infolist() if not one.is_dir()]
    except Exception as error:  # zipfile raises many kinds on garbage
        damaged = Message(
            "{name} is not a readable zip: {error}", name=readable(path.name), error=error
        )
        raise Refused(damaged) from None
    found = [PurePosixPath(name) for name in names]
    return [one for one in found if one.parts and not is_dropping(one)]
