"""While a submission is right, one worker serves it: first its blanks, then composites."""

from collections.abc import Callable

import pytest

from autograder.grading.grade import Grader
from autograder.grading.pool import Package, Pool
from autograder.grading.report import Report
from autograder.worker.client import IdleWorker, Worker

Owned = dict[str, bytes]
Grade = Callable[..., Report]

LAYERS = "daseCV/layers.py"
CHOSEN = ("conv_relu", "conv_forward_naive", "cnn_loss")  # the second is about a blank
WRONG = b"\ndef conv_forward_naive(x, w, b, conv_param):\n    return x, None\n"
IMPORTED_TWICE = b"""
import builtins
if hasattr(builtins, "imported"):
    %s
builtins.imported = True
"""


@pytest.fixture
def taken_packages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The package of each worker that the grader takes."""
    taken_packages: list[str] = []
    take = Pool.take

    def take_and_note(pool: Pool, package: Package) -> IdleWorker:
        taken_packages.append(package)
        return take(pool, package)

    monkeypatch.setattr(Pool, "take", take_and_note)
    return taken_packages


def with_code(reference: Owned, code: bytes) -> Owned:
    return reference | {LAYERS: reference[LAYERS] + code}


def test_a_right_submission_needs_one_worker(
    grade: Grade, reference: Owned, taken_packages: list[str]
) -> None:
    report = grade(reference, *CHOSEN)

    assert [check.share for check in report.checks] == [1, 1, 1]
    assert taken_packages == ["blanks"]


def test_checks_are_reported_in_the_order_of_the_course(grade: Grade, reference: Owned) -> None:
    report = grade(reference, *CHOSEN)

    assert [check.name for check in report.checks] == list(CHOSEN)


def test_after_a_wrong_blank_composites_are_asked_of_another_worker(
    grade: Grade, reference: Owned, taken_packages: list[str]
) -> None:
    report = grade(with_code(reference, WRONG), *CHOSEN)

    assert report.share("conv_forward_naive") < 1
    assert taken_packages[-1] == "whole"


@pytest.mark.parametrize(
    "second_time",
    [
        b"raise RuntimeError('not again')",
        b"import os; os._exit(0)",
        b"np.maximum = np.minimum",
    ],
    ids=["raises", "exits", "answers wrongly"],
)
def test_a_failure_in_the_reused_worker_alone_costs_nothing(
    grade: Grade, reference: Owned, taken_packages: list[str], second_time: bytes
) -> None:
    """A module may rely on being imported once; in a fresh worker it is imported once."""
    report = grade(with_code(reference, IMPORTED_TWICE % second_time), *CHOSEN)

    assert [check.share for check in report.checks] == [1, 1, 1]
    assert taken_packages[:2] == ["blanks", "whole"]


def test_reloading_a_worker_replaces_guards_by_the_given_layers(
    make_grader: Callable[..., Grader], reference: Owned
) -> None:
    pool = make_grader().pool
    with Worker(pool.take("blanks")) as worker:
        folder = worker._waiting.folder / "daseCV"
        assert b"CURRENT_BLANK" in (folder / "fast_layers.py").read_bytes()

        worker.reload(pool.given.whole)

        assert {path.name for path in folder.iterdir()} == {
            path.name for path in (pool.given.whole / "daseCV").iterdir()
        }
        assert worker.call("fast_layers:conv_forward_fast.__name__.upper").result
