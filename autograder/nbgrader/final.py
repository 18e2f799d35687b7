"""Final marks from nbgrader's gradebook, with manual scores, extra credit and late penalties."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from ..course import Course
from .gradebook import open_gradebook
from .lateness import renew_penalties


@dataclass(frozen=True)
class FinalMark:
    score: float  # after the late penalty, at least 0
    maximum: float
    is_open: bool  # whether an answer waits for a person
    machine: float  # points of the machine, according to the gradebook


def overridden_scores(course: Course, assignment: str) -> dict[str, str]:
    """By student, the machine's scores that a person replaced."""
    found: dict[str, str] = {}
    with open_gradebook(course) as gradebook:
        for submission in submissions_in(gradebook, assignment):
            changed = [
                f"{grade.name}: {grade.auto_score:g} -> {grade.manual_score:g}"
                for notebook in submission.notebooks
                for grade in notebook.grades
                if None not in (grade.auto_score, grade.manual_score)
                and grade.auto_score != grade.manual_score
            ]
            if changed:
                found[submission.student.id] = ", ".join(changed)
    return found


def submissions_in(gradebook: Gradebook | None, assignment: str) -> list[Any]:
    if gradebook is not None:
        with suppress(MissingEntry):
            return list(gradebook.find_assignment(assignment).submissions)
    return []


def final_marks(course: Course, assignment: str) -> dict[str, FinalMark]:
    """The final mark of each student in the gradebook; {} if it has no such assignment."""
    with open_gradebook(course) as gradebook:
        found = {}
        for submission in submissions_in(gradebook, assignment):
            student = submission.student.id
            renew_penalties(gradebook, course.configuration, student)
            found[student] = FinalMark(
                score=max(round(submission.score - submission.late_submission_penalty, 2), 0.0),
                maximum=submission.max_score,
                is_open=bool(submission.needs_manual_grade),
                machine=sum(
                    grade.auto_score or 0.0
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                ),
            )
        return found
