"""Reports in nbgrader's gradebook: the same after every run, on SQLite and on PostgreSQL."""

import csv
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
from dropout_course import nbgrader
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import Course, read_course
from autograder.grading.repair import repair
from autograder.grading.report import CheckReport, Report
from autograder.nbgrader.gradebook import GradebookError, GradebookWriter, SyncedMarks
from autograder.release.blanks import ReleaseError
from autograder.reports import Grading, ReportStore

pytestmark = pytest.mark.database

NAME = "Dropout"
HANDED_IN = 1_790_000_000.0  # seconds since 1970


@pytest.fixture
def course(generated_course: Path, tmp_path: Path) -> Course:
    shutil.copytree(generated_course, tmp_path / "course")
    return read_course(tmp_path / "course")


def answered_notebook(course: Course, answer: str = "") -> str:
    """The notebook, with an answer to each question in words."""
    text, _ = repair(None, course.source(NAME) / f"{NAME}.ipynb")
    notebook = nbformat.reads(text, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "markdown":
            cell.source += answer
    return nbformat.writes(notebook)


def report(
    course: Course, lost: str = "", answer: str = "\nBecause.", status: str = "graded"
) -> Report:
    checks = tuple(
        CheckReport(name, "partly" if name == lost else "right", 0.5 if name == lost else 1.0)
        for name in course.points(NAME)
    )
    return Report("graded", checks, notebooks={NAME: answered_notebook(course, answer)})


@pytest.fixture
def keep(course: Course) -> Callable[..., None]:
    """Keep a student's report, as grading does."""
    store = ReportStore(course.folder / "reports.db")

    def keep(student: str, made: Report, at: float | None = None) -> None:
        grading = Grading(NAME, "v", student, f"{student}'s", student, "/", at)
        store.put(grading.key, made, [grading])

    return keep


Row = dict[str, tuple[float | None, float | None, bool]]


def rows(db_url: str, student: str) -> Row:
    """(machine's score, manual score, whether a person has to mark it) of each cell."""
    with Gradebook(db_url, "daseCV") as gradebook:
        [notebook] = gradebook.find_submission(NAME, student).notebooks
        return {
            grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
            for grade in notebook.grades
        }


def db_url_of(course: Course) -> str:
    return GradebookWriter(course, NAME).db_url


# Marks


def test_the_gradebook_holds_a_report_s_points_and_open_questions(
    course: Course, keep: Callable[..., None]
) -> None:
    keep("ada", report(course, lost="dropout_net"))
    points = course.points(NAME)

    [brought] = GradebookWriter(course, NAME).sync()

    marked = rows(db_url_of(course), "ada")
    assert marked["dropout_net"] == (points["dropout_net"] / 2, None, False)
    assert marked["dropout_forward"] == (points["dropout_forward"], None, False)
    waiting = [name for name, row in marked.items() if row == (None, None, True)]
    assert set(waiting) == set(marked) - set(points)
    expected = sum(points.values()) - points["dropout_net"] / 2
    assert brought == SyncedMarks("ada", expected, to_mark=len(waiting))


def test_a_question_without_an_answer_waits_for_no_person(
    course: Course, keep: Callable[..., None]
) -> None:
    keep("ada", report(course, answer=""))

    [brought] = GradebookWriter(course, NAME).sync()

    assert brought.to_mark == 0


def test_syncing_twice_changes_nothing(course: Course, keep: Callable[..., None]) -> None:
    keep("ada", report(course, lost="dropout_net"), HANDED_IN)
    first = list(GradebookWriter(course, NAME).sync())
    before = rows(db_url_of(course), "ada")

    assert list(GradebookWriter(course, NAME).sync()) == first
    assert rows(db_url_of(course), "ada") == before


def test_refused_submissions_get_0_and_internal_failures_are_left_out(
    course: Course, keep: Callable[..., None]
) -> None:
    keep("mallory", Report("refused", notes=("a link",)))
    keep("ours", Report("infrastructure"))

    assert list(GradebookWriter(course, NAME).sync()) == [
        SyncedMarks("mallory", 0.0),
        SyncedMarks("ours", None),
    ]


def test_manual_scores_survive(course: Course, keep: Callable[..., None]) -> None:
    keep("ada", report(course, lost="dropout_net"))
    list(GradebookWriter(course, NAME).sync())
    [question, *_] = [name for name, row in rows(db_url_of(course), "ada").items() if row[2]]
    with Gradebook(db_url_of(course), "daseCV") as gradebook:
        grade = gradebook.find_grade(question, NAME, NAME, "ada")
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = 7.0, 1.0, False
        gradebook.db.commit()

    keep("ada", report(course))
    [brought] = GradebookWriter(course, NAME).sync()

    assert rows(db_url_of(course), "ada")[question] == (None, 7.0, False)
    assert brought.score == sum(course.points(NAME).values()) + 8.0


def test_formgrader_s_notebook_shows_the_findings(
    course: Course, keep: Callable[..., None]
) -> None:
    keep("ada", report(course, lost="dropout_net"))

    list(GradebookWriter(course, NAME).sync())

    path = course.folder / "autograded" / "ada" / NAME / f"{NAME}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    [cell] = [c for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == "dropout_net"]
    assert "✗ dropout_net" in cell.outputs[0].text


def test_an_assignment_unknown_to_nbgrader_is_an_error_with_the_remedy(
    course: Course, keep: Callable[..., None]
) -> None:
    keep("ada", report(course))
    empty = f"sqlite:///{course.folder / 'empty.db'}"

    with pytest.raises(ReleaseError, match="nbgrader generate_assignment Dropout"):
        list(GradebookWriter(course, NAME, empty).sync())


# Lateness


def set_due_date(course: Course, seconds_before: float) -> None:
    moment = datetime.utcfromtimestamp(HANDED_IN) - timedelta(seconds=seconds_before)
    with Gradebook(db_url_of(course), "daseCV") as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=moment)


@pytest.mark.parametrize(("free_days", "left"), [(0, 0.8), (1, 0.9), (2, 1.0)])
def test_each_late_day_costs_its_share_of_the_score(
    course: Course, keep: Callable[..., None], free_days: int, left: float
) -> None:
    with (course.folder / "nbgrader_config.py").open("a") as file:
        file.write(f"c.LatePolicy.free_days = {free_days}\nc.LatePolicy.per_day = 0.1\n")
    set_due_date(course, seconds_before=30 * 3600)  # into the second day
    keep("ada", report(course, answer=""), HANDED_IN)

    [brought] = GradebookWriter(course, NAME).sync()

    with Gradebook(db_url_of(course), "daseCV") as gradebook:
        submission = gradebook.find_submission(NAME, "ada")
        after = submission.score - submission.late_submission_penalty
    assert brought.score == sum(course.points(NAME).values())
    assert after == pytest.approx(left * brought.score)


def penalties(course: Course, student: str = "ada") -> list[float]:
    with Gradebook(db_url_of(course), "daseCV") as gradebook:
        found = gradebook.student_submissions(student)
        return [one.late_submission_penalty for one in sorted(found, key=lambda one: one.name)]


def set_policy(course: Course, **settings: float) -> None:
    with (course.folder / "nbgrader_config.py").open("a") as file:
        for name, value in settings.items():
            file.write(f"c.LatePolicy.{name} = {value}\n")


def test_a_later_manual_score_pays_the_late_penalty_too(
    course: Course, keep: Callable[..., None]
) -> None:
    """It does so in nbgrader's own table and feedback, although the grader did not run again."""
    set_policy(course, per_day=0.1)
    set_due_date(course, seconds_before=3600)
    keep("ada", report(course), HANDED_IN)
    list(GradebookWriter(course, NAME).sync())
    with Gradebook(db_url_of(course), "daseCV") as gradebook:  # as formgrader does
        grade = gradebook.find_grade("dropout_question_1", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 10.0, False
        gradebook.db.commit()

    nbgrader(course.folder, "export")
    [row] = csv.DictReader((course.folder / "grades.csv").open())
    nbgrader(course.folder, "generate_feedback", NAME)

    assert (row["raw_score"], row["late_submission_penalty"], row["score"]) == (
        "90.0",
        "9.0",
        "81.0",
    )
    assert penalties(course) == [9.0]
    page = (course.folder / "feedback" / "ada" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "81.0" in page


def test_free_days_are_shared_by_assignments_due_at_the_same_moment(
    course: Course, keep: Callable[..., None]
) -> None:
    set_policy(course, per_day=0.1, free_days=1)
    set_due_date(course, seconds_before=3600)
    keep("ada", report(course, answer=""), HANDED_IN)
    with Gradebook(db_url_of(course), "daseCV") as gradebook:
        moment = gradebook.find_assignment(NAME).duedate
        gradebook.add_assignment("Other", duedate=moment)
        gradebook.add_notebook("Other", "Other")
        gradebook.update_or_create_student("ada")
        gradebook.update_or_create_submission(
            "Other", "ada", timestamp=moment + timedelta(seconds=3600)
        )

    list(GradebookWriter(course, NAME).sync())

    first, second = sorted([NAME, "Other"])
    costs = {}
    with Gradebook(db_url_of(course), "daseCV") as gradebook:
        for name in (first, second):
            assigner = AssignLatePenalties(config=course.configuration)
            assigner.gradebook, assigner.assignment_id = gradebook, name
            assigner.init_plugin()
            costs[name] = assigner.plugin_inst.late_submission_penalty("ada", 100.0, 3600)
    assert costs == {first: 0.0, second: 10.0}


# Source and gradebook


def change_source(course: Course, change: Callable[[Any], None]) -> None:
    path = course.source(NAME) / f"{NAME}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    change(notebook)
    nbformat.write(notebook, path)


def find_cell(notebook: Any, name: str) -> Any:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def test_a_question_removed_from_the_source_is_an_error_before_any_write(
    course: Course, keep: Callable[..., None]
) -> None:
    keep("ada", report(course))
    list(GradebookWriter(course, NAME).sync())
    before = rows(db_url_of(course), "ada")
    change_source(
        course, lambda notebook: notebook.cells.remove(find_cell(notebook, "dropout_net"))
    )

    with pytest.raises(
        ReleaseError, match=r"dropout_net is no longer in the source.*--update-cells"
    ):
        list(GradebookWriter(course, NAME).sync())

    assert rows(db_url_of(course), "ada") == before


def test_the_gradebook_adopts_questions_and_points_of_the_source(
    course: Course, keep: Callable[..., None]
) -> None:
    keep("ada", report(course))
    list(GradebookWriter(course, NAME).sync())
    with Gradebook(db_url_of(course), "daseCV") as gradebook:
        grade = gradebook.find_grade("dropout_question_1", NAME, NAME, "ada")
        grade.manual_score = 7.0
        gradebook.db.commit()

    def change(notebook: Any) -> None:
        notebook.cells.remove(find_cell(notebook, "dropout_net"))
        find_cell(notebook, "dropout_forward").metadata.nbgrader.points = 50

    change_source(course, change)
    [synced] = GradebookWriter(course, NAME).sync(update_cells=True)
    [again] = GradebookWriter(course, NAME).sync()

    assert (synced.before, synced.score, again.score) == (87.0, 82.0, 82.0)
    found = rows(db_url_of(course), "ada")
    assert "dropout_net" not in found
    assert found["dropout_forward"][0] == 50.0
    assert found["dropout_question_1"][1] == 7.0


def test_a_new_question_gets_its_points_in_existing_submissions(
    course: Course, keep: Callable[..., None]
) -> None:
    whole = nbformat.read(course.source(NAME) / f"{NAME}.ipynb", as_version=4)
    keep("ada", report(course))
    change_source(
        course, lambda notebook: notebook.cells.remove(find_cell(notebook, "dropout_net"))
    )
    list(GradebookWriter(course, NAME).sync(update_cells=True))

    nbformat.write(whole, course.source(NAME) / f"{NAME}.ipynb")
    [synced] = GradebookWriter(course, NAME).sync(update_cells=True)

    assert synced.score == sum(course.points(NAME).values())


# Students who leave


def test_a_student_removed_from_the_gradebook_stays_removed(
    course: Course, keep: Callable[..., None]
) -> None:
    for student in ("aad", "ben"):
        keep(student, report(course))
    list(GradebookWriter(course, NAME).sync())
    nbgrader(course.folder, "db", "student", "remove", "aad", "--force")

    aad, ben = GradebookWriter(course, NAME).sync()

    assert (aad.removed, aad.score, ben.removed) == (True, None, False)
    with Gradebook(db_url_of(course), "daseCV") as gradebook:
        assert [student.id for student in gradebook.students] == ["ben"]


def test_a_new_gradebook_gets_all_students(course: Course, keep: Callable[..., None]) -> None:
    keep("ada", report(course))
    list(GradebookWriter(course, NAME).sync())
    (course.folder / "gradebook.db").unlink()
    nbgrader(course.folder, "generate_assignment", NAME, "--force")

    [ada] = GradebookWriter(course, NAME).sync()

    assert not ada.removed
    assert ada.score is not None


@pytest.mark.parametrize(("typed", "left"), [("n\n", ["ada", "ben"]), ("y\n", ["ben"])])
def test_forget_lists_what_it_deletes_and_asks_before(
    course: Course, keep: Callable[..., None], typed: str, left: list[str]
) -> None:
    for student in ("ada", "ben"):
        keep(student, report(course))
    list(GradebookWriter(course, NAME).sync())

    command = ["forget", "ada", "--course", str(course.folder)]
    done = CliRunner().invoke(app, command, input=typed)

    assert "the report of Dropout" in done.output
    assert str(course.directory("autograded", "ada", NAME)) in done.output.replace("\n", "")
    store = ReportStore(course.folder / "reports.db")
    assert [grading.student for grading, _ in store.results(NAME)] == left
    assert (store.get("ada's") is None) == (left == ["ben"])
    assert course.directory("autograded", "ada", NAME).exists() == ("ada" in left)
    with Gradebook(db_url_of(course), "daseCV") as gradebook:
        assert sorted(one.student.id for one in gradebook.assignment_submissions(NAME)) == left


def test_forgetting_an_unknown_student_is_an_error(course: Course) -> None:
    done = CliRunner().invoke(app, ["forget", "nobody", "--course", str(course.folder)])

    assert "there is nothing of 'nobody'" in str(done.exception)


def test_a_late_submission_without_a_time_is_reported(
    course: Course, keep: Callable[..., None]
) -> None:
    store = ReportStore(course.folder / "reports.db")
    grading = Grading(NAME, "v", "ada", "ada's", "ada", "/", late=True)
    store.put(grading.key, report(course), [grading])

    done = CliRunner().invoke(
        app, ["gradebook", "--course", str(course.folder), "--assignment", NAME]
    )

    assert "Late, time unknown, so no penalty taken: ada" in done.output


# PostgreSQL


def postgresql_tool(name: str) -> str | None:
    """The path of a PostgreSQL command, which Debian keeps out of PATH."""
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(candidates[-1]) if candidates else shutil.which(name)


class Server:
    """A PostgreSQL server of the test's own, on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "data"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/postgres"
        self.run("initdb", "-D", str(self.folder), "-U", "postgres", "--auth=trust")

    def run(self, name: str, *arguments: str) -> None:
        subprocess.run(
            [str(postgresql_tool(name)), *arguments],
            user="postgres" if os.geteuid() == 0 else None,  # PostgreSQL refuses to run as root
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder} -c fsync=off"
        log = str(self.folder / "log")
        self.run("pg_ctl", "-D", str(self.folder), "-o", options, "-l", log, "-w", "start")

    def stop(self) -> None:
        self.run("pg_ctl", "-D", str(self.folder), "-m", "immediate", "-w", "stop")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if postgresql_tool("initdb") is None:
        pytest.skip("no PostgreSQL: on Debian, apt install postgresql")
    pytest.importorskip("psycopg", reason="no driver for PostgreSQL: pip install 'psycopg[binary]'")
    folder = Path(tempfile.mkdtemp(prefix="dasecv-postgresql-"))
    folder.chmod(0o777)
    server = Server(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def postgresql_writer(course: Course, server: Server) -> GradebookWriter:
    url = f"--CourseDirectory.db_url={server.url}"
    nbgrader(course.folder, "generate_assignment", NAME, url, "--force")
    return GradebookWriter(course, NAME, server.url)


def test_postgresql_holds_the_same_marks_as_sqlite(
    course: Course, keep: Callable[..., None], postgresql_writer: GradebookWriter
) -> None:
    keep("ada", report(course, lost="dropout_net"), HANDED_IN)
    keep("ben", report(course))

    there, here = list(postgresql_writer.sync()), list(GradebookWriter(course, NAME).sync())

    assert there == here == list(postgresql_writer.sync())
    assert rows(postgresql_writer.db_url, "ada") == rows(db_url_of(course), "ada")


def test_a_server_that_stops_midway_is_reported_and_the_next_run_completes(
    course: Course, keep: Callable[..., None], postgresql_writer: GradebookWriter, server: Server
) -> None:
    for student in ("ada", "ben", "cleo"):
        keep(student, report(course, lost="dropout_net"))
    bringing = postgresql_writer.sync()
    first = next(bringing)
    server.stop()

    with pytest.raises(GradebookError, match="What was brought before is kept"):
        list(bringing)
    server.start()

    brought = list(postgresql_writer.sync())
    assert brought[0] == first
    assert [one.student for one in brought] == ["ada", "ben", "cleo"]
    assert len({(one.score, one.to_mark) for one in brought}) == 1
