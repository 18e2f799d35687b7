"""`dasecv course update`: it lists changes and affected students first, and keeps manual scores."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from dropout_course import ASSIGNMENT
from nbgrader.api import Gradebook
from typer.testing import CliRunner

from autograder.cli import app

NAME = f"{ASSIGNMENT}.ipynb"
DATABASE = "gradebook.db"


@pytest.fixture
def course(generated_course: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "course"
    shutil.copytree(generated_course, folder)
    return folder


def update(root: Path, course: Path, *options: str) -> str:
    command = ["course", "update", "--course", str(course), "--root", str(root), *options]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    return done.output


def change_source(course: Path, change: Callable[[dict[str, nbformat.NotebookNode]], None]) -> Path:
    """Change graded cells, given by grade_id, as if the course had an older reference."""
    path = course / "source" / ASSIGNMENT / NAME
    notebook = nbformat.read(path, as_version=4)
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if "nbgrader" in cell.metadata
    }
    change(cells)
    nbformat.write(notebook, path)
    return path


def halve_points(cells: dict[str, nbformat.NotebookNode]) -> None:
    cells["dropout_forward"].metadata.nbgrader.points = 1


def rename_question(cells: dict[str, nbformat.NotebookNode]) -> None:
    cells["dropout_question_1"].metadata.nbgrader.grade_id = "old_question"


def test_a_course_of_this_reference_is_up_to_date(root: Path, course: Path) -> None:
    assert update(root, course) == "The course is up to date.\n"


def test_without_yes_changes_are_only_reported(root: Path, course: Path) -> None:
    path = change_source(course, halve_points)
    before = path.read_bytes()

    output = update(root, course)

    assert "dropout_forward is worth" in output
    assert "1 in the course" in output
    assert "Nothing is written" in output
    assert path.read_bytes() == before


def test_with_yes_the_source_becomes_the_reference_s(root: Path, course: Path) -> None:
    path = course / "source" / ASSIGNMENT / NAME
    wanted = path.read_bytes()
    change_source(course, halve_points)

    output = update(root, course, "--yes")

    assert path.read_bytes() == wanted
    assert f"dasecv gradebook --assignment {ASSIGNMENT} --update-cells" in output
    assert json.loads((course / "dasecv.json").read_text())["assignments"]


def test_manual_scores_lost_with_a_removed_cell_are_listed(root: Path, course: Path) -> None:
    change_source(course, rename_question)
    with Gradebook(f"sqlite:///{course / DATABASE}", "daseCV") as gradebook:
        question = gradebook.find_grade_cell("dropout_question_1", ASSIGNMENT, ASSIGNMENT)
        question.name = "old_question"
        gradebook.add_student("ada")
        gradebook.add_submission(ASSIGNMENT, "ada")
        grade = gradebook.find_grade("old_question", ASSIGNMENT, ASSIGNMENT, "ada")
        grade.manual_score = 3
        gradebook.db.commit()

    output = update(root, course)

    assert "a person's score goes with its cell: ada: 3 points for old_question" in output
