"""Final marks as nbgrader's gradebook has them: people's scores, extra credit, late penalties."""

from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry

from ..course import Course
from .lateness import renew_penalties

SQLITE = "sqlite:///"


@dataclass(frozen=True)
class FinalMark:
    """What one student gets for an assignment."""

    score: float  # without the late penalty's points, and never below 0
    maximum: float
    is_open: bool  # whether an answer waits for a person


def final_marks(course: Course, assignment: str) -> dict[str, FinalMark]:
    """The final mark of each student in the gradebook; {} where it has none of this assignment."""
    address = course.nbgrader.db_url
    if address.startswith(SQLITE) and not Path(address.removeprefix(SQLITE)).exists():
        return {}  # opening it would make an empty one
    with Gradebook(address, course.nbgrader.course_id) as gradebook:
        try:
            submissions = gradebook.find_assignment(assignment).submissions
        except MissingEntry:
            return {}
        found = {}
        for submission in submissions:
            student = submission.student.id
            renew_penalties(gradebook, course.configuration, student)
            found[student] = FinalMark(
                score=max(round(submission.score - submission.late_submission_penalty, 2), 0.0),
                maximum=submission.max_score,
                is_open=bool(submission.needs_manual_grade),
            )
        return found
