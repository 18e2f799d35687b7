"""The late penalty: free days for the whole course, and then a share of the score a day.

nbgrader's gradebook has due dates, submission times and extensions; `nbgrader_config.py` sets the
penalty:

    c.AssignLatePenalties.plugin_class = LatePolicy
    c.LatePolicy.free_days = 4
    c.LatePolicy.per_day = 0.1

nbgrader computes the penalty once, at grading. Manual marks, due dates and extensions change later,
so `FeedbackGrades` and `CsvExport` renew it whenever marks are read.
"""

import math
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin, LateSubmissionPlugin
from nbgrader.preprocessors import AssignLatePenalties, GetGrades
from traitlets import Float, Integer
from traitlets.config import Config

DAY = 24 * 60 * 60  # seconds


class LatePolicy(LateSubmissionPlugin):
    """Takes a share of the score for each day, once a student's free days are used up.

    A day that has begun counts. Free days are used in the order of due dates; assignments with the
    same date, in the order of their names.
    """

    free_days = Integer(0, help="Days that each student may be late in all, at no cost.").tag(
        config=True
    )
    per_day = Float(0.0, help="Share of the score, in 0..1, that each further day costs.").tag(
        config=True
    )
    at_most = Float(1.0, help="Largest share of the score that lateness costs.").tag(config=True)

    def late_submission_penalty(
        self, student_id: str, score: float, total_seconds_late: float
    ) -> float | None:
        days = days_late(total_seconds_late)
        left = max(0, self.free_days - self.days_used(student_id))
        return penalty(score, days - left, self.per_day, self.at_most)

    def days_used(self, student_id: str) -> int:
        """Days that a student was late with assignments due before."""
        gradebook, assignment = self.parent.gradebook, self.parent.assignment_id
        this = gradebook.find_submission(assignment, student_id)
        return sum(
            days_late(other.total_seconds_late)
            for other in gradebook.student_submissions(student_id)
            if other.duedate and (other.duedate, other.name) < (this.duedate, this.name)
        )


class FeedbackGrades(GetGrades):
    """nbgrader's scores for feedback, after the student's late penalties were renewed."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        with Gradebook(resources["nbgrader"]["db_url"]) as gradebook:
            renew_penalties(gradebook, self.config, resources["nbgrader"]["student"])
        found: tuple[Any, Any] = super().preprocess(nb, resources)
        return found


class CsvExport(CsvExportPlugin):
    """nbgrader's table of marks, after all late penalties were renewed."""

    def export(self, gradebook: Gradebook) -> None:
        for student in gradebook.students:
            renew_penalties(gradebook, self.config, student.id)
        super().export(gradebook)


def renew_penalties(gradebook: Gradebook, config: Config, student: str) -> None:
    """Compute the late penalties of all submissions of a student again.

    The course's configuration selects and configures the plugin.
    """
    assigner = AssignLatePenalties(config=config)
    assigner.gradebook = gradebook
    for submission in gradebook.student_submissions(student):
        late = submission.total_seconds_late
        assigner.assignment_id = submission.name
        assigner.init_plugin()
        for notebook in submission.notebooks:
            points = None
            if late > 0:
                points = assigner.plugin_inst.late_submission_penalty(student, notebook.score, late)
            notebook.late_submission_penalty = (
                None if points is None else min(max(points, 0.0), notebook.score)
            )
    gradebook.db.commit()


def days_late(seconds: float) -> int:
    """Days that have begun.

    Examples
    --------
    >>> days_late(0), days_late(1), days_late(86_400), days_late(86_401)
    (0, 1, 1, 2)
    """
    return math.ceil(seconds / DAY)


def penalty(score: float, days: int, per_day: float, at_most: float) -> float:
    """The points that a number of late days costs.

    Examples
    --------
    >>> penalty(80.0, days=2, per_day=0.1, at_most=0.5), penalty(80.0, 9, 0.1, 0.5)
    (16.0, 40.0)
    """
    return score * min(at_most, per_day * max(0, days))
