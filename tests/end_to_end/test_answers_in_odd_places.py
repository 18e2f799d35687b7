"""Answers in odd places: `dasecv gradebook` and `nbgrader autograde` leave them to a person.

Students who wrote nothing get 0 automatically. Modules are left as released: only questions matter.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from dropout_course import ASSIGNMENT, QUESTIONS, copy_course, nbgrader
from nbgrader.api import Gradebook

pytestmark = pytest.mark.slow

WORDS = "Fewer units, hence $0<p<1$ and `a<b`."
Cells = list[dict[str, Any]]


def make_cell(kind: str, text: str) -> dict[str, Any]:
    code: dict[str, Any] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": "mine", "metadata": {}, "source": text, **code}


def write_nothing(cells: Cells, number: int) -> None: ...


def answer(cells: Cells, number: int) -> None:
    cells[number]["source"] += WORDS


def turn_into_code(cells: Cells, number: int) -> None:
    cells[number] |= make_cell("code", WORDS) | {"metadata": cells[number]["metadata"]}


def write_below(cells: Cells, number: int) -> None:
    cells.insert(number + 1, make_cell("markdown", WORDS))


def merge_with_the_question(cells: Cells, number: int) -> None:
    cells[number - 1]["source"] += f"\n\n{cells.pop(number)['source']}{WORDS}"


HABITS = [write_nothing, answer, turn_into_code, write_below, merge_with_the_question]


@pytest.fixture(scope="module")
def course(root: Path, generated_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that has graded one student for each habit, in English."""
    folder = tmp_path_factory.mktemp("words") / "course"
    copy_course(root, generated_course, folder, [])
    for habit in HABITS:
        target = folder / "submitted" / habit.__name__ / ASSIGNMENT
        target.mkdir(parents=True)
        (target / f"{ASSIGNMENT}.ipynb").write_text(
            answer_in_release(root, habit), encoding="utf-8"
        )
    dasecv("grade", str(folder / "submitted"), "--course", str(folder))
    dasecv("gradebook", "--course", str(folder))
    return folder


def answer_in_release(root: Path, habit: Callable[[Cells, int], None]) -> str:
    """The English release with the first question answered in the way of a habit."""
    released = (root / "assignment" / f"{ASSIGNMENT}.en.ipynb").read_text(encoding="utf-8")
    notebook = json.loads(released)
    cells = notebook["cells"]
    for cell in cells:
        cell["source"] = "".join(cell["source"])
    names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    habit(cells, names.index(QUESTIONS[0]))
    return json.dumps(notebook)


def dasecv(*arguments: str) -> None:
    command = [sys.executable, "-m", "autograder", *arguments, "--assignment", ASSIGNMENT]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def find_waiting_questions(course: Path) -> dict[str, set[str]]:
    """The questions of each student that need a manual grade."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "daseCV") as gradebook:
        return {
            one.student.id: {
                grade.name for grade in one.notebooks[0].grades if grade.needs_manual_grade
            }
            for one in gradebook.assignment_submissions(ASSIGNMENT)
        }


# Text between two questions may answer either of them.
EXPECTED = {
    "write_nothing": set(),
    "answer": {QUESTIONS[0]},
    "turn_into_code": {QUESTIONS[0]},
    "write_below": set(QUESTIONS),
    "merge_with_the_question": set(QUESTIONS),
}


def test_the_gradebook_leaves_misplaced_answers_to_a_person(course: Path) -> None:
    assert find_waiting_questions(course) == EXPECTED


@pytest.mark.proof  # that nbgrader gives the same marks is tried on another course, too
def test_nbgrader_does_the_same_and_feedback_shows_the_answers(course: Path) -> None:
    nbgrader(course, "autograde", ASSIGNMENT)
    nbgrader(course, "generate_feedback", ASSIGNMENT)

    assert find_waiting_questions(course) == EXPECTED
    for habit in HABITS[1:]:
        page = course / "feedback" / habit.__name__ / ASSIGNMENT / f"{ASSIGNMENT}.html"
        shown = "Fewer units, hence $0&lt;p&lt;1$ and <code>a&lt;b</code>."
        assert shown in page.read_text(encoding="utf-8")
