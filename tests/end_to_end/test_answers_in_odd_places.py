"""Words in odd places: a person is asked, by `dasecv gradebook` and by `nbgrader autograde` alike.

Those who wrote nothing get 0 by themselves. Modules are left as released: only questions matter.
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


def new(kind: str, text: str) -> dict[str, Any]:
    code: dict[str, Any] = {"outputs": [], "execution_count": None} if kind == "code" else {}
    return {"cell_type": kind, "id": "mine", "metadata": {}, "source": text, **code}


def write_nothing(cells: Cells, number: int) -> None: ...


def answer(cells: Cells, number: int) -> None:
    cells[number]["source"] += WORDS


def turn_into_code(cells: Cells, number: int) -> None:
    cells[number] |= new("code", WORDS) | {"metadata": cells[number]["metadata"]}


def write_below(cells: Cells, number: int) -> None:
    cells.insert(number + 1, new("markdown", WORDS))


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
        (target / f"{ASSIGNMENT}.ipynb").write_text(worked_on(root, habit), encoding="utf-8")
    dasecv("grade", str(folder / "submitted"), "--course", str(folder))
    dasecv("gradebook", "--course", str(folder))
    return folder


def worked_on(root: Path, habit: Callable[[Cells, int], None]) -> str:
    """The English release, in which the first question was answered in a student's own way."""
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


def waiting(course: Path) -> dict[str, set[str]]:
    """The questions of each student that wait for a person."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "daseCV") as gradebook:
        return {
            one.student.id: {
                grade.name for grade in one.notebooks[0].grades if grade.needs_manual_grade
            }
            for one in gradebook.assignment_submissions(ASSIGNMENT)
        }


# What is written between two questions may answer either.
EXPECTED = {
    "write_nothing": set(),
    "answer": {QUESTIONS[0]},
    "turn_into_code": {QUESTIONS[0]},
    "write_below": set(QUESTIONS),
    "merge_with_the_question": set(QUESTIONS),
}


def test_the_grader_asks_a_person(course: Path) -> None:
    assert waiting(course) == EXPECTED


def test_so_does_nbgrader_and_the_words_are_in_the_feedback(course: Path) -> None:
    nbgrader(course, "autograde", ASSIGNMENT)
    nbgrader(course, "generate_feedback", ASSIGNMENT)

    assert waiting(course) == EXPECTED
    for habit in HABITS[1:]:
        page = course / "feedback" / habit.__name__ / ASSIGNMENT / f"{ASSIGNMENT}.html"
        shown = "Fewer units, hence $0&lt;p&lt;1$ and <code>a&lt;b</code>."
        assert shown in page.read_text(encoding="utf-8")
