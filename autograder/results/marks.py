"""Marks: each student's points from the report, as frozen values without notebooks."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from daseCV.language import Message, change_text, from_json

from ..course import Course
from ..grading.report import CheckReport, Report, Status
from ..release.blanks import ReleaseError
from ..reports import Grading, ReportStore
from .anonymous import alias, make_name_remover

LATE_WITHOUT_TIME = Message("late, time unknown: no penalty taken")
UNREADABLE = Report("infrastructure", notes=("the report cannot be read",))
NOT_ASKED = CheckReport("", "not asked", 0.0)
OPEN: tuple[Status, ...] = ("infrastructure", "put off")  # no mark yet


@dataclass(frozen=True)
class CheckMark:
    name: str
    maximum: float  # its points
    report: CheckReport = NOT_ASKED

    @property
    def points(self) -> float:
        """Points, rounded as in nbgrader's gradebook."""
        share = self.report.share
        return self.maximum if share >= 1 else round(share * self.maximum, 2)

    @property
    def lost(self) -> float:
        return round(self.maximum - self.points, 2)

    @property
    def likely(self) -> str:
        """The likeliest mistake of the catalogue; '' if none is recognised."""
        return self.report.hints[0] if self.report.hints else ""


@dataclass(frozen=True)
class StudentMarks:
    student: str  # a name, or an anonymous id
    status: Status  # the report's
    checks: tuple[CheckMark, ...]  # in the order of the notebook
    notes: tuple[str, ...] = ()
    seconds: float = 0.0  # that grading took
    handed_in: float | None = None  # seconds since 1970, where known
    language: str = ""  # of the notebooks that were handed in; '' where they do not say
    sandbox: str = ""
    platform: str = ""  # the learning platform that it was handed in to; '' where unknown
    platform_id: str = ""  # its id of the student; '' where unknown, or anonymous
    attempt: int = 1
    late: bool = False  # whether the platform calls it late
    # Doubts about the student or the content, which a person should check
    doubts: tuple[str, ...] = ()
    # Score and maximum of nbgrader's gradebook, manual scores included, if these are used
    final: tuple[float, float] | None = None

    @property
    def score(self) -> float | None:
        """Points of all checks, or the final ones; None where there is no mark yet."""
        if self.final is not None:
            return self.final[0]
        return None if self.status in OPEN else round(sum(check.points for check in self.checks), 2)

    @property
    def maximum(self) -> float:
        if self.final is not None:
            return self.final[1]
        return sum(check.maximum for check in self.checks)

    @property
    def share(self) -> float | None:
        """Of the maximum, in 0..1."""
        if self.score is None:
            return None
        return self.score / self.maximum if self.maximum else 0.0

    @property
    def losses(self) -> list[CheckMark]:
        """Checks that lost points, the largest loss first."""
        lost = [check for check in self.checks if check.lost > 0]
        return sorted(lost, key=lambda check: -check.lost)


def make_marks(
    grading: Grading, report: Report | None, points: Mapping[str, float]
) -> StudentMarks:
    """The marks of a report; None means an internal failure."""
    report = report or Report("infrastructure")
    found = {check.name: check for check in report.checks}
    return StudentMarks(
        student=grading.student,
        status=report.status,
        checks=tuple(
            CheckMark(name, most, found.get(name, NOT_ASKED)) for name, most in points.items()
        ),
        notes=(*report.notes, *([LATE_WITHOUT_TIME] if grading.late_without_time else [])),
        seconds=report.seconds,
        handed_in=grading.handed_in,
        language=report.language,
        sandbox=report.sandbox,
        platform=grading.platform,
        platform_id=grading.platform_id,
        attempt=grading.attempt,
        late=grading.late,
        doubts=tuple(map(from_json, json.loads(grading.doubts))),
    )


def read_marks(
    course: Course,
    assignment: str,
    anonymous: bool = False,
    version: str = "",
    final: Mapping[str, tuple[float, float]] = MappingProxyType({}),
) -> list[StudentMarks]:
    """The marks of all graded students, by name.

    `final` has scores and maxima that replace those of the report. Anonymous marks have ids instead
    of names, and are sorted by them. The latest grading of each student counts, or that of a
    version.
    """
    marks = []
    path = course.folder / "reports.db"
    if path.exists():  # reading must not create one
        store = ReportStore(path)
        points = store.points(assignment, version) or course.points(assignment)
        for grading, report in store.results(assignment, version):  # whose notebooks are not kept
            try:
                mark = make_marks(grading, report, points)
            except Exception:  # one bad report stops no other
                mark = make_marks(replace(grading, doubts="[]"), UNREADABLE, points)
            marks.append(replace(mark, final=final.get(mark.student)))
    if not marks:
        raise ReleaseError(explain_empty_store(assignment))
    if not anonymous:
        return marks
    aliases = {mark.student: alias(course.secret, mark.student) for mark in marks}
    without_class = make_name_remover(aliases)
    hidden = [anonymise(mark, aliases[mark.student], without_class) for mark in marks]
    return sorted(hidden, key=lambda mark: mark.student)


def read_missing(course: Course, assignment: str, anonymous: bool = False) -> list[str]:
    """Students on the roster without a grading: names, or anonymous ids."""
    path = course.folder / "reports.db"
    if not path.exists():
        return []
    store = ReportStore(path)
    graded = {grading.student for grading, _ in store.results(assignment)}
    names = [name for name in store.missing(assignment) if name not in graded]
    return sorted(alias(course.secret, name) for name in names) if anonymous else names


def explain_empty_store(assignment: str) -> str:
    return (
        f"nothing is graded yet of {assignment}, expected reports in reports.db; first:  "
        f"dasecv grade SUBMISSIONS --assignment {assignment}"
    )


def anonymise(
    marks: StudentMarks, instead: str, without_class: Callable[[str], str]
) -> StudentMarks:
    """Replace the name by an id, also in notes, messages and output.

    Notes and doubts may name other students too, such as members of a group.
    """
    without_own = make_name_remover({marks.student: instead, marks.platform_id: instead}, True)

    def hide(text: str) -> str:
        return change_text(text, without_own)

    def hide_all(text: str) -> str:
        return change_text(hide(text), without_class)

    return replace(
        marks,
        student=instead,
        platform_id="",
        notes=tuple(map(hide_all, marks.notes)),
        doubts=tuple(map(hide_all, marks.doubts)),
        checks=tuple(
            replace(
                check,
                report=replace(
                    check.report,
                    reasons=tuple(map(hide, check.report.reasons)),
                    printed=hide(check.report.printed),
                    code=hide(check.report.code),
                ),
            )
            for check in marks.checks
        ),
    )
