"""Exports use the gradebook's final marks, with manual scores and late penalties."""

import csv
import json
import shutil
from pathlib import Path

import pytest
from dropout_course import ASSIGNMENT as NAME
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import Course, read_course
from autograder.grading.report import CheckReport, Report
from autograder.nbgrader.gradebook import GradebookWriter
from autograder.release.blanks import ReleaseError
from autograder.reports import Grading, ReportStore

WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Maximum Grade
Participant 7001,Ada,ada@example.org,Submitted,,{maximum}
Participant 7002,Ben,ben@example.org,Submitted,,{maximum}
Participant 7003,Zoe,zoe@example.org,No submission,,{maximum}
"""
SPLIT = "dropout_net"  # half of its points are lost


@pytest.fixture
def course(generated_course: Path, tmp_path: Path) -> Course:
    """Ada and Ben are graded, and a person gave Ada ten points for an answer."""
    shutil.copytree(generated_course, tmp_path / "course")
    found = read_course(tmp_path / "course")
    for number, student in enumerate(("ada", "ben"), start=7001):
        grade(found, student, str(number))
    list(GradebookWriter(found, NAME).sync())
    with Gradebook(found.nbgrader.db_url, "daseCV") as gradebook:
        given = gradebook.find_grade("dropout_question_1", NAME, NAME, "ada")
        given.manual_score, given.needs_manual_grade = 10.0, False
        gradebook.find_grade("dropout_question_1", NAME, NAME, "ben").needs_manual_grade = True
        gradebook.db.commit()
    return found


def grade(course: Course, student: str, platform_id: str = "") -> None:
    checks = tuple(
        CheckReport(name, *(("partly", 0.5) if name == SPLIT else ("right", 1.0)))
        for name in course.points(NAME)
    )
    store = ReportStore(course.folder / "reports.db")
    store.note_points(NAME, "v1", course.points(NAME))
    grading = Grading(NAME, "v1", student, student, student, f"{student}.zip", 1e9)
    store.put(student, Report("graded", checks), [grading_with(grading, platform_id)])


def grading_with(grading: Grading, platform_id: str) -> Grading:
    return Grading(**{**vars(grading), "platform_id": platform_id})


def export(course: Course, *arguments: str) -> str:
    options = ["--assignment", NAME, "--course", str(course.folder)]
    run = CliRunner().invoke(app, ["export", *arguments, *options])
    if run.exception is not None and not isinstance(run.exception, SystemExit):
        raise run.exception
    assert run.exit_code == 0, run.output
    return " ".join(run.output.split())


def scores(path: Path, name: str, score: str) -> dict[str, str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row[name]: row[score] for row in csv.DictReader(file)}


def test_the_table_includes_manual_scores(course: Course, tmp_path: Path) -> None:
    output = export(course, "csv", "--to", str(tmp_path / "t.csv"))

    assert scores(tmp_path / "t.csv", "student", "score") == {"ada": "77.5", "ben": "67.5"}
    assert "Final marks of nbgrader's gradebook" in output
    assert "wait for a person, so not counted: ben" in output


def test_the_machine_s_marks_can_be_exported_alone(course: Course, tmp_path: Path) -> None:
    output = export(course, "csv", "--machine", "--to", str(tmp_path / "t.csv"))

    assert scores(tmp_path / "t.csv", "student", "score") == {"ada": "67.5", "ben": "67.5"}
    assert "The machine's marks, without what people give" in output


def test_a_student_missing_from_the_gradebook_stops_the_export(course: Course) -> None:
    grade(course, "cleo")

    with pytest.raises(
        ReleaseError, match=r"not in the gradebook.*: cleo; first: +dasecv gradebook"
    ):
        export(course, "csv")


def test_outdated_marks_in_the_gradebook_stop_the_export(course: Course) -> None:
    regrade_split_to_nothing(course)

    with pytest.raises(
        ReleaseError, match=r"graded again since the gradebook was written: ada, ben"
    ):
        export(course, "csv")


def test_moodle_s_worksheet_gets_the_marks_and_keeps_its_other_rows(
    course: Course, tmp_path: Path
) -> None:
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(WORKSHEET.format(maximum="100.00"))

    output = export(course, "moodle", "--roster", str(worksheet), "--to", str(tmp_path / "m.csv"))

    assert scores(tmp_path / "m.csv", "Full name", "Grade") == {
        "Ada": "77.5",
        "Ben": "67.5",
        "Zoe": "",
    }
    assert "without a mark: Zoe" in output


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (WORKSHEET.format(maximum="10"), "its maximum is 10, that of the marks is 100"),
        ("Name,Mark\nAda,1\n", "expected Moodle's grading worksheet"),
        (WORKSHEET.format(maximum="").replace("700", "800").replace("a@", "x@")
         .replace("n@", "x@").replace("Ada", "Eve").replace("Ben", "Eva"), "was graded"),
    ],
    ids=["another maximum", "another table", "strangers"],
)  # fmt: skip
def test_a_worksheet_that_does_not_fit_is_refused_with_the_reason(
    course: Course, tmp_path: Path, text: str, says: str
) -> None:
    worksheet = tmp_path / "worksheet.csv"
    worksheet.write_text(text)

    with pytest.raises(ValueError, match=says):
        export(course, "moodle", "--roster", str(worksheet))


def test_the_class_page_lists_scores_set_by_hand_or_changed_by_a_regrade(course: Course) -> None:
    with Gradebook(course.nbgrader.db_url, "daseCV") as gradebook:
        gradebook.find_grade("dropout_net", NAME, NAME, "ben").manual_score = 20.0
        gradebook.db.commit()
    regrade_split_to_nothing(course)

    options = ["--assignment", NAME, "--course", str(course.folder), "--language", "en"]
    CliRunner().invoke(app, ["report", *options])

    page = (course.folder / "report" / NAME / "index.html").read_text(encoding="utf-8")
    assert "dropout_net: 12.5 -&gt; 20" in page
    assert "67.5 -&gt; 55" in page


def regrade_split_to_nothing(course: Course) -> None:
    store = ReportStore(course.folder / "reports.db")
    for student, platform_id in (("ada", "7001"), ("ben", "7002")):
        checks = tuple(
            CheckReport(name, *(("wrong", 0.0) if name == SPLIT else ("right", 1.0)))
            for name in course.points(NAME)
        )
        again = Grading(NAME, "v2", student, f"{student}2", student, f"{student}.zip", 1e9)
        store.put(f"{student}2", Report("graded", checks), [grading_with(again, platform_id)])


def test_gradescope_gets_the_final_score(course: Course, tmp_path: Path) -> None:
    export(course, "gradescope", "--to", str(tmp_path / "g"))

    found = json.loads((tmp_path / "g" / "ada" / "results.json").read_text())
    assert found["score"] == 77.5
