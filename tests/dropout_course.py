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
    """Who hands in.

    Parameters
    ----------
    name : str
    notebooks : dict of str
        The notebooks in the zip, by language, each with the answer that stands in its questions.
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
    for one in students:
        hand_in(root, one, archive)


def hand_in(root: Path, one: Student, archive: Path) -> None:
    """Write a student's zip: notebooks, and `daseCV/` with the solutions in it."""
    reference = Reference(root)
    texts = {name: reference.text(Path(name)) for name in reference.student_owned()}
    for name, before, after in one.edits:
        assert texts[name].count(before) == 1
        texts[name] = texts[name].replace(before, after)
    for language, answer in one.notebooks.items():
        name = file_name(f"{ASSIGNMENT}.ipynb", language)
        released = (root / RELEASE / name).read_text(encoding="utf-8")
        texts[name] = worked_on(released, answer, run=language == one.run)
    with zipfile.ZipFile(archive / f"{one.name}.zip", "w") as file:
        for name, text in texts.items():
            file.writestr(name, text)


def worked_on(notebook: str, answer: str, run: bool) -> str:
    """A released notebook with answers to its questions, and with the signs of having been run."""
    content = json.loads(notebook)
    for number, cell in enumerate(content["cells"]):
        if cell["metadata"].get("nbgrader", {}).get("grade_id") in QUESTIONS:
            cell["source"] = answer
        if cell["cell_type"] == "code" and run:
            cell["execution_count"] = number
    return json.dumps(content, ensure_ascii=False)


def nbgrader(folder: Path, *arguments: str) -> str:
    """Run a command of nbgrader's in the course; return what it said.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    # nbgrader calls `alembic` by name: it stands beside the interpreter, in PATH or not.
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
