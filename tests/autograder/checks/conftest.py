"""Shared by the tests of styles and of wrong answers: grade the reference with something added.

What is added stands at the end of a student-owned file and so takes the reference's place.
"""

import textwrap
from collections.abc import Callable

import pytest

from autograder.grading.report import CheckReport, Report
from tools.audit.styles import append_code

Owned = dict[str, bytes]
GradeAdded = Callable[..., Report]

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
def assert_full_share(grade_added: GradeAdded) -> Callable[..., None]:
    """A function that insists on the full share of each check, and on nothing said against it."""

    def assert_full_share(file: str, code: str, *checks: str) -> None:
        report = grade_added(file, code, *checks)

        assert {check.name: (check.share, check.reasons) for check in report.checks} == {
            name: (1.0, ()) for name in checks
        }

    return assert_full_share


@pytest.fixture(scope="session")
def spoil_layer(grade_added: GradeAdded) -> GradeAdded:
    """A function that puts lines in a layer's place and asks checks: its own unless others."""

    def spoil_layer(name: str, lines: str, *checks: str) -> Report:
        code = SPOILED.format(name=name, lines=lines.replace("\n", "\n        "))
        return grade_added("daseCV/layers.py", code, *(checks or [name]))

    return spoil_layer


@pytest.fixture(scope="session")
def spoil(spoil_layer: GradeAdded) -> Callable[..., CheckReport]:
    """A function that does so for one check, and returns what became of it."""

    def spoil(*given: str) -> CheckReport:
        [check] = spoil_layer(*given).checks
        return check

    return spoil


@pytest.fixture(scope="session")
def assert_said() -> Callable[..., None]:
    """A function that insists on each phrase in a reason, and on the question."""

    def assert_said(reason: str, *phrases: str) -> None:
        assert [phrase for phrase in (*phrases, "asked:") if phrase not in reason] == [], reason

    return assert_said
