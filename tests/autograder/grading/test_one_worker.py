"""While a submission is right, one worker serves it: its blanks first, then what is whole."""

from collections.abc import Callable

import pytest

from autograder.grading.grade import Grader
from autograder.grading.pool import Package, Pool
from autograder.grading.report import Report
from autograder.worker.client import IdleWorker, Worker

Owned = dict[str, bytes]
Grade = Callable[..., Report]

LAYERS = "daseCV/layers.py"
CHOSEN = ("conv_relu", "conv_forward_naive", "cnn_loss")  # the second is asked of a blank
WRONG = b"\ndef conv_forward_naive(x, w, b, conv_param):\n    return x, None\n"
IMPORTED_TWICE = b"""
import builtins
if hasattr(builtins, "imported"):
    %s
builtins.imported = True
"""


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Notes which package each worker that is taken has."""
    taken: list[str] = []
    take = Pool.take

    def noted(pool: Pool, package: Package) -> IdleWorker:
        taken.append(package)
        return take(pool, package)

    monkeypatch.setattr(Pool, "take", noted)
    return taken


def changed(reference: Owned, code: bytes) -> Owned:
    return reference | {LAYERS: reference[LAYERS] + code}


def test_a_right_submission_needs_one(grade: Grade, reference: Owned, taken: list[str]) -> None:
    report = grade(reference, *CHOSEN)

    assert [check.share for check in report.checks] == [1, 1, 1]
    assert taken == ["blanks"]


def test_checks_are_reported_in_the_order_of_the_course(grade: Grade, reference: Owned) -> None:
    report = grade(reference, *CHOSEN)

    assert [check.name for check in report.checks] == list(CHOSEN)


def test_after_a_wrong_blank_what_is_whole_is_asked_of_another(
    grade: Grade, reference: Owned, taken: list[str]
) -> None:
    report = grade(changed(reference, WRONG), *CHOSEN)

    assert report.share("conv_forward_naive") < 1
    assert taken[-1] == "whole"


@pytest.mark.parametrize(
    "second_time",
    [
        b"raise RuntimeError('not again')",
        b"import os; os._exit(0)",
        b"np.maximum = np.minimum",
    ],
    ids=["raises", "exits", "answers wrongly"],
)
def test_what_fails_there_alone_costs_nothing(
    grade: Grade, reference: Owned, taken: list[str], second_time: bytes
) -> None:
    """A module may count on being imported once; in a fresh worker it is."""
    report = grade(changed(reference, IMPORTED_TWICE % second_time), *CHOSEN)

    assert [check.share for check in report.checks] == [1, 1, 1]
    assert taken[:2] == ["blanks", "whole"]


def test_the_given_layers_come_in_the_place_of_what_stood_in_for_them(
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
