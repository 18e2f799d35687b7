"""A report is written as JSON and read back unchanged."""

import json

import pytest

from autograder.grading.grade import overall_status
from autograder.grading.report import CheckReport, Outcome, Report

REPORT = Report(
    "graded",
    checks=(
        CheckReport("conv_forward_naive", "right", 1.0, seconds=0.25),
        CheckReport(
            "cnn_loss",
            "partly",
            0.75,
            ("loss is wrong\n  got: ∞", "x"),
            ("“sum”", ""),
            printed="ünïcode",
        ),
        CheckReport("conv_fast", "not written", 0.0, ("conv is not written",), ("",)),
    ),
    sandbox="bubblewrap",
    notes=("daseCV/optim.py is missing",),
    notebooks={"ConvolutionalNetworks": '{"cells": []}'},
    seconds=3.5,
)


@pytest.mark.parametrize(
    "report", [REPORT, Report("refused", notes=("a link",)), Report("infrastructure")]
)
def test_a_report_is_read_back_unchanged(report: Report) -> None:
    assert Report.from_json(json.loads(json.dumps(report.to_json()))) == report


def test_the_share_of_a_check_is_looked_up_by_name() -> None:
    assert REPORT.share("cnn_loss") == 0.75


def test_a_check_that_was_not_asked_has_no_share() -> None:
    assert REPORT.share("cnn_one_epoch") == 0


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (["right", "right"], "graded"),
        (["wrong", "not written"], "graded"),
        (["error", "right"], "graded"),
        (["error", "error"], "student error"),
        (["out of time", "out of time"], "out of time"),
        (["out of memory"], "out of memory"),
        (["out of time", "error"], "graded"),
        (["right", "infrastructure"], "infrastructure"),
        (["error", "infrastructure"], "infrastructure"),
    ],
)
def test_the_status_of_a_submission_follows_from_its_checks(
    outcomes: list[Outcome], status: str
) -> None:
    assert overall_status(tuple(CheckReport("a", outcome, 0.0) for outcome in outcomes)) == status
