"""Shared by the tests of styles and of wrong answers: judge the reference with code added to it.

The code is at the end of a student-owned file, and so takes the reference's place. Outside of the
long proof most of it runs in this process; what might end a process, or is kept from something by a
sandbox, is graded by a worker.
"""

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from support.local import judge, local_worker

from autograder.grading.report import CheckReport, Report
from tools.audit.styles import append_code

Owned = dict[str, bytes]
GradeAdded = Callable[..., Report]
JudgeAdded = Callable[..., Sequence[CheckReport]]

# `honest` is the solved layer, `given` its arguments.
SPOILED = """
    honest_{name} = {name}

    def {name}(*given):
        honest = honest_{name}
        {lines}
"""


@pytest.fixture(scope="session")
def grade_added(grade: Callable[..., Report], reference: Owned) -> GradeAdded:
    """A function that grades the reference with code added to one of its files."""

    def grade_added(file: str, code: str, *checks: str) -> Report:
        return grade(append_code(reference, file, textwrap.dedent(code)), *checks)

    return grade_added


@pytest.fixture(scope="session")
def judge_added(
    root: Path, grade_added: GradeAdded, reference: Owned, request: pytest.FixtureRequest
) -> JudgeAdded:
    """The same in this process, without explanations; returns the checks' reports."""

    def judge_added(file: str, code: str, *checks: str) -> Sequence[CheckReport]:
        if request.config.getoption("--proof"):
            return grade_added(file, code, *checks).checks
        source = append_code(reference, file, textwrap.dedent(code))[file].decode()
        # Its imports are of the copy of the library that it is part of.
        source = source.replace("\nfrom daseCV.", f"\nfrom {'.' * file.count('/')}")
        with local_worker(root, {file.removeprefix("daseCV/"): source}) as worker:
            return [judge(worker, name) for name in checks]

    return judge_added


@pytest.fixture(scope="session")
def spoil_layer(grade_added: GradeAdded) -> GradeAdded:
    """A function that puts lines in a layer's place and asks checks: its own unless others."""

    def spoil_layer(name: str, lines: str, *checks: str) -> Report:
        return grade_added("daseCV/layers.py", spoiled(name, lines), *(checks or [name]))

    return spoil_layer


@pytest.fixture(scope="session")
def spoil(judge_added: JudgeAdded) -> Callable[..., CheckReport]:
    """A function that does so for one check in this process, and returns its report."""

    def spoil(name: str, lines: str, check: str = "") -> CheckReport:
        [report] = judge_added("daseCV/layers.py", spoiled(name, lines), check or name)
        return report

    return spoil


def spoiled(name: str, lines: str) -> str:
    """Code that puts lines in a layer's place."""
    return SPOILED.format(name=name, lines=lines.replace("\n", "\n        "))


@pytest.fixture(scope="session")
def assert_said() -> Callable[..., None]:
    """A function that insists on each phrase in a reason, and on the question."""

    def assert_said(reason: str, *phrases: str) -> None:
        assert [phrase for phrase in (*phrases, "asked:") if phrase not in reason] == [], reason

    return assert_said
