"""Compares two gradings of a class: whose marks changed, in which checks, by how much."""

from collections.abc import Sequence
from dataclasses import dataclass

from ..course import Course
from ..release.blanks import ReleaseError
from ..reports import ReportStore, Version
from .marks import StudentMarks, explain_empty_store


@dataclass(frozen=True)
class CheckChange:
    name: str
    # Points; None where the grading did not have the check
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Change:
    student: str
    # Scores; None where there was no mark
    before: float | None
    after: float | None
    checks: tuple[CheckChange, ...]


@dataclass(frozen=True)
class Comparison:
    changed: tuple[Change, ...]  # the largest change of a score first
    unchanged: int  # students whose points are the same in each check
    # Students that the other grading does not have
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


def compare(before: Sequence[StudentMarks], after: Sequence[StudentMarks]) -> Comparison:
    earlier = {marks.student: marks for marks in before}
    later = {marks.student: marks for marks in after}
    both = [name for name in earlier if name in later]
    found = [compare_student(earlier[name], later[name]) for name in both]
    changed = [change for change in found if change.checks or change.before != change.after]
    changed.sort(key=lambda c: (-abs((c.after or 0.0) - (c.before or 0.0)), c.student))
    return Comparison(
        changed=tuple(changed),
        unchanged=len(both) - len(changed),
        only_before=tuple(name for name in earlier if name not in later),
        only_after=tuple(name for name in later if name not in earlier),
    )


def compare_student(before: StudentMarks, after: StudentMarks) -> Change:
    """The changes for one student; without checks if one grading has no mark."""
    checks = []
    if before.score is not None and after.score is not None:
        earlier = {check.name: check.points for check in before.checks}
        later = {check.name: check.points for check in after.checks}
        checks = [
            CheckChange(name, earlier.get(name), later.get(name))
            for name in {**earlier, **later}
            if earlier.get(name) != later.get(name)
        ]
    return Change(after.student, before.score, after.score, tuple(checks))


def pick_versions(course: Course, assignment: str, wanted: Sequence[str]) -> list[Version]:
    """The gradings to compare, the earlier first: by the start of their names, or the last two."""
    store = course.folder / "reports.db"
    known = ReportStore(store).versions(assignment) if store.exists() else []
    if not known:
        raise ReleaseError(explain_empty_store(assignment))
    if wanted:
        return [version_named(known, name) for name in wanted]
    if len(known) < 2:
        raise ReleaseError(
            f"got one grading of {assignment} ({known[0].version[:8]}), expected two to compare; "
            "after a change of checks, policy or source, grade the class again"
        )
    return [known[1], known[0]]


def version_named(known: Sequence[Version], name: str) -> Version:
    found = [version for version in known if version.version.startswith(name)]
    if len(found) != 1:
        names = ", ".join(version.version[:8] for version in known)
        raise ReleaseError(
            f"{name!r} is the beginning of {len(found)} gradings, expected one; known: {names}"
        )
    return found[0]
