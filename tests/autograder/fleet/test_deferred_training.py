"""Training can be deferred: no mark until it is done, and no other check is asked twice."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.checks import HiddenCheck
from autograder.collecting.incoming import IncomingSubmission
from autograder.course import init_course, read_course
from autograder.fleet import Fleet
from autograder.fleet import recipe as module
from autograder.grading.report import CheckReport
from autograder.grading.session import Session
from autograder.results.marks import read_marks

NAME, TRAINING = "FullyConnectedNets", "two_layer_training"
CHOSEN = ("relu_forward", TRAINING)


@pytest.fixture
def fleet(
    root: Path, tmp_path: Path, make_grader: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> Fleet:
    """A fleet that asks one check and one training check."""
    init_course(root, tmp_path / "course")
    grader = make_grader(checks=CHOSEN)
    monkeypatch.setattr(module, "images_folder", lambda: None)
    made = Fleet(read_course(tmp_path / "course"), NAME, "landlock", echo=lambda line: None)
    made.recipe = replace(made.recipe, checks=CHOSEN)
    vars(made)["grader"] = grader
    return made


@pytest.fixture
def submission(tmp_path: Path, root: Path) -> IncomingSubmission:
    """The reference, handed in by ada."""
    shutil.copytree(root / "daseCV", tmp_path / "ada/daseCV")
    return IncomingSubmission("ada", tmp_path / "ada")


@pytest.fixture
def asked_checks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the checks that are asked."""
    names: list[str] = []
    run = Session.run

    def note(session: Session, check: HiddenCheck) -> CheckReport:
        names.append(check.name)
        return run(session, check)

    monkeypatch.setattr(Session, "run", note)
    return names


def test_without_training_there_is_no_mark(
    fleet: Fleet, submission: IncomingSubmission, asked_checks: list[str]
) -> None:
    [done] = fleet.grade([submission], jobs=1, defer_training=True)

    assert asked_checks == ["relu_forward"]
    assert [check.outcome for check in done.report.checks] == ["right", "put off"]
    [marks] = read_marks(fleet.course, NAME)
    assert (marks.status, marks.score) == ("put off", None)
    assert fleet.look_up(submission) is None  # so nbgrader treats it as graded


def test_the_next_run_asks_only_the_training(
    fleet: Fleet, submission: IncomingSubmission, asked_checks: list[str]
) -> None:
    list(fleet.grade([submission], jobs=1, defer_training=True))

    [done] = fleet.grade([submission], jobs=1)

    assert asked_checks == ["relu_forward", TRAINING]
    assert [check.outcome for check in done.report.checks] == ["right", "right"]
    assert done.report.status == "graded"


def test_deferring_again_asks_nothing(
    fleet: Fleet, submission: IncomingSubmission, asked_checks: list[str]
) -> None:
    for _ in range(2):
        [done] = fleet.grade([submission], jobs=1, defer_training=True)

    assert asked_checks == ["relu_forward"]
    assert done.known
