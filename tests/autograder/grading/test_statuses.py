"""A submission that hangs, crashes or hoards memory as a whole has its own status."""

import functools
from collections.abc import Callable

import pytest
from support.grader import shorten_answers

from autograder.checks import CHECKS
from autograder.collecting.submission import Submission
from autograder.grading import asking, pool, session
from autograder.grading.grade import Grader
from autograder.grading.report import Report
from autograder.sandbox import Limits
from autograder.worker.client import IdleWorker

Owned = dict[str, bytes]
Grade = Callable[..., Report]

LAYERS = "daseCV/layers.py"
CHOSEN = ("conv_forward_naive", "max_pool_fast", "cnn_loss", "spatial_groupnorm_backward")


@pytest.fixture(autouse=True)
def short_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Little time and memory, so that they run out soon."""
    monkeypatch.setattr(asking, "IMPORT_TIMEOUT", 2.0)
    monkeypatch.setattr(session, "TRIES", 1)
    limited = functools.partial(IdleWorker, limits=Limits(memory=250 * 2**20))
    monkeypatch.setattr(pool, "IdleWorker", limited)


def test_a_submission_that_hangs_at_import_is_out_of_time(grade: Grade) -> None:
    report = grade({LAYERS: b"while True: pass\n"}, *CHOSEN)

    assert report.status == "out of time"
    assert {check.share for check in report.checks} == {0}
    assert report.checks[0].reasons == ("importing layers took more than 2 s",)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (b"raise ValueError('no')\n", "importing layers raised ValueError: no"),
        (b"def f(:\n", "importing layers raised SyntaxError"),
        (b"import torch\n", "importing layers raised ModuleNotFoundError"),
        (b"import os; os._exit(3)\n", "importing layers ended the process: its process exited"),
        (b"import os; os.abort()\n", "importing layers ended the process: its process was ended"),
        (b"exit()\n", "importing layers raised"),
        (b"\0", "importing layers raised"),
    ],
    ids=["raises", "syntax", "torch", "exits", "aborts", "leaves", "a null byte"],
)
def test_a_submission_that_cannot_be_imported_is_a_student_error(
    grade: Grade, source: bytes, reason: str
) -> None:
    report = grade({LAYERS: source}, *CHOSEN)

    assert report.status == "student error"
    assert {check.share for check in report.checks} == {0}
    assert report.checks[0].reasons[0].startswith(reason)


def test_a_submission_that_hoards_memory_is_out_of_memory(grade: Grade) -> None:
    source = b"kept = []\nwhile True: kept.append(b'x' * 2**22)\n"

    report = grade({LAYERS: source}, *CHOSEN)

    assert report.status == "out of memory"
    assert report.checks[0].reasons == ("importing layers took too much memory",)


def test_one_module_that_cannot_be_imported_costs_its_own_checks(
    grade: Grade, reference: Owned
) -> None:
    owned = reference | {"daseCV/classifiers/cnn.py": b"1 / 0\n"}

    report = grade(owned, "conv_forward_naive", "cnn_loss", "cnn_gradients")

    assert report.status == "graded"
    assert [check.outcome for check in report.checks] == ["right", "error", "error"]


def test_a_blank_that_never_returns_costs_its_own_checks(
    grade: Grade, reference: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    shorten_answers(monkeypatch, 1.0)
    endless = b"\ndef max_pool_forward_naive(x, pool_param):\n    while True: pass\n"
    owned = reference | {LAYERS: reference[LAYERS] + endless}

    report = grade(owned, "conv_forward_naive", "max_pool_forward_naive", "cnn_loss")

    assert report.status == "graded"
    assert [check.outcome for check in report.checks] == ["right", "out of time", "right"]


def test_checks_not_asked_within_the_time_for_all_checks_are_out_of_time(
    grade: Grade, reference: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "BUDGET", 4.0)
    slow = b"\nimport time\nquick = relu_forward\n"
    slow += b"def relu_forward(x):\n    time.sleep(1.5)\n    return quick(x)\n"
    owned = reference | {LAYERS: reference[LAYERS] + slow}

    report = grade(owned, "affine_forward", "relu_forward", "relu_backward")

    assert [check.outcome for check in report.checks] == ["right", "out of time", "out of time"]
    assert sum(check.seconds for check in report.checks) < 10
    assert "all checks together" in report.checks[-1].reasons[0]


def test_an_empty_submission_is_graded_like_the_release(grade: Grade) -> None:
    report = grade({}, "conv_forward_naive", "cnn_loss")

    assert report.status == "graded"
    assert [check.outcome for check in report.checks] == ["not written", "not written"]


def test_a_report_has_the_sandbox_s_name_and_the_submission_s_notes(
    make_grader: Callable[..., Grader], reference: Owned
) -> None:
    grader = make_grader(checks=("conv_relu",))
    submission = Submission("alice", reference, {}, ("ConvolutionalNetworks.ipynb is missing",))

    report = grader.grade(submission)

    assert report.sandbox == grader.sandbox.name
    assert report.notes == ("ConvolutionalNetworks.ipynb is missing",)
    assert set(report.notebooks) == {
        "FullyConnectedNets",
        "BatchNormalization",
        "Dropout",
        "ConvolutionalNetworks",
    }
    assert report.seconds > 0


def test_printed_output_is_shown_with_the_failure(grade: Grade, reference: Owned) -> None:
    noisy = (
        b"\ndef max_pool_forward_naive(x, pool_param):\n"
        b"    print('the shape is', x.shape)\n    return x, None\n"
    )
    owned = reference | {LAYERS: reference[LAYERS] + noisy}

    [check] = grade(owned, "max_pool_forward_naive").checks

    assert "the shape is (2, 3, 6, 6)" in check.printed


def test_a_report_has_the_checks_that_were_asked_in_order(grade: Grade) -> None:
    report = grade({LAYERS: b"1 / 0\n"}, *CHECKS)

    assert [check.name for check in report.checks] == list(CHECKS)
