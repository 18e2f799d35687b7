"""Brings reports into nbgrader's gradebook: one writer, as often as one likes, the same in the end.

`nbgrader autograde` comes to the same marks, submission after submission; for thousands this takes
seconds each. Here a submission is one transaction, by nbgrader's own API, on SQLite or PostgreSQL.
What a person has set, scores, extra credit and comments, stays.
"""

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import nbformat
from nbgrader import utils
from nbgrader.api import Gradebook, MissingEntry
from sqlalchemy.exc import OperationalError, SAWarning

from daseCV.errors import DaseCVError

from ..collecting.submitted import write_folder
from ..course import Course
from ..grading.notebook import repair
from ..grading.report import Report
from ..release.blanks import ReleaseError
from ..release.languages import canonical
from ..reports import Grading, ReportStore
from .lateness import renew_penalties
from .plugin import set_outcome, take_outputs


class GradebookError(DaseCVError):
    """The gradebook cannot be written; what was written before is kept."""


@dataclass(frozen=True)
class SyncedMarks:
    """What was brought of a submission.

    Parameters
    ----------
    student : str
    score : float or None
        In the gradebook now, what people gave included; None where an internal error
        left the submission without a mark.
    to_mark : int
        Answers that wait for a person.
    """

    student: str
    score: float | None
    to_mark: int = 0


class Writer:
    """Writes an assignment's reports into the gradebook.

    Parameters
    ----------
    course : Course
    assignment : str
    db_url : str
        SQLAlchemy's address of the gradebook; default: what `nbgrader_config.py` says.
    """

    def __init__(self, course: Course, assignment: str, db_url: str = "") -> None:
        self.course, self.assignment = course, assignment
        self.source = course.source(assignment)
        self.config = course.configuration
        self.db_url = db_url or course.nbgrader.db_url
        self.course_id = course.nbgrader.course_id
        self.language = course.language

    def sync(self) -> Iterator[SyncedMarks]:
        """Bring every report of the store, in the order of students.

        Raises
        ------
        ReleaseError
            If nbgrader does not know the assignment yet.
        GradebookError
            If the database cannot be reached any more.
        """
        results = ReportStore(self.course.folder / "reports.db").results(self.assignment)
        warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")  # its own matter
        try:
            with beside_interpreter(), Gradebook(self.db_url, self.course_id) as gradebook:
                self._insist_on_assignment(gradebook)
                for grading, report in results:
                    if report is None:
                        yield SyncedMarks(grading.student, None)
                    else:
                        yield self._sync_submission(gradebook, grading, report)
        except OperationalError as error:
            raise GradebookError(
                f"{self.db_url}: {str(error.orig).strip()}. What was brought before is kept; run "
                "the same again when it is there"
            ) from None

    def _insist_on_assignment(self, gradebook: Gradebook) -> None:
        try:
            found = gradebook.find_assignment(self.assignment).notebooks
        except MissingEntry:
            found = []
        if not found:
            raise ReleaseError(
                f"the gradebook has no assignment {self.assignment}; run first:  "
                f"nbgrader generate_assignment {self.assignment}"
            )

    def _sync_submission(
        self, gradebook: Gradebook, grading: Grading, report: Report
    ) -> SyncedMarks:
        gradebook.update_or_create_student(grading.student)
        given: dict[str, Any] = {}
        if grading.handed_in is not None:
            when = datetime.fromtimestamp(grading.handed_in, timezone.utc)
            given["timestamp"] = when.replace(tzinfo=None)
        submission = gradebook.update_or_create_submission(
            self.assignment, grading.student, **given
        )
        notebooks = {name: self._marked(name, report) for name in canonical(self.source)}
        for one in submission.notebooks:
            self._save(gradebook, one, notebooks[one.name])
        gradebook.db.flush()
        renew_penalties(gradebook, self.config, grading.student)
        self._write(grading.student, notebooks)
        waiting = sum(
            grade.needs_manual_grade for one in submission.notebooks for grade in one.grades
        )
        gradebook.db.refresh(submission)
        return SyncedMarks(grading.student, submission.score, waiting)

    def _marked(self, name: str, report: Report) -> Any:
        """A notebook with the outcome of each graded cell below it."""
        source = self.source / f"{name}.ipynb"
        text = report.notebooks.get(name) or repair(None, source)[0]
        notebook = nbformat.reads(text, as_version=4)
        take_outputs(notebook, notebook)
        checks = {check.name: check for check in report.checks}
        for cell in notebook.cells:
            if utils.is_grade(cell) and cell.cell_type == "code" and not utils.is_solution(cell):
                check = checks.get(cell.metadata.nbgrader.grade_id)
                set_outcome(cell, report, check, report.language or self.language)
        return notebook

    def _save(self, gradebook: Gradebook, one: Any, notebook: Any) -> None:
        """The scores and comments of a notebook, as nbgrader's SaveAutoGrades has them."""
        cells = {
            cell.metadata.nbgrader.grade_id: cell
            for cell in notebook.cells
            if utils.is_grade(cell) or utils.is_solution(cell)
        }
        checksums = {cell.name: cell.checksum for cell in one.notebook.source_cells}
        for name, cell in cells.items():
            cell.metadata.nbgrader.checksum = checksums.get(name)
        for grade in one.grades:
            cell = cells[grade.name]
            score = utils.determine_grade(cell)[0]
            if grade.manual_score is None:
                grade.needs_manual_grade = score is None
            elif score != grade.auto_score:  # a person's score stands, and is worth a look
                grade.needs_manual_grade = True
            grade.auto_score = score
        for comment in one.comments:
            cell = cells[comment.name]
            untouched = cell.metadata.nbgrader.checksum == utils.compute_checksum(cell)
            comment.auto_comment = "No response." if untouched else None

    def _write(self, student: str, notebooks: dict[str, Any]) -> None:
        """The notebooks that formgrader shows and feedback is made of; whole, or as before."""
        files = {
            f"{name}.ipynb": nbformat.writes(notebook).encode() + b"\n"
            for name, notebook in notebooks.items()
        }
        write_folder(self.course.directory("autograded", student, self.assignment), files)


@contextmanager
def beside_interpreter() -> Iterator[None]:
    """Let nbgrader find `alembic`, which it calls by name for a new gradebook."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before
