"""The same hostile inputs at every entry: `collect`, `grade`, Gradescope's autograder, nbgrader."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.made_up import RIGHT, make_course
from support.submissions import zip_of
from typer.testing import CliRunner

from autograder.cli import app
from autograder.collecting.submission import RefusedSubmission
from autograder.course import Course
from autograder.fleet import Fleet, IncomingSubmission
from autograder.fleet.engines import LocalEngine
from autograder.grading.grade import Grader
from autograder.grading.report import Report
from autograder.results.gradescope import __main__ as gradescope
from autograder.texts import UNSAFE

COPIES = {f"{n}/daseCV/layers.py": b"#" for n in range(2_000)}
FORGED = {"dasecv-collected.json": b'{"refused": "\\ud800"}'}
EMPTY = b'{"cells": [], "metadata": {"x": [%s{}]}}' % (b"{}," * 2_000_000)
MODULE = {"daseCV/layers.py": b"x = 1\n"}
INPUTS: dict[str, tuple[bytes, str]] = {
    "a name without end": (zip_of(MODULE | {f"notes{' copy 1' * 30}!.ipynb": b"{}"}), "graded"),
    "two thousand copies": (zip_of(COPIES), "graded"),
    "empty objects": (zip_of(MODULE | {"Dropout.ipynb": EMPTY}), "graded"),
    "a forged note": (zip_of(MODULE | FORGED), "graded"),
    "deep JSON": (zip_of(MODULE | {"Dropout.ipynb": b"[" * 100_000}), "graded"),
    "deep code": (zip_of({"daseCV/layers.py": b"x = " + b"(" * 5_000}), "graded"),
    "a way out": (zip_of({"../layers.py": b""}), "refused"),
    "a long name": (zip_of({"x" * 5_000: b""}), "refused"),
    "half a zip": (zip_of(MODULE)[:60], "refused"),
}  # fmt: skip
each = pytest.mark.parametrize("kind", INPUTS)


class AllRight(SimpleNamespace):
    def grade(self, submission: Any, *_: Any) -> Report:
        return Report("graded", RIGHT.checks, notes=submission.notes)


@pytest.fixture
def course(root: Path, tmp_path: Path) -> Course:
    return make_course(root, tmp_path / "course")


@pytest.fixture
def hand_in(tmp_path: Path) -> Callable[[str], Path]:
    """A class of an honest student and a hostile one."""

    def write(kind: str) -> Path:
        folder = tmp_path / "class"
        folder.mkdir()
        (folder / "eve.zip").write_bytes(INPUTS[kind][0])
        (folder / "ada.zip").write_bytes(zip_of(MODULE))
        return folder

    return write


@each
def test_collect_accepts_the_honest_submission_and_reports_the_hostile_one(
    kind: str, course: Course, hand_in: Callable[[str], Path]
) -> None:
    result = CliRunner().invoke(
        app,
        ["collect", str(hand_in(kind)), "--as", "class", "--assignment", "Dropout"]
        + ["--course", str(course.folder), "--yes"],
    )

    assert result.exit_code == 0, result.output
    assert (course.directory("submitted", "ada", "Dropout") / "daseCV/layers.py").is_file()
    assert UNSAFE.search(result.output) is None
    assert ("eve: refused" in result.output) == (INPUTS[kind][1] == "refused")


@each
def test_gradescope_s_autograder_gives_a_report(
    kind: str, course: Course, hand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gradescope, "prepare", lambda *_: (None, None))
    monkeypatch.setattr(Grader, "grade", lambda self, submission: AllRight().grade(submission))

    report = gradescope.report_of(course, "Dropout", hand_in(kind) / "eve.zip")

    assert report.status == INPUTS[kind][1]


@each
def test_nbgrader_grades_an_unpacked_submission(
    kind: str, course: Course, hand_in: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """zip_collect leaves modules and notebooks in `submitted`, and autograde looks them up."""
    monkeypatch.setattr(Fleet, "engine", lambda *_: LocalEngine(AllRight()))  # type: ignore[arg-type]
    folder = course.directory("submitted", "eve", "Dropout")
    try:
        with zipfile.ZipFile(hand_in(kind) / "eve.zip") as archive:
            archive.extractall(folder)
    except (OSError, zipfile.BadZipFile):
        folder.mkdir(parents=True, exist_ok=True)
    fleet = Fleet(course, "Dropout", "bubblewrap")

    try:
        known = fleet.look_up(IncomingSubmission("eve", folder))
    except RefusedSubmission as error:
        raise AssertionError("a refusal is a report") from error
    [done] = fleet.grade([IncomingSubmission("eve", folder)])

    assert known is None or known.status == "refused"
    assert done.report.status in ("graded", "refused")
