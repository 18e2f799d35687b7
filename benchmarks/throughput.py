"""Twenty submissions graded by nbgrader alone and by ours, in one run; `grading.py` shows them.

Twenty right ones, with the course's notebook and with a trivial one, and twenty mixed ones, most
of them with mistakes, whose causes ours looks for and nbgrader does not. Nothing hostile: nbgrader
alone would run it outside any sandbox. The ways take turns, so that a machine whose speed drifts
changes all of them alike.
"""

import os
import shutil
import statistics
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat
from fleet_proof import BLANKS, ROOT
from measure import seconds
from nbgrader.api import Gradebook
from simulated_class import write_class

from autograder.course import init_course
from autograder.folders import RELEASE

NAME = "Dropout"
NOTEBOOK = f"{NAME}.ipynb"
STUDENTS = 20
SAMPLES = {"right": ("right",), "mixed": ("right", "mistaken", "started", "broken")}
CASES = (("right", "its own"), ("right", "trivial"), ("mixed", "trivial"))
OURS = ("run", "skip")  # the course's notebooks

STOCK = """
del c.Autograde.exporter_class
del c.CourseDirectory.ignore
c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors.Execute", *c.Autograde.autograde_preprocessors[1:]
]
c.Execute.timeout = 1800
"""
Times = dict[tuple[str, str, str], float]


def throughput(folder: Path, rounds: int) -> Times:
    """Seconds for each submission: the median of each sample, kind of notebook and way."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for sample, notebook in CASES:
        members = write_class(ROOT, 10 * STUDENTS, folder / sample / "class", BLANKS[NAME])
        zips = [one.path for one in members if one.kind in SAMPLES[sample]][:STUDENTS]
        for number in range(rounds):
            at = folder / sample / notebook / str(number)
            for way, grade in made(at, zips, notebook == "trivial").items():
                each = seconds(grade) / STUDENTS
                count_marks(at / way)
                print(f"{sample}, {notebook}, {way}: {each:.2f} s", flush=True)
                found.setdefault((sample, notebook, way), []).append(each)
    return {key: statistics.median(times) for key, times in found.items()}


def made(folder: Path, zips: list[Path], trivial: bool) -> dict[str, Callable[[], None]]:
    """A course for each way to grade, with everything handed in; what to call to grade it."""
    ways: dict[str, Callable[[], None]] = {}
    for way in ("nbgrader", *OURS):
        course = folder / way
        init_course(ROOT, course)
        if trivial:
            emptied(course / "source" / NAME / NOTEBOOK)
        if way == "run":
            settings = course / "dasecv.json"
            settings.write_text(settings.read_text().replace('"skip"', '"run"'))
        if way == "nbgrader":
            with (course / "nbgrader_config.py").open("a") as config:
                config.write(STOCK)
        nbgrader(course, "generate_assignment", NAME)
        for path in zips:
            hand_in(path, course)
        grade = alone if way == "nbgrader" else ours
        ways[way] = partial(grade, course)
    return ways


def emptied(path: Path) -> None:
    """Leave the graded cells of a notebook, each with a line that is true, and one cell more."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [
        cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade")
    ]
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.source = "assert 1 + 1 == 2"
    notebook.cells.insert(0, nbformat.v4.new_code_cell("print('hello')"))
    nbformat.write(notebook, path)


def hand_in(path: Path, course: Path) -> None:
    """What nbgrader reads: the released notebook, and the student's files beside it."""
    target = course / "submitted" / path.stem / NAME
    target.mkdir(parents=True)
    shutil.copytree(ROOT / RELEASE / "daseCV", target / "daseCV")
    for built in (ROOT / "daseCV").glob("*.so"):  # or each notebook would build it for nbgrader
        shutil.copy(built, target / "daseCV")
    shutil.copy(course / "release" / NAME / NOTEBOOK, target)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(target)


def alone(course: Path) -> None:
    """Grade with nbgrader, as it comes."""
    nbgrader(course, "autograde", NAME)


def ours(course: Path) -> None:
    """Grade with ours, and bring all marks into nbgrader's gradebook."""
    run(course, "autograder", "grade", "submitted", "--assignment", NAME)
    run(course, "autograder", "gradebook", "--assignment", NAME)


def nbgrader(course: Path, *arguments: str) -> None:
    """Run one of nbgrader's commands in a course."""
    run(course, "nbgrader", *arguments)


def run(course: Path, *arguments: str) -> None:
    """Run a command of this Python's in a course; its end decides nothing, its log is kept."""
    variables = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
    }
    with (course / "log.txt").open("ab") as log:
        subprocess.run(
            [sys.executable, "-m", *arguments], cwd=course, env=variables, stdout=log, stderr=log
        )


def count_marks(course: Path) -> None:
    """See that each student is in the gradebook, graded."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        found = [one for one in gradebook.assignment_submissions(NAME) if one.notebooks]
        if len(found) != STUDENTS:
            raise SystemExit(f"{len(found)} of {STUDENTS} were graded, see {course / 'log.txt'}")


def table(times: Times) -> str:
    """The table of docs/grading_cost.md."""
    rows = []
    for case in CASES:
        stock, *rest = (times[(case[0], case[1], way)] for way in ("nbgrader", *OURS))
        cells = [f"{each:.2f} ({stock / each:.1f})" for each in rest]
        rows.append(f"| {', '.join(case)} | {stock:.2f} | {' | '.join(cells)} |")
    return "\n".join(rows)
