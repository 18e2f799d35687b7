"""The README's commands, by `dasecv` and by nbgrader alone: both gradebooks are equal."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from dropout_course import ASSIGNMENT, WRONG_GRADIENT, Student, copy_course, nbgrader
from nbgrader.api import Gradebook

from autograder.course import read_course
from autograder.nbgrader.gradebook import GradebookWriter

DUE = "2026-10-01 22:00:00 UTC"
LATE = "2026-10-07 03:00:00 UTC\n"  # on the sixth day
CLASS = [
    Student("ada", {"en": "Because."}, run="en"),
    Student("ben", {"zh": "因为。"}, run="zh", edits=(WRONG_GRADIENT,)),
    Student("chen", {"en": ""}, run="en"),
]


@pytest.fixture(scope="module")
def courses(
    root: Path, generated_course: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path]:
    """Two courses with the same zips and due date: one graded by dasecv, one by nbgrader."""
    folder = tmp_path_factory.mktemp("doors")
    ours, stock = folder / "ours", folder / "stock"
    copy_course(root, generated_course, ours, CLASS)
    shutil.copytree(ours, stock)
    zips = ours / "downloaded" / ASSIGNMENT / "archive"
    for course in (ours, stock):
        with (course / "nbgrader_config.py").open("a") as config:
            config.write("c.LatePolicy.free_days = 4\nc.LatePolicy.per_day = 0.1\n")
        nbgrader(course, "db", "assignment", "add", ASSIGNMENT, f"--duedate={DUE}")

    dasecv(ours, "collect", str(zips))
    hand_in_late(ours, "ben")
    dasecv(ours, "grade", "submitted")
    dasecv(ours, "gradebook")

    nbgrader(stock, "zip_collect", ASSIGNMENT)
    hand_in_late(stock, "ben")
    nbgrader(stock, "autograde", ASSIGNMENT)
    for course in (ours, stock):
        nbgrader(course, "generate_feedback", ASSIGNMENT)
        nbgrader(course, "export")
    return ours, stock


def hand_in_late(course: Path, student: str) -> None:
    (course / "submitted" / student / ASSIGNMENT / "timestamp.txt").write_text(LATE)


def dasecv(course: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "autograder", *arguments, "--assignment", ASSIGNMENT]
    subprocess.run(command, cwd=course, check=True, capture_output=True)


def gradebook_rows(course: Path) -> dict[str, tuple[Any, ...]]:
    """Scores, penalty, time, cells and comments of each submission in the gradebook, by student."""
    with Gradebook(GradebookWriter(read_course(course), ASSIGNMENT).db_url, "daseCV") as gradebook:
        return {
            one.student.id: (
                one.score,
                one.max_score,
                one.late_submission_penalty,
                one.timestamp,
                {
                    cell.name: (cell.auto_score, cell.manual_score, cell.needs_manual_grade)
                    for notebook in one.notebooks
                    for cell in notebook.grades
                },
                {
                    cell.name: cell.comment
                    for notebook in one.notebooks
                    for cell in notebook.comments
                },
            )
            for one in gradebook.assignment_submissions(ASSIGNMENT)
        }


def test_both_gradebooks_agree_in_every_cell(courses: tuple[Path, Path]) -> None:
    ours, stock = map(gradebook_rows, courses)

    assert set(ours) == {"ada", "ben", "chen"}
    assert ours == stock


def test_both_subtract_the_late_penalty(courses: tuple[Path, Path]) -> None:
    for course in courses:
        score, _, penalty, *_ = gradebook_rows(course)["ben"]
        assert penalty == pytest.approx(0.2 * score)


def test_both_export_the_same_table(courses: tuple[Path, Path]) -> None:
    ours, stock = ((course / "grades.csv").read_text() for course in courses)

    assert ours == stock


def test_both_give_the_same_reasons_in_the_feedback(courses: tuple[Path, Path]) -> None:
    for course in courses:
        page = course / "feedback" / "ben" / ASSIGNMENT / f"{ASSIGNMENT}.html"
        assert "dropout_backward" in page.read_text(encoding="utf-8")
