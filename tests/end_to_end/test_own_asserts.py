"""A cell with a course's own asserts: if dasecv.json names it they decide; else grading stops."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from dropout_course import ASSIGNMENT, Student, copy_course
from nbformat import v4

pytestmark = pytest.mark.slow

ASSERTS = """\
import numpy as np
from daseCV.layers import relu_forward

assert relu_forward(np.array([-1.0, 2.0]))[0].tolist() == [0.0, 2.0]
"""
WRONG_RELU = ("daseCV/layers.py", "out = np.maximum(x, 0)", "out = np.abs(x)")
CLASS = [
    Student("right", {"zh": "…"}, "zh"),
    Student("wrong", {"zh": "…"}, "zh", edits=(WRONG_RELU,)),
]


@pytest.fixture(scope="module")
def course(root: Path, generated_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose notebook holds a check and a cell of 4 points with its own asserts."""
    folder = tmp_path_factory.mktemp("asserts") / "course"
    copy_course(root, generated_course, folder, CLASS)
    source = folder / "source" / ASSIGNMENT / f"{ASSIGNMENT}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    [ours] = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "dropout_forward"
    ]
    own = v4.new_code_cell(ASSERTS)
    own.metadata["nbgrader"] = {
        **ours.metadata["nbgrader"],
        "grade_id": "relu_asserts",
        "points": 4,
    }
    notebook.cells = [own, ours]
    nbformat.write(notebook, source)
    return folder


def grade(course: Path) -> "subprocess.CompletedProcess[str]":
    archive_folder = course / "downloaded" / ASSIGNMENT / "archive"
    options = ["--course", str(course), "--assignment", ASSIGNMENT]
    return subprocess.run(
        [sys.executable, "-m", "autograder", "grade", str(archive_folder), *options],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"DASECV_PROFILE": "tiny"},
    )


def test_a_graded_cell_without_check_or_named_asserts_stops_the_grading(course: Path) -> None:
    done = grade(course)

    assert done.returncode == 1
    assert "nothing decides the graded cells relu_asserts" in done.stdout + done.stderr


def test_asserts_of_a_cell_named_in_the_settings_decide_its_points(course: Path) -> None:
    settings = course / "dasecv.json"
    named = json.loads(settings.read_text()) | {"own_asserts": ["relu_asserts"]}
    settings.write_text(json.dumps(named))

    done = grade(course)

    marks = dict(re.findall(r"(right|wrong): ([\d.]+) /", done.stdout))
    assert float(marks["right"]) - float(marks["wrong"]) == 4
    assert "lost: relu_asserts" in done.stdout
