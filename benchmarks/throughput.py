"""Grade twenty submissions with nbgrader alone and with daseCV; `grading.py` shows the times.

Twenty are right, with the course's notebook and with a trivial one; twenty are mixed, most with
mistakes, which daseCV explains and nbgrader does not. None is hostile: nbgrader alone would run it
outside any sandbox. The methods take turns, so that a drift of the machine's speed affects all.
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
from measure import time_call
from nbgrader.api import Gradebook
from simulated_class import write_class

from autograder.course import init_course
from autograder.folders import RELEASE

NAME = "Dropout"
NOTEBOOK = f"{NAME}.ipynb"
STUDENTS = 20
SAMPLES = {"right": ("right",), "mixed": ("right", "mistaken", "started", "broken")}
CASES = (("right", "its own"), ("right", "trivial"), ("mixed", "trivial"))
NOTEBOOK_SETTINGS = ("run", "skip")  # values of "notebooks" in dasecv.json

STOCK = """
del c.Autograde.exporter_class
del c.CourseDirectory.ignore
c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors.Execute", *c.Autograde.autograde_preprocessors[1:]
]
c.Execute.timeout = 1800
"""
Times = dict[tuple[str, str, str], float]


def measure_throughput(folder: Path, rounds: int) -> Times:
    """Seconds per submission: the median for each sample, kind of notebook and method."""
    found: dict[tuple[str, str, str], list[float]] = {}
    for sample, notebook in CASES:
        members = write_class(ROOT, 10 * STUDENTS, folder / sample / "class", BLANKS[NAME])
        zips = [member.path for member in members if member.kind in SAMPLES[sample]][:STUDENTS]
        for number in range(rounds):
            at = folder / sample / notebook / str(number)
            for way, grade in make_courses(at, zips, notebook == "trivial").items():
                each = time_call(grade) / STUDENTS
                count_marks(at / way)
                print(f"{sample}, {notebook}, {way}: {each:.2f} s", flush=True)
                found.setdefault((sample, notebook, way), []).append(each)
    return {key: statistics.median(times) for key, times in found.items()}


def make_courses(folder: Path, zips: list[Path], trivial: bool) -> dict[str, Callable[[], None]]:
    """Make a course for each method, with everything handed in; return functions that grade it."""
    ways: dict[str, Callable[[], None]] = {}
    for way in ("nbgrader", *NOTEBOOK_SETTINGS):
        course = folder / way
        init_course(ROOT, course)
        if trivial:
            empty_notebook(course / "source" / NAME / NOTEBOOK)
        if way == "run":
            settings = course / "dasecv.json"
            settings.write_text(settings.read_text().replace('"skip"', '"run"'))
        if way == "nbgrader":
            with (course / "nbgrader_config.py").open("a") as config:
                config.write(STOCK)
        run_nbgrader(course, "generate_assignment", NAME)
        for path in zips:
            hand_in(path, course)
        grade = grade_with_nbgrader if way == "nbgrader" else grade_with_dasecv
        ways[way] = partial(grade, course)
    return ways


def empty_notebook(path: Path) -> None:
    """Reduce a notebook to its graded cells, each with a true assert, and a cell that prints."""
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
    """Write what nbgrader reads: the released notebook, and the student's files beside it."""
    target = course / "submitted" / path.stem / NAME
    target.mkdir(parents=True)
    shutil.copytree(ROOT / RELEASE / "daseCV", target / "daseCV")
    for built in (ROOT / "daseCV").glob("*.so"):  # otherwise each notebook would build it
        shutil.copy(built, target / "daseCV")
    shutil.copy(course / "release" / NAME / NOTEBOOK, target)
    with zipfile.ZipFile(path) as archive:
        archive.extractall(target)


def grade_with_nbgrader(course: Path) -> None:
    """Grade with nbgrader alone."""
    run_nbgrader(course, "autograde", NAME)


def grade_with_dasecv(course: Path) -> None:
    """Grade with daseCV, and write all marks to nbgrader's gradebook."""
    run(course, "autograder", "grade", "submitted", "--assignment", NAME)
    run(course, "autograder", "gradebook", "--assignment", NAME)


def run_nbgrader(course: Path, *arguments: str) -> None:
    """Run an nbgrader command in a course."""
    run(course, "nbgrader", *arguments)


def run(course: Path, *arguments: str) -> None:
    """Run a module of this Python in a course; keep its log, ignore its exit status."""
    variables = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
    }
    with (course / "log.txt").open("ab") as log:
        subprocess.run(
            [sys.executable, "-m", *arguments], cwd=course, env=variables, stdout=log, stderr=log
        )


def count_marks(course: Path) -> None:
    """Require that each student is graded in the gradebook."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        submissions = gradebook.assignment_submissions(NAME)
        found = [submission for submission in submissions if submission.notebooks]
        if len(found) != STUDENTS:
            raise SystemExit(f"{len(found)} of {STUDENTS} were graded, see {course / 'log.txt'}")


def make_table(times: Times) -> str:
    """Make the table of docs/grading_cost.md."""
    rows = []
    for case in CASES:
        stock, *rest = (times[(case[0], case[1], way)] for way in ("nbgrader", *NOTEBOOK_SETTINGS))
        cells = [f"{each:.2f} ({stock / each:.1f})" for each in rest]
        rows.append(f"| {', '.join(case)} | {stock:.2f} | {' | '.join(cells)} |")
    return "\n".join(rows)
