"""`dasecv new question` in a copy of the repository: its files work and can be changed.

Its own tests are run by test_adapting.py.
"""

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from support.checkout import copy_checkout, run

pytestmark = pytest.mark.slow

CHECKS = ("daseCV/checks/questions", "autograder/checks/questions", "tests/autograder/checks/test_")


def replace_texts(path: Path, *changes: tuple[str, str]) -> None:
    """Replace texts, each of which occurs once in a file."""
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, (path.name, old)
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def checkout(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the repository with the unchanged new question `leaky_relu`."""
    copy = copy_checkout(root, tmp_path_factory.mktemp("checkout") / "copy")
    run(copy, "autograder", "new", "question", "leaky_relu", "--after", "dropout_backward")
    run(copy, "autograder", "release")
    return copy


@pytest.fixture(scope="module")
def changed_checkout(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of `checkout` whose question is changed to a leaky ReLU, and released."""
    copy = tmp_path_factory.mktemp("changed") / "checkout"
    shutil.copytree(checkout, copy)
    layers = copy / "daseCV/layers.py"
    before, function = layers.read_text(encoding="utf-8").split("def leaky_relu(")
    docstring = "Square every number.", "Let a tenth pass of what is negative."
    function = function.replace(*docstring, 1)
    function = function.replace("out = x * x", "out = np.where(x > 0, x, 0.1 * x)", 1)
    layers.write_text(f"{before}def leaky_relu({function}", encoding="utf-8")
    given = "[[4.0, 0.0, 9.0], [0.25, 2.25, 100.0]]", "[[-0.2, 0.0, 3.0], [0.5, -0.15, 10.0]]"
    replace_texts(copy / CHECKS[0] / "leaky_relu.py", given)
    promise = "Square every number.", "Let a tenth pass of what is negative."
    replace_texts(copy / CHECKS[1] / "leaky_relu.py", promise)
    solution = "out = x * x", "out = np.where(x > 0, x, 0.1 * x)"
    replace_texts(copy / f"{CHECKS[2]}leaky_relu.py", solution)
    run(copy, "autograder", "release")
    return copy


def test_the_release_holds_the_new_blank_check_and_text(checkout: Path) -> None:
    release = checkout / "assignment"

    assert "leaky_relu is not written yet" in (release / "daseCV/layers.py").read_text("utf-8")
    assert (release / "daseCV/checks/questions/leaky_relu.py").exists()
    for notebook in ("Dropout.ipynb", "Dropout.en.ipynb"):
        assert 'check(\\"leaky_relu\\")' in (release / notebook).read_text("utf-8")


def test_a_release_without_the_hidden_check_is_refused(checkout: Path, tmp_path: Path) -> None:
    copy = tmp_path / "checkout"
    shutil.copytree(checkout, copy)
    (copy / CHECKS[1] / "leaky_relu.py").unlink()

    done = subprocess.run(
        [sys.executable, "-m", "autograder", "release"],
        capture_output=True,
        text=True,
        cwd=copy,
        check=False,
    )

    assert done.returncode == 1
    assert "Dropout.ipynb, the graded cell leaky_relu: no hidden check" in done.stdout + done.stderr


def test_a_changed_question_gives_the_right_marks(changed_checkout: Path, tmp_path: Path) -> None:
    course = tmp_path / "course"
    run(changed_checkout, "autograder", "course", "init", str(course))
    right = (changed_checkout / "daseCV/layers.py").read_text(encoding="utf-8")
    texts = {"right": right, "wrong": right.replace("x, 0.1 * x", "x, 0.2 * x")}
    for student, text in texts.items():
        with zipfile.ZipFile(tmp_path / f"{student}.zip", "w") as archive_folder:
            archive_folder.writestr("daseCV/layers.py", text)
            for name in ("optim.py", "classifiers/fc_net.py", "classifiers/cnn.py"):
                archive_folder.write(changed_checkout / "daseCV" / name, f"daseCV/{name}")
            archive_folder.write(changed_checkout / "assignment/Dropout.ipynb", "Dropout.ipynb")
    zips = [str(tmp_path / f"{student}.zip") for student in texts]

    said = run(
        changed_checkout,
        "autograder",
        "grade",
        *zips,
        "--course",
        str(course),
        "--assignment",
        "Dropout",
    )

    marks = dict(re.findall(r"(right|wrong): ([\d.]+) /", said))
    assert float(marks["right"]) - float(marks["wrong"]) == 2.0
    assert "lost: leaky_relu" in said


def test_the_remains_of_a_dropped_question_are_named_and_the_rest_works(
    checkout: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "checkout"
    shutil.copytree(checkout, copy)
    path = copy / "source_notebooks/Dropout.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") != "leaky_relu"
    ]
    nbformat.write(notebook, path)

    said = run(copy, "autograder", "release")

    assert re.search(r"leaky_relu.py, line \d+: the check leaky_relu is in no notebook", said)
    assert "speaks of leaky_relu, which no cell asks for" in said
    assert "no check asks for the blank layers.leaky_relu" in said
    names = "from autograder.checks import CHECKS; print(list(CHECKS)[-1])"
    asked = subprocess.run(
        [sys.executable, "-c", names], capture_output=True, text=True, cwd=copy, check=True
    )
    assert asked.stdout.split() == ["leaky_relu"]
