"""A course of one week, Dropout, the fastest to grade; with students who work in English.

For tests of a round trip and of nbgrader's formgrader.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from autograder.demo import NBGRADER
from autograder.folders import RELEASE
from autograder.release.languages import file_name
from autograder.release.reference import Reference
from daseCV.profile import VARIABLE

ASSIGNMENT = "Dropout"
QUESTIONS = ("dropout_question_1", "dropout_question_2")
WRONG_GRADIENT = ("daseCV/layers.py", "dx = dout * mask", "dx = dout * (mask > 0)")


@dataclass(frozen=True)
class Student:
    """A student who hands in a zip.

    Parameters
    ----------
    name : str
    notebooks : dict of str
        The notebooks in the zip, by language, each with the answer to its questions.
    run : str
        The language of the notebook whose cells have been run.
    edits : tuple of (file, before, after)
        Mistakes in what is otherwise the reference.
    """

    name: str
    notebooks: dict[str, str]
    run: str
    edits: tuple[tuple[str, str, str], ...] = field(default=())


def copy_course(root: Path, generated: Path, folder: Path, students: list[Student]) -> None:
    """Copy the generated course, and put the students' zips where nbgrader collects them."""
    shutil.copytree(generated, folder)
    archive = folder / "downloaded" / ASSIGNMENT / "archive"
    archive.mkdir(parents=True)
    for student in students:
        hand_in(root, student, archive)


def hand_in(root: Path, student: Student, archive: Path) -> None:
    """Write a student's zip: notebooks, and `daseCV/` with the solutions in it."""
    reference = Reference(root)
    texts = {name: reference.text(Path(name)) for name in reference.student_owned()}
    for name, before, after in student.edits:
        assert texts[name].count(before) == 1
        texts[name] = texts[name].replace(before, after)
    for language, answer in student.notebooks.items():
        name = file_name(f"{ASSIGNMENT}.ipynb", language)
        released = (root / RELEASE / name).read_text(encoding="utf-8")
        texts[name] = answer_notebook(released, answer, run=language == student.run)
    with zipfile.ZipFile(archive / f"{student.name}.zip", "w") as file:
        for name, text in texts.items():
            file.writestr(name, text)


def answer_notebook(notebook: str, answer: str, run: bool) -> str:
    """Answer a released notebook's questions; if `run`, number its cells as if they had run."""
    content = json.loads(notebook)
    for number, cell in enumerate(content["cells"]):
        if cell["metadata"].get("nbgrader", {}).get("grade_id") in QUESTIONS:
            cell["source"] = answer
        if cell["cell_type"] == "code" and run:
            cell["execution_count"] = number
    return json.dumps(content, ensure_ascii=False)


def nbgrader(folder: Path, *arguments: str) -> str:
    """Run an nbgrader command in the course; return its output.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    # nbgrader calls `alembic` by name: it is beside the interpreter, which may not be in PATH.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = os.environ | {"PATH": path, VARIABLE: "tiny"}
    run = subprocess.run(
        [sys.executable, "-c", NBGRADER, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    if run.returncode:
        raise RuntimeError(f"nbgrader {' '.join(arguments)}:\n{run.stderr[-3000:]}")
    return run.stdout + run.stderr
