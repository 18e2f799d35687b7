"""Writes reports to nbgrader's gradebook; repeating it gives the same result.

`nbgrader autograde` makes the same marks, but needs seconds for each submission. Here a submission
is one transaction, by nbgrader's own API, on SQLite or PostgreSQL. Manual scores, extra credit and
comments stay.
"""

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
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
from ..grading.repair import repair
from ..grading.report import Report
from ..permissions import restrict
from ..release.blanks import ReleaseError
from ..release.languages import notebook_names
from ..reports import Grading, ReportStore
from .cells import describe_differences, update_gradebook
from .lateness import renew_penalties
from .plugin import set_outcomes, take_outputs

SQLITE = "sqlite:///"


class GradebookError(DaseCVError):
    """The gradebook cannot be written; earlier entries are kept."""


@dataclass(frozen=True)
class SyncedMarks:
    """The marks of a submission that were written to the gradebook."""

    student: str
    # The new score, manual scores included; None if there is no mark, after an internal error or
    # deferred training
    score: float | None
    # The score before the gradebook adopted the source's cells; else None
    before: float | None = None
    to_mark: int = 0  # answers that wait for a person
    # Whether the platform calls it late without a time, so that no penalty is taken
    late_without_time: bool = False
    # Whether somebody removed the student from the gradebook; then nothing is written
    removed: bool = False


def forget_student(course: Course, student: str, assignments: Sequence[str]) -> None:
    """Remove what a student handed in for some assignments from nbgrader's gradebook."""
    with open_gradebook(course) as found:
        for assignment in assignments if found else ():
            with suppress(MissingEntry):
                found.remove_submission(assignment, student)


class GradebookWriter:
    """Writes an assignment's reports into the gradebook.

    `db_url` is its address for SQLAlchemy; default: the one in `nbgrader_config.py`.
    """

    def __init__(self, course: Course, assignment: str, db_url: str = "") -> None:
        self.course, self.assignment = course, assignment
        self.source = course.source(assignment)
        self.db_url = db_url or course.nbgrader.db_url

    def sync(self, update_cells: bool = False) -> Iterator[SyncedMarks]:
        """Write the last report of every student, in their order.

        With `update_cells` the gradebook first adopts the source's graded cells and points. Nothing
        is written if they differ, or if nbgrader does not know the assignment.
        """
        store = ReportStore(self.course.folder / "reports.db")
        results = store.results(self.assignment)
        warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")  # harmless
        try:
            course_id = self.course.nbgrader.course_id
            with interpreter_in_path(), Gradebook(self.db_url, course_id) as gradebook:
                self._require_assignment(gradebook)
                before = {}
                if update_cells:
                    found = gradebook.assignment_submissions(self.assignment)
                    before = {submission.student.id: submission.score for submission in found}
                    update_gradebook(gradebook, self.assignment, self.source)
                self._require_cells(gradebook)
                known = store.synced(self.assignment)
                removed = removed_students(gradebook, known)
                self._restrict_database()
                for grading, report in results:
                    if grading.student in removed:
                        yield SyncedMarks(grading.student, None, removed=True)
                    elif report is None or report.status == "put off":
                        yield SyncedMarks(grading.student, None)
                    else:
                        synced = self._sync_or_leave(gradebook, grading, report)
                        if synced.score is not None and grading.student not in known:
                            store.note_synced(self.assignment, grading.student)
                        yield replace(synced, before=before.get(grading.student))
        except OperationalError as error:
            raise GradebookError(
                f"{self.db_url}: {str(error.orig).strip()}. What was brought before is kept; run "
                "the same again when it is there"
            ) from None

    def _restrict_database(self) -> None:
        """Close a gradebook that is a file to other users of the machine."""
        path = Path(self.db_url.removeprefix(SQLITE))
        if path.is_file() and path.stat().st_uid == os.geteuid():
            restrict(path, self.course.nbgrader.groupshared)

    def _require_assignment(self, gradebook: Gradebook) -> None:
        try:
            found = gradebook.find_assignment(self.assignment).notebooks
        except MissingEntry:
            found = []
        if not found:
            raise ReleaseError(
                f"the gradebook has no assignment {self.assignment}; run first:  "
                f"nbgrader generate_assignment {self.assignment}"
            )

    def _require_cells(self, gradebook: Gradebook) -> None:
        found = describe_differences(gradebook, self.assignment, self.source)
        if found:
            raise ReleaseError(
                f"source and gradebook differ: {'; '.join(found)}. Either change the source back, "
                f"or take it over:  dasecv gradebook --assignment {self.assignment} --update-cells"
            )

    def _sync_or_leave(self, gradebook: Gradebook, grading: Grading, report: Report) -> SyncedMarks:
        """Write one submission; after an error only this one has no mark."""
        try:
            return self._sync_submission(gradebook, grading, report)
        except (OperationalError, OSError):
            raise
        except Exception as error:
            gradebook.db.rollback()
            warnings.warn(f"{grading.student}: {type(error).__name__}: {error}", stacklevel=2)
            return SyncedMarks(grading.student, None)

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
        notebooks = {
            name: self._mark_notebook(name, report) for name in notebook_names(self.source)
        }
        for graded in submission.notebooks:
            self._save_scores(graded, notebooks[graded.name])
        gradebook.db.flush()
        renew_penalties(gradebook, self.course.configuration, grading.student)
        files = {
            f"{name}.ipynb": nbformat.writes(n).encode() + b"\n" for name, n in notebooks.items()
        }
        target = self.course.directory("autograded", grading.student, self.assignment)
        write_folder(target, files, self.course.nbgrader.groupshared)
        waiting = sum(
            grade.needs_manual_grade for graded in submission.notebooks for grade in graded.grades
        )
        gradebook.db.refresh(submission)
        return SyncedMarks(
            student=grading.student,
            score=submission.score,
            to_mark=waiting,
            late_without_time=grading.late_without_time,
        )

    def _mark_notebook(self, name: str, report: Report) -> Any:
        """A notebook with the outcome of each graded cell below it, and the source's points."""
        executed = report.notebooks.get(name)
        # The source may have other graded cells, or points, than when this was graded.
        repaired, _ = repair(executed.encode() if executed else None, self.source / f"{name}.ipynb")
        notebook = nbformat.reads(repaired, as_version=4)
        take_outputs(notebook, nbformat.reads(executed or repaired, as_version=4))
        set_outcomes(notebook, report, self.course.language)
        return notebook

    def _save_scores(self, graded: Any, notebook: Any) -> None:
        """Save the scores and comments of a notebook, as nbgrader's SaveAutoGrades does."""
        cells = {
            cell.metadata.nbgrader.grade_id: cell
            for cell in notebook.cells
            if utils.is_grade(cell) or utils.is_solution(cell)
        }
        checksums = {cell.name: cell.checksum for cell in graded.notebook.source_cells}
        for name, cell in cells.items():
            cell.metadata.nbgrader.checksum = checksums.get(name)
        for grade in graded.grades:
            cell = cells[grade.name]
            score = utils.determine_grade(cell)[0]
            if grade.manual_score is None:
                grade.needs_manual_grade = score is None
            elif score != grade.auto_score:  # a manual score stays, but should be reviewed
                grade.needs_manual_grade = True
            grade.auto_score = score
        for comment in graded.comments:
            cell = cells[comment.name]
            untouched = cell.metadata.nbgrader.checksum == utils.compute_checksum(cell)
            comment.auto_comment = "No response." if untouched else None


def removed_students(gradebook: Gradebook, synced: set[str]) -> set[str]:
    """Students that were written to this gradebook and are no longer in it."""
    known = {student.id for student in gradebook.students}
    return synced - known if synced & known else set()  # else it is another or a new gradebook


@contextmanager
def open_gradebook(course: Course) -> Iterator[Any]:
    """The course's gradebook; None if there is none, since opening it would create one."""
    address = course.nbgrader.db_url
    if address.startswith(SQLITE):
        path = Path(address.removeprefix(SQLITE))
        if not path.exists() or not path.stat().st_size:
            yield None
            return
    with interpreter_in_path(), Gradebook(address, course.nbgrader.course_id) as gradebook:
        yield gradebook


@contextmanager
def interpreter_in_path() -> Iterator[None]:
    """Put the interpreter's folder into PATH, where nbgrader looks for `alembic`."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before
