"""Events of a course in any order: everything that shows marks agrees with a simple model.

Grading itself is replaced: a report depends only on the submission and the policy, and a known
report is looked up, as in the fleet.
"""

import csv
import math
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from autograder.course import Course, read_course
from autograder.grading.repair import repair
from autograder.grading.report import CheckReport, Report
from autograder.nbgrader import CsvExport
from autograder.nbgrader.gradebook import GradebookWriter, forget_student
from autograder.reports import Grading, ReportStore
from autograder.results.marks import read_marks
from autograder.results.page import write_pages

pytestmark = [pytest.mark.database, pytest.mark.slow]

NAME, CHECK, QUESTION = "Dropout", "dropout_backward", "dropout_question_1"
DUE = datetime(2026, 10, 1, tzinfo=timezone.utc)
PER_DAY = 0.1


@dataclass
class Student:
    """A student's last submission and manual scores."""

    share: float | None = None  # of CHECK; None before anything is handed in
    hours_late: int = 0
    manual: float | None = None
    graded: tuple[float, int] | None = None  # machine's points, hours late: as last graded


@dataclass
class Model:
    """The state of the course in a few numbers."""

    policy: str = "isolate"
    dropped: bool = False
    extra_hours: int = 0  # by which the due date has moved
    students: dict[str, Student] = field(
        default_factory=lambda: {"ada": Student(), "ben": Student()}
    )


def machine_points(course: Course, model: Model, student: Student) -> float:
    """Under 'strict', half of what the check gives under 'isolate'."""
    assert student.share is not None
    share = student.share / (2 if model.policy == "strict" else 1)
    points = course.points(NAME)
    return round(sum(p * (share if name == CHECK else 1) for name, p in points.items()), 2)


def penalty(model: Model, student: Student, score: float) -> float:
    assert student.graded is not None
    late = student.graded[1] - model.extra_hours
    return round(score * min(1.0, PER_DAY * math.ceil(late / 24)), 6) if late > 0 else 0.0


class Events:
    """Applies each event to a course and to the model."""

    def __init__(self, course: Course) -> None:
        self.course, self.model = course, Model()
        self.store = ReportStore(course.folder / "reports.db")
        with (course.folder / "nbgrader_config.py").open("a") as file:
            file.write(f"c.LatePolicy.per_day = {PER_DAY}\n")
        self.move_due_date(0)

    def hand_in(self, name: str, share: float, hours: int) -> None:
        student = self.model.students[name]
        student.share, student.hours_late = share, hours

    def change_policy(self, policy: str) -> None:
        self.model.policy = policy
        self.grade()

    def move_due_date(self, hours: int) -> None:
        self.model.extra_hours = hours
        with Gradebook(self.course.nbgrader.db_url, "daseCV") as gradebook:
            moment = (DUE + timedelta(hours=hours)).replace(tzinfo=None)
            gradebook.update_or_create_assignment(NAME, duedate=moment)

    def grade(self) -> None:
        """Grade all students, or look their reports up, and write the marks to the gradebook."""
        for name, student in self.model.students.items():
            if student.share is None:
                continue
            version = f"{self.model.policy} {self.model.dropped}"
            digest = f"{name} {student.share}"
            at = (DUE + timedelta(hours=student.hours_late)).timestamp()
            grading = Grading(NAME, version, name, f"{digest} {version}", digest, "/", at)
            if self.store.get(grading.key) is not None:
                self.store.note(grading)
            else:
                self.store.put(grading.key, self.report(student), [grading])
            points = machine_points(self.course, self.model, student)
            student.graded = points, student.hours_late
        list(GradebookWriter(self.course, NAME).sync(update_cells=self.model.dropped))

    def report(self, student: Student) -> Report:
        assert student.share is not None
        share = student.share / (2 if self.model.policy == "strict" else 1)
        checks = tuple(
            CheckReport(
                name, "partly" if name == CHECK else "right", share if name == CHECK else 1.0
            )
            for name in self.course.points(NAME)
        )
        text, _ = repair(None, self.course.source(NAME) / f"{NAME}.ipynb")
        return Report("graded", tuple(checks), notebooks={NAME: text})

    def person_marks(self, name: str, points: float) -> None:
        """Set a score in formgrader, once the submission is in the gradebook."""
        with Gradebook(self.course.nbgrader.db_url, "daseCV") as gradebook:
            found = [one.student.id for one in gradebook.assignment_submissions(NAME)]
            if name in found:
                grade = gradebook.find_grade(QUESTION, NAME, NAME, name)
                grade.manual_score, grade.needs_manual_grade = points, False
                gradebook.db.commit()
                self.model.students[name].manual = points

    def drop_question(self) -> None:
        """Remove a question from the source and grade everything again."""
        if self.model.dropped:
            return
        self.model.dropped = True
        path = self.course.source(NAME) / f"{NAME}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = [
            cell
            for cell in notebook.cells
            if cell.metadata.get("nbgrader", {}).get("grade_id") != "dropout_net"
        ]
        nbformat.write(notebook, path)
        self.grade()

    def leave(self, name: str) -> None:
        forget_student(self.course, name, [NAME])
        self.store.forget(name, [NAME])
        self.model.students[name] = Student()

    def require_agreement(self) -> None:
        """Gradebook, nbgrader's export, marks and pages against the model."""
        graded = {n: s for n, s in self.model.students.items() if s.graded is not None}
        raw = {n: s.graded[0] + (s.manual or 0.0) for n, s in graded.items() if s.graded}
        costs = {n: penalty(self.model, s, raw[n]) for n, s in graded.items()}
        with Gradebook(self.course.nbgrader.db_url, "daseCV") as gradebook:
            CsvExport(
                to=str(self.course.folder / "grades.csv"),
                parent=None,
                config=self.course.configuration,
            ).export(gradebook)
            found = {one.student.id: one for one in gradebook.assignment_submissions(NAME)}
            assert {n: one.score for n, one in found.items()} == pytest.approx(raw)
        table = {
            row["student_id"]: (float(row["raw_score"]), float(row["late_submission_penalty"]))
            for row in csv.DictReader((self.course.folder / "grades.csv").open())
            if row["assignment"] == NAME and row["student_id"] in graded
        }
        assert table == {n: pytest.approx((raw[n], costs[n])) for n in graded}
        if graded:
            marks = read_marks(self.course, NAME)
            assert {m.student: m.score for m in marks} == {
                n: s.graded[0] for n, s in graded.items() if s.graded
            }
            write_pages(self.course.folder / "report", NAME, marks, "en")
            for name, student in graded.items():
                page = (self.course.folder / "report" / "students" / f"{name}.html").read_text()
                total = re.search(r'class="total">([\d.]+)', page)
                assert total is not None
                assert student.graded is not None
                assert float(total[1]) == pytest.approx(student.graded[0])


NAMES = st.sampled_from(["ada", "ben"])
SHARES = st.sampled_from([0.0, 0.5, 1.0])
EVENTS = st.one_of(
    st.tuples(
        st.just("hand_in"), NAMES, st.sampled_from([0.0, 0.5, 1.0]), st.sampled_from([-5, 3, 30])
    ),
    st.tuples(st.just("change_policy"), st.sampled_from(["isolate", "strict"])),
    st.tuples(st.just("move_due_date"), st.sampled_from([0, 24, 100])),
    st.tuples(st.just("person_marks"), NAMES, st.sampled_from([0.0, 4.0, 10.0])),
    st.tuples(st.just("drop_question")),
    st.tuples(st.just("leave"), NAMES),
    st.tuples(st.just("grade")),
)


@pytest.fixture
def new_course(generated_course: Path) -> Callable[[Path], Course]:
    def new_course(folder: Path) -> Course:
        shutil.copytree(generated_course, folder / "course")
        return read_course(folder / "course")

    return new_course


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(events=st.lists(EVENTS, min_size=2, max_size=8))
def test_gradebook_export_and_pages_agree_after_every_event(
    new_course: Callable[[Path], Course], events: list[tuple[str, ...]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        course = Events(new_course(Path(folder)))
        course.hand_in("ada", 0.5, 3)
        course.grade()
        for name, *arguments in events:
            getattr(course, name)(*arguments)
            course.require_agreement()
