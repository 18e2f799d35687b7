"""Options that several commands share, and their evaluation."""

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..release.blanks import ReleaseError

if TYPE_CHECKING:
    from ..collecting.plan import Plan
    from ..course import Course

Root = Annotated[
    Path | None, typer.Option(help="Checkout of the reference; default: around this folder.")
]
Assignment = Annotated[str, typer.Option(help="Default: the course's only one.")]
Graded = Annotated[str, typer.Option("--assignment", help="Default: the only one graded.")]
CourseFolder = Annotated[
    Path | None, typer.Option(help="Course folder; default: around this folder.")
]
Submissions = Annotated[
    list[Path], typer.Argument(help="Submissions, folders of them, a platform's export.")
]


class Reading(str, Enum):
    """How to read files that may be one student's work or a class's."""

    ASK = "ask"
    CLASS = "class"
    STUDENT = "student"


ReadAs = Annotated[Reading, typer.Option("--as", help="How to read files that may be either.")]


def choose_graded(folder: Path | None, assignment: str) -> "tuple[Course, str]":
    """Find the course and the assignment; by default its only graded one."""
    from ..course import find_course
    from ..reports import ReportStore

    path = find_course(folder).folder / "reports.db"
    graded = ReportStore(path).assignments() if path.exists() and not assignment else []
    return choose_assignment(folder, graded[0] if len(graded) == 1 else assignment)


def choose_assignment(folder: Path | None, assignment: str) -> "tuple[Course, str]":
    """Find the course and the assignment; by default its only one."""
    from ..course import find_course

    course = find_course(folder)
    if not assignment and len(course.assignments) > 1:
        raise ReleaseError(f"name one with --assignment: {', '.join(course.assignments)}")
    assignment = assignment or course.assignments[0]
    course.source(assignment)  # raises if there is no such assignment
    return course, assignment


def plan_for(
    course: "Course",
    assignment: str,
    paths: Sequence[Path],
    scratch: str,
    read_as: Reading = Reading.ASK,
) -> "Plan":
    """Plan which submissions to collect, with the course's settings."""
    from ..collecting.plan import make_plan

    return make_plan(
        paths,
        course.assignments,
        assignment,
        Path(scratch),
        course.zone,
        course.student_owned,
        "" if read_as == Reading.ASK else read_as.value,
    )


def describe_zone(course: "Course") -> str:
    """Say how a platform's local times are read."""
    return (
        f"Times in file names are local: read in the time zone {course.zone_name}; another one is "
        'set as "timezone" in dasecv.json.'
    )
