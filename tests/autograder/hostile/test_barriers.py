"""If any error is raised while one submission is read or graded, the others are graded.

Every function of the modules that read submissions raises in turn, for one student.
"""

import functools
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from support.made_up import RIGHT, make_course
from support.submissions import zip_of

from autograder.collecting import (
    archives,
    files,
    layout,
    modules,
    names,
    notebook_json,
    notebooks,
    own_code,
    submission,
)
from autograder.collecting.plan import make_plan
from autograder.collecting.submission import Submission
from autograder.course import Course
from autograder.fleet import Fleet
from autograder.fleet.engines import LocalEngine
from autograder.grading import markdown, outputs, repair
from autograder.grading.report import Report
from autograder.results.marks import read_marks
from autograder.results.page import write_pages
from daseCV.errors import DaseCVError

READERS = (
    *(archives, files, layout, modules, names, notebook_json, notebooks, own_code, submission),
)
KINDS = (RecursionError, MemoryError, RuntimeError, UnicodeEncodeError("utf-8", "x", 0, 1, "no"))
# Functions that also read the course's own files, or only show names.
OF_ALL = {"restore_given_functions", "is_extensible", "raise_error", "readable", "text_of_name"}

WITH_BARRIER = {"repair.repair", "repair._repair", "outputs.read_outputs", "repair.blanks_of"}


def functions_of(modules: tuple[ModuleType, ...]) -> dict[str, Callable[..., Any]]:
    return {
        f"{module.__name__.rpartition('.')[2]}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and name not in OF_ALL
    }


def is_mallorys(value: Any) -> bool:
    """Whether an argument comes from the hostile submission."""
    if isinstance(value, bytes):
        return b"mallory" in value
    if isinstance(value, dict):
        return any(map(is_mallorys, value))
    return isinstance(value, str | Path) and "mallory" in str(value).removeprefix("/tmp")


def raise_for_mallory(
    patch: pytest.MonkeyPatch, function: Callable[..., Any], error: Any, seen: list[str]
) -> None:
    """Replace a function, wherever it is imported, by one that raises for one student."""

    @functools.wraps(function)
    def raising(*given: Any, **named: Any) -> Any:
        if any(map(is_mallorys, (*given, *named.values()))):
            seen.append(function.__name__)
            raise error
        return function(*given, **named)

    for module in list(sys.modules.values()):
        if module is not None and module.__name__.startswith("autograder"):
            for name, value in list(vars(module).items()):
                if value is function:
                    patch.setattr(module, name, raising)


class AllRight:
    """Replaces the grader."""

    def grade(self, *_: Any) -> Report:
        return RIGHT


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("class") / "handed_in"
    (folder / "mallory" / "daseCV").mkdir(parents=True)
    (folder / "mallory" / "daseCV" / "layers.py").write_bytes(b"x = 1  # mallory\n")
    (folder / "mallory" / "daseCV" / "mallory.txt").write_bytes(b"")
    (folder / "mallory" / "Dropout.ipynb").write_bytes(b'{"cells": [], "metadata": {"mallory": 1}}')
    for student in ("ada", "bob"):
        (folder / f"{student}.zip").write_bytes(
            zip_of({"daseCV/layers.py": b"x = 1\n", "Dropout.ipynb": b'{"cells": []}'})
        )
    return folder


@pytest.fixture
def course(root: Path, tmp_path: Path) -> Course:
    return make_course(root, tmp_path / "course")


@pytest.fixture
def fleet(course: Course, monkeypatch: pytest.MonkeyPatch) -> Fleet:
    monkeypatch.setattr(Fleet, "engine", lambda *_: LocalEngine(AllRight()))  # type: ignore[arg-type]
    return Fleet(course, "Dropout", "bubblewrap")


def statuses(fleet: Fleet, course: Course, class_folder: Path, room: Path) -> dict[str, str]:
    plan = make_plan([class_folder], course.assignments, "Dropout", room)
    found = {one.origin.rpartition("/")[2]: "left" for one in plan.skipped}
    return found | {
        one.submission.student: one.report.status for one in fleet.grade(plan.submissions)
    }


@pytest.mark.parametrize("error", KINDS, ids=lambda error: getattr(error, "__name__", "Unicode"))
@pytest.mark.parametrize("name", functions_of(READERS))
def test_a_reader_that_raises_for_one_submission_stops_no_other(
    name: str,
    error: Any,
    fleet: Fleet,
    course: Course,
    class_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []
    raise_for_mallory(monkeypatch, functions_of(READERS)[name], error, seen)

    found = statuses(fleet, course, class_folder, tmp_path / "room")

    assert (found["ada"], found["bob"]) == ("graded", "graded")
    assert found["mallory"] in ("graded", "refused", "infrastructure", "left")
    if any(one.student == "mallory" for one in read_marks(course, "Dropout")):
        write_pages(tmp_path / "pages", "Dropout", read_marks(course, "Dropout"), "en")


def test_most_readers_are_tried(
    fleet: Fleet, course: Course, class_folder: Path, tmp_path: Path
) -> None:
    tried = []
    for number, (name, function) in enumerate(functions_of(READERS).items()):
        with pytest.MonkeyPatch.context() as patch:
            seen: list[str] = []
            raise_for_mallory(patch, function, RuntimeError, seen)
            statuses(fleet, course, class_folder, tmp_path / str(number))
            tried += [name] * bool(seen)

    assert len(tried) > 25


@pytest.mark.parametrize("error", KINDS[:3])
@pytest.mark.parametrize(
    "name", sorted(functions_of((markdown, outputs, repair)).keys() - WITH_BARRIER)
)
def test_a_notebook_is_repaired_even_if_a_helper_raises(
    name: str, error: Any, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = root / "assignment" / "Dropout.ipynb"
    raise_for_mallory(monkeypatch, functions_of((markdown, outputs, repair))[name], error, [])
    cell = b'{"cell_type": "markdown", "metadata": {}, "source": "<b> mallory [x](y)"}'

    repaired, _ = repair.repair(b'{"cells": [%s], "metadata": {}}' % cell, source)

    assert "dropout_forward" in repaired


@pytest.mark.parametrize("error", [RecursionError, MemoryError, KeyError])
def test_a_submission_for_which_the_grader_raises_has_no_mark(
    error: type[Exception],
    course: Course,
    class_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Raising(AllRight):
        def grade(self, one: Submission, *_: Any) -> Report:
            if b"mallory" in one.owned["daseCV/layers.py"]:
                raise error
            return RIGHT

    monkeypatch.setattr(Fleet, "engine", lambda *_: LocalEngine(Raising()))  # type: ignore[arg-type]
    fleet = Fleet(course, "Dropout", "bubblewrap")

    found = statuses(fleet, course, class_folder, tmp_path / "room")

    assert found == {"ada": "graded", "bob": "graded", "mallory": "infrastructure"}


def test_an_error_of_the_machine_stops_the_run(
    course: Course, class_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(AllRight):
        def grade(self, *_: Any) -> Report:
            raise DaseCVError("no room on the disk")

    monkeypatch.setattr(Fleet, "engine", lambda *_: LocalEngine(Broken()))  # type: ignore[arg-type]

    with pytest.raises(DaseCVError):
        statuses(Fleet(course, "Dropout", "bubblewrap"), course, class_folder, tmp_path / "room")
