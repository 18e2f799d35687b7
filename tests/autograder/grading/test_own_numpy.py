"""Checks that fail only under another version of NumPy are repeated with the student's own."""

from collections.abc import Callable

import pytest
from support.submissions import with_edit

from autograder.collecting.submission import Submission
from autograder.environment import StudentEnvironment, StudentEnvironmentError
from autograder.grading import grade as grading
from autograder.grading.grade import Grader

Owned = dict[str, bytes]

CHECK, OLD = "relu_forward", "2.0"
RIGHT_IN_OLD = "out = np.maximum(x, 0) * np.__version__.startswith('2.0')"


@pytest.fixture
def only_right_in_old(reference: Owned) -> Submission:
    owned = with_edit(reference, "daseCV/layers.py", "out = np.maximum(x, 0)", RIGHT_IN_OLD)
    return Submission("ada", owned, {}, numpy=OLD)


@pytest.mark.proof
def test_points_lost_only_under_another_numpy_are_restored(
    make_grader: Callable[..., Grader], only_right_in_old: Submission
) -> None:
    """It installs the student's NumPy."""
    report = make_grader(checks=(CHECK,)).grade(only_right_in_old)

    assert report.share(CHECK) == 1
    assert report.notes[-1].startswith("graded with NumPy 2.0, which it was written with")


def test_a_numpy_that_cannot_be_installed_is_named(
    make_grader: Callable[..., Grader],
    only_right_in_old: Submission,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, **__: object) -> StudentEnvironment:
        raise StudentEnvironmentError("no network")

    monkeypatch.setattr(grading, "get_student_environment", refuse)
    grader = make_grader(checks=(CHECK,))

    report = grader.grade(only_right_in_old)

    assert report.share(CHECK) == 0
    assert (
        report.notes[-1] == f"written with NumPy 2.0, graded with NumPy {grader.environment.numpy}"
    )


def test_a_right_submission_is_graded_with_one_numpy_only(
    make_grader: Callable[..., Grader], reference: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grading, "get_student_environment", None)  # so that a call would raise

    report = make_grader(checks=(CHECK,)).grade(Submission("ada", reference, {}, numpy=OLD))

    assert (report.share(CHECK), report.notes) == (1, ())
