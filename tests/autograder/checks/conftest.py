"""Shared by the tests of styles and of wrong answers: judge the reference with code added to it.

The code is added to the end of a student-owned file and so replaces the reference's. Outside the
long proof most of it runs in this process; a worker grades code that might end the process or that
the sandbox restricts.
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
        # It imports the copy of the library that it is part of.
        source = source.replace("\nfrom daseCV.", f"\nfrom {'.' * file.count('/')}")
        with local_worker(root, {file.removeprefix("daseCV/"): source}) as worker:
            return [judge(worker, name) for name in checks]

    return judge_added


@pytest.fixture(scope="session")
def spoil_layer(grade_added: GradeAdded) -> GradeAdded:
    """A function that replaces a layer by lines and grades its own check, or the checks given."""

    def spoil_layer(name: str, lines: str, *checks: str) -> Report:
        return grade_added("daseCV/layers.py", spoiled_code(name, lines), *(checks or [name]))

    return spoil_layer


@pytest.fixture(scope="session")
def spoil(judge_added: JudgeAdded) -> Callable[..., CheckReport]:
    """A function that does so for one check in this process and returns its report."""

    def spoil(name: str, lines: str, check: str = "") -> CheckReport:
        [report] = judge_added("daseCV/layers.py", spoiled_code(name, lines), check or name)
        return report

    return spoil


def spoiled_code(name: str, lines: str) -> str:
    """Code that replaces a layer by lines."""
    return SPOILED.format(name=name, lines=lines.replace("\n", "\n        "))


@pytest.fixture(scope="session")
def assert_mentions() -> Callable[..., None]:
    """A function that requires each phrase, and the question, in a reason."""

    def assert_mentions(reason: str, *phrases: str) -> None:
        assert [phrase for phrase in (*phrases, "asked:") if phrase not in reason] == [], reason

    return assert_mentions
