"""A class hands in zips, nbgrader grades them, and every submission gets its expected mark.

One course is graded for the whole module, with nbgrader's own commands and the quick profile. It
has dropped the checks that train, which take most of the time of a submission, and keeps notebooks
as they were handed in; test_english.py has a course that runs them.
"""

import csv
import html
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from autograder.course import init_course
from autograder.demo import (
    ASSIGNMENT,
    CLASS,
    LAYERS,
    SimulatedStudent,
    archive_folder,
    grade_class,
    hand_in,
    read_marks,
)
from autograder.hints import Mistake
from autograder.release.build import leaks_in
from autograder.release.leaks import read_texts
from autograder.release.notebooks import is_nbgrader, read_notebook
from autograder.release.reference import Reference
from daseCV.profile import VARIABLE

pytestmark = pytest.mark.slow

DROPPED = ("cnn_overfit", "cnn_one_epoch")
NOISE = Mistake(
    "noise",
    "layers.conv_forward_naive",
    {
        "    H_out": "    import sys, warnings\n"
        "    warnings.warn('four loops are slow')\n"
        "    print('four loops are slow', file=sys.stderr)\n"
        "    H_out",
    },
    "",
)

ADA, BEN, CHEN, DANA, EMRE, FAY = CLASS
# One submission has both mistakes and a right layer that prints and warns.
DANA_AND_EMRE = SimulatedStudent(
    "dana-and-emre",
    f"{DANA.story}; {EMRE.story}; the convolution warns",
    loses=(*DANA.loses, *EMRE.loses),
    mistakes=(*DANA.mistakes, *EMRE.mistakes, NOISE),
)
PLANTED = (ADA, BEN, CHEN, DANA_AND_EMRE, FAY)

# These students hand in right work with some files missing.
NOTEBOOK_ONLY = SimulatedStudent("gus", "handed in no daseCV/")
NO_LAYERS = SimulatedStudent("hana", "forgot layers.py")
LEFT_OUT = {NOTEBOOK_ONLY: "daseCV/", NO_LAYERS: LAYERS}

STUDENTS = (*PLANTED, *LEFT_OUT)


@dataclass(frozen=True)
class Course:
    """A graded course: where it is, and (score, maximum) of each check of each student."""

    folder: Path
    marks: dict[str, dict[str, tuple[float, float]]]

    def total(self, student: SimulatedStudent) -> float:
        return sum(score for score, _ in self.marks[student.student].values())

    def lost(self, student: SimulatedStudent) -> set[str]:
        checks = self.marks[student.student]
        return {name for name, (score, maximum) in checks.items() if score != maximum}


@pytest.fixture(scope="module")
def course(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Course:
    folder = tmp_path_factory.mktemp("round-trip") / "course"
    init_course(root, folder)
    for notebook in (folder / "source" / ASSIGNMENT).glob("*.ipynb"):
        drop_cells(notebook, DROPPED)
    for one in STUDENTS:
        submission = hand_in(root, one, archive_folder(folder))
        if one in LEFT_OUT:
            leave_out(submission, LEFT_OUT[one])
        if one in CHANGED_NOTEBOOKS:
            change_notebook(submission, CHANGED_NOTEBOOKS[one])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, "quick")
        # The reference is easy to reach: it is installed here, and first on the path.
        patch.setenv("PYTHONPATH", str(root))
        grade_class(folder)
    return Course(folder, read_marks(folder))


@pytest.fixture(scope="module")
def points(root: Path) -> dict[str, float]:
    """The points of each check, as the source notebook defines them."""
    notebook = read_notebook(root / "source_notebooks" / f"{ASSIGNMENT}.ipynb")
    graded = [cell.metadata.nbgrader for cell in notebook.cells if is_nbgrader(cell)]
    return {
        cell.grade_id: cell.points for cell in graded if cell.grade and cell.grade_id not in DROPPED
    }


def test_a_perfect_submission_gets_all_points(course: Course, points: dict[str, float]) -> None:
    assert course.total(ADA) == sum(points.values()) > 85


def test_an_untouched_release_gets_no_points(course: Course) -> None:
    assert course.total(BEN) == 0


def test_wrong_pooling_loses_only_the_points_of_pooling(
    course: Course, points: dict[str, float]
) -> None:
    pooling = points["max_pool_forward_naive"] + points["max_pool_backward_naive"]

    assert course.total(CHEN) == course.total(ADA) - pooling


@pytest.mark.parametrize("one", [CHEN, DANA_AND_EMRE], ids=lambda one: one.story)
def test_a_mistake_loses_the_expected_checks(course: Course, one: SimulatedStudent) -> None:
    assert course.lost(one) == set(one.loses)


def test_warnings_and_stderr_of_a_right_layer_lose_no_points(course: Course) -> None:
    """Nbgrader alone gives 0 to a graded cell that writes to stderr."""
    score, maximum = course.marks[DANA_AND_EMRE.student]["conv_forward_naive"]

    assert score == maximum > 0


@pytest.mark.parametrize("one", [CHEN, DANA_AND_EMRE], ids=["mangled", "garbage"])
def test_a_damaged_notebook_loses_no_further_points(course: Course, one: SimulatedStudent) -> None:
    assert course.lost(one) == set(one.loses)
    assert 0 < course.total(one) < 100


def test_a_syntax_error_loses_all_points_of_its_author(course: Course) -> None:
    assert course.total(FAY) == 0


def test_one_broken_submission_does_not_stop_the_class(
    course: Course, points: dict[str, float]
) -> None:
    assert set(course.marks) == {one.student for one in STUDENTS}
    for student, checks in course.marks.items():
        assert {name: maximum for name, (_, maximum) in checks.items()} == points, student
        feedback = course.folder / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
        assert feedback.exists(), student


@pytest.mark.parametrize(
    ("one", "earned"), [(NOTEBOOK_ONLY, 0), (NO_LAYERS, 2)], ids=lambda case: str(case)
)
def test_the_reference_on_this_machine_does_not_replace_missing_files(
    course: Course, one: SimulatedStudent, earned: float
) -> None:
    """Without layers, the network's initial parameters earn 2."""
    assert course.total(one) == earned


def test_a_wrong_dx_keeps_the_points_of_dw_and_db(course: Course) -> None:
    score, maximum = course.marks[DANA_AND_EMRE.student]["conv_backward_naive"]

    assert (score, maximum) == (8, 14)


def test_feedback_shows_what_was_asked_got_and_expected(course: Course) -> None:
    page = feedback(course, DANA_AND_EMRE)[f"{ASSIGNMENT}/{ASSIGNMENT}.html"]

    assert "✗ conv_backward_naive：部分对" in page
    for line in ("dx 不对", "得到：dx[", "应为：dx[", "问的是：x (2, 3, 6, 6)"):
        assert line in page


def test_grades_csv_holds_the_totals(course: Course) -> None:
    with (course.folder / "grades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    exported = {row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in rows}
    assert exported == {one.student: (course.total(one), course.total(ADA)) for one in STUDENTS}


def test_nbgraders_release_holds_no_solution(root: Path, course: Course) -> None:
    assert leaks_in(Reference(root), read_texts(course.folder / "release")) == []


def test_feedback_shows_no_solution_to_a_student_without_one(root: Path, course: Course) -> None:
    assert leaks_in(Reference(root), feedback(course, BEN)) == []


def test_feedback_shows_no_solution_except_in_the_students_own_files(
    root: Path, course: Course
) -> None:
    reference = Reference(root)
    texts = feedback(course, ADA)
    own = {name: texts.pop(f"{ASSIGNMENT}/{name}") for name in reference.student_owned()}

    assert leaks_in(reference, texts) == []
    assert leaks_in(reference, own), "the search finds nothing even where the solutions stand"


def drop_cells(path: Path, grade_ids: tuple[str, ...]) -> None:
    """Remove graded cells from a source notebook, as a course may."""
    notebook = nbformat.read(path, as_version=4)
    names = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    assert set(grade_ids) <= set(names)
    notebook.cells = [
        cell for cell, name in zip(notebook.cells, names, strict=True) if name not in grade_ids
    ]
    nbformat.write(notebook, path)


def leave_out(submission: Path, start: str) -> None:
    """Remove the files whose path begins with `start` from a zip."""
    with zipfile.ZipFile(submission) as file:
        kept = {name: file.read(name) for name in file.namelist() if not name.startswith(start)}
    with zipfile.ZipFile(submission, "w") as file:
        for name, content in kept.items():
            file.writestr(name, content)


def change_notebook(submission: Path, change: Callable[[str], str]) -> None:
    """Change the notebook in a zip."""
    name = f"{ASSIGNMENT}.ipynb"
    with zipfile.ZipFile(submission) as file:
        texts = {each: file.read(each).decode() for each in file.namelist()}
    texts[name] = change(texts[name])
    with zipfile.ZipFile(submission, "w") as file:
        for each, text in texts.items():
            file.writestr(each, text)


def mangle(text: str) -> str:
    """Do to graded cells what students, Colab and merges do to them."""
    notebook = nbformat.reads(text, as_version=4)
    graded = [cell for cell in notebook.cells if is_nbgrader(cell)]
    doubled, deleted, nameless, rich, emptied = graded[:5]
    notebook.cells.append(doubled)
    notebook.cells.remove(deleted)
    nameless.metadata.clear()
    rich.metadata.nbgrader.update(points=1000, locked=False)
    emptied.source = "print('full points, please')"
    notebook.cells.reverse()
    return nbformat.writes(notebook)


# Damage to notebooks: cells doubled, deleted, renamed and unlocked; a file that is no notebook.
CHANGED_NOTEBOOKS = {CHEN: mangle, DANA_AND_EMRE: lambda text: "<<<<<<< HEAD"}


def feedback(course: Course, one: SimulatedStudent) -> dict[str, str]:
    """All texts of a student's feedback, pages as a reader sees them."""
    texts = read_texts(course.folder / "feedback" / one.student)
    return {
        name: html.unescape(re.sub(r"<[^>]*>", "", text)) if name.endswith(".html") else text
        for name, text in texts.items()
    }
