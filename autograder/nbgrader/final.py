"""Final marks as nbgrader's gradebook has them: people's scores, extra credit, late penalties."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from nbgrader.api import Gradebook, MissingEntry

from ..course import Course
from .gradebook import open_gradebook
from .lateness import renew_penalties


@dataclass(frozen=True)
class FinalMark:
    """What one student gets for an assignment."""

    score: float  # without the late penalty's points, and never below 0
    maximum: float
    is_open: bool  # whether an answer waits for a person
    machine: float  # points that the machine gave, as the gradebook has them


def overridden_scores(course: Course, assignment: str) -> dict[str, str]:
    """By student, the scores that a person set in place of the machine's."""
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
    """The final mark of each student in the gradebook; {} where it has none of this assignment."""
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
