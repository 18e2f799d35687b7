"""Students who work in English: nbgrader knows one notebook, and they read English feedback.

One course is graded for the whole module, with nbgrader's own commands and the quick profile.
"""

import html
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from dropout_course import ASSIGNMENT, QUESTIONS, WRONG_GRADIENT, Student, copy_course, nbgrader
from nbgrader.api import Gradebook

pytestmark = pytest.mark.slow

REASON = "Units that may vanish at any step cannot rely on each other."
ELLA = Student("ella", {"en": REASON}, run="en")
BEA = Student("bea", {"zh": "（没有写）", "en": REASON}, run="en", edits=(WRONG_GRADIENT,))


@dataclass(frozen=True)
class Graded:
    """A graded course: where it is, and what nbgrader said when it collected the zips."""

    folder: Path
    collected: str

    def feedback(self, one: Student) -> str:
        """The HTML of a student's feedback page."""
        path = self.folder / "feedback" / one.name / ASSIGNMENT / f"{ASSIGNMENT}.html"
        return path.read_text(encoding="utf-8")

    def page(self, one: Student) -> str:
        """The text of a student's feedback page."""
        text = re.sub(r"<(style|script)\b.*?</\1>", "", self.feedback(one), flags=re.DOTALL)
        return html.unescape(re.sub(r"<[^>]*>", "", text))

    @contextmanager
    def notebooks(self, one: Student) -> Iterator[list[Any]]:
        """A student's notebooks in the gradebook."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as gradebook:
            yield list(gradebook.find_submission(ASSIGNMENT, one.name).notebooks)


@pytest.fixture(scope="module")
def graded(root: Path, generated_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Graded:
    folder = tmp_path_factory.mktemp("english") / "course"
    copy_course(root, generated_course, folder, [ELLA, BEA])
    settings = folder / "dasecv.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"notebooks": "run"}))
    collected = nbgrader(folder, "zip_collect", ASSIGNMENT)
    nbgrader(folder, "autograde", ASSIGNMENT)
    nbgrader(folder, "generate_feedback", ASSIGNMENT)
    return Graded(folder, collected)


@pytest.mark.parametrize("one", [ELLA, BEA], ids=lambda one: one.name)
def test_nbgrader_has_one_notebook_whose_questions_need_a_manual_grade(
    graded: Graded, one: Student
) -> None:
    with graded.notebooks(one) as notebooks:
        [notebook] = notebooks
        waiting = {grade.name for grade in notebook.grades if grade.needs_manual_grade}

        assert notebook.name == ASSIGNMENT
        assert waiting == set(QUESTIONS)
        assert notebook.max_score == 100


def test_a_right_solution_earns_all_automatic_points(graded: Graded) -> None:
    with graded.notebooks(ELLA) as [notebook]:
        assert notebook.score == 80


def test_a_mistake_loses_only_its_own_part(graded: Graded) -> None:
    with graded.notebooks(BEA) as [notebook]:
        lost = {g.name: g.auto_score for g in notebook.grades if g.auto_score != g.max_score}

    assert {name: score for name, score in lost.items() if name not in QUESTIONS} == {
        "dropout_backward": 25 * (1 - 3 / 4)
    }


def test_of_two_notebooks_the_one_that_was_run_is_collected(graded: Graded) -> None:
    assert f"{ASSIGNMENT}.ipynb is ignored: more cells of another language are run" in (
        graded.collected
    )
    submitted = graded.folder / "submitted" / BEA.name / ASSIGNMENT
    assert [path.name for path in submitted.glob("*.ipynb")] == [f"{ASSIGNMENT}.ipynb"]
    assert REASON in (submitted / f"{ASSIGNMENT}.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize("one", [ELLA, BEA], ids=lambda one: one.name)
def test_feedback_is_in_english_throughout(graded: Graded, one: Student) -> None:
    page = graded.page(one)

    assert "✓ dropout_forward: right" in page
    assert "Question 1" in page
    assert page.count(REASON) == 2
    assert re.findall("[\u4e00-\u9fff]+", page) == []


def test_a_mistake_is_explained_in_english(graded: Graded) -> None:
    page = graded.page(BEA)

    assert "✗ dropout_backward: partly right" in page
    assert "hint:     The right entries pass, but the gradient is not multiplied" in page
    assert re.search(r"dx is wrong\s+got: +dx\[\d+, \d+\] = ", page)
    assert "✓ dropout_net: not charged here" in page
    assert "daseCV.fast_layers: " not in page, "given code's words, as if the student printed them"


def test_the_cells_of_an_english_notebook_were_run(graded: Graded) -> None:
    page = graded.page(ELLA)

    assert "ready (" in page
    assert "share of zeros 0.750" in page
    assert "submission.zip" in page, "the last cell could not write its zip"


def test_pictures_are_not_framed_in_red(graded: Graded) -> None:
    """A page frames pictures without a description in red, as if they were wrong."""
    assert 'alt="figure"' in graded.feedback(ELLA)
    assert "No description has been provided" not in graded.feedback(ELLA)
