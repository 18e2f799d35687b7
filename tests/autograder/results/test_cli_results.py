"""The commands for results: what they write, where, and their output."""

import json
import re
from pathlib import Path

import pytest
from support.made_up import CLASS, PARTLY, RIGHT, put_reports
from typer.testing import CliRunner

from autograder.cli import app
from autograder.course import Course
from autograder.release.blanks import ReleaseError

COMMANDS = (
    ("report",),
    ("export", "csv"),
    ("export", "canvas"),
    ("export", "gradescope"),
    ("compare",),
)


def run_command(course: Course, *arguments: str) -> str:
    """Run a command in the course; return its output on one line."""
    run = CliRunner().invoke(app, [*arguments, "--course", str(course.folder)])
    if run.exception is not None and not isinstance(run.exception, SystemExit):
        raise run.exception
    assert run.exit_code == 0, run.output
    return " ".join(run.output.split())


@pytest.mark.parametrize("command", COMMANDS)
def test_an_empty_store_says_to_grade_first(course: Course, command: tuple[str, ...]) -> None:
    with pytest.raises(ReleaseError, match="nothing is graded yet of Dropout"):
        run_command(course, *command)


@pytest.mark.usefixtures("marks")
def test_report_goes_into_the_course_folder(course: Course) -> None:
    output = run_command(course, "report")

    page = course.folder / "report" / "Dropout" / "index.html"
    assert page.exists()
    assert f"{page} is the class's page; 5 students have theirs" in output


@pytest.mark.usefixtures("marks")
def test_an_anonymous_report_has_no_names(course: Course, tmp_path: Path) -> None:
    run_command(course, "report", "--anonymous", "--language", "en", "--to", str(tmp_path / "r"))

    for page in (tmp_path / "r").rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not re.search(rf"\b({'|'.join(CLASS)})\b", text), page
        assert 'lang="en"' in text


@pytest.mark.usefixtures("marks")
def test_exports_report_what_they_wrote(course: Course, tmp_path: Path) -> None:
    table, folder = tmp_path / "t.csv", tmp_path / "g"

    assert f"{table} has 5 students and 3 checks." in run_command(
        course, "export", "csv", "--to", str(table)
    )
    assert f"{folder} has a results.json of each of 4 students." in run_command(
        course, "export", "gradescope", "--to", str(folder)
    )

    assert table.exists()
    assert json.loads((folder / "bob" / "results.json").read_text())["score"] == 61.25
    assert not (folder / "dave").exists()


@pytest.mark.usefixtures("marks")
def test_canvas_needs_a_roster(course: Course, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="no --roster: in Canvas, open Grades"):
        run_command(course, "export", "canvas")
    roster = tmp_path / "roster.csv"
    roster.write_text('Student,ID,SIS Login ID,Section\n"Builder, Bob",7,bob,A\n')

    output = run_command(
        course, "export", "canvas", "--roster", str(roster), "--to", str(tmp_path / "c.csv")
    )

    assert 'has 1 marks in the column "Dropout".' in output
    assert "not in" in output


def test_compare_names_students_whose_marks_changed(course: Course) -> None:
    put_reports(course, {"alice": RIGHT, "bob": RIGHT}, "first")
    put_reports(course, {"alice": PARTLY, "bob": RIGHT}, "second")

    output = run_command(course, "compare")

    assert "alice: 80 -> 61.25 dropout_backward: 25 -> 6.25 1 changed, 1 unchanged." in output


def test_exporting_the_gradescope_autograder_warns_that_it_holds_secrets(
    course: Course, tmp_path: Path
) -> None:
    output = run_command(course, "export", "gradescope-autograder", "--to", str(tmp_path / "a.zip"))

    assert "It holds the solutions and the course's secret" in output
    assert (tmp_path / "a.zip").exists()


@pytest.mark.usefixtures("marks")
@pytest.mark.parametrize("command", ["gradescope", "gradescope-autograder"])
def test_gradescope_knows_four_visibilities(course: Course, command: str) -> None:
    options = ["--course", str(course.folder), "--visibility", "secret"]

    run = CliRunner().invoke(app, ["export", command, *options])

    assert run.exit_code == 2
    for choice in ("visible", "hidden", "after_due_date", "after_published"):
        assert choice in run.output
