"""Exceptions and ended processes get helpful reasons and cost no other check.

Wrong answers of the layers are in test_robust_questions.py; those of the network and of the update
rule are here.
"""

from collections.abc import Callable, Sequence

import pytest
from support.grader import shorten_answers

from autograder.grading.report import CheckReport, Report

GradeAdded = Callable[..., Report]
JudgeAdded = Callable[..., Sequence[CheckReport]]
Spoil = Callable[..., CheckReport]
AssertMentions = Callable[..., None]

CONV, CONV_BACK = "conv_forward_naive", "conv_backward_naive"
POOL, POOL_BACK = "max_pool_forward_naive", "max_pool_backward_naive"
BATCH, GROUP = "spatial_batchnorm_forward", "spatial_groupnorm_forward"

LOSS = """
    honest = ThreeLayerConvNet.loss

    def loss(self, X, y=None):
        if y is None:
            return honest(self, X)
        value, grads = honest(self, X, y)
        {lines}

    ThreeLayerConvNet.loss = loss
"""
ADAM = """
    honest = adam

    def adam(w, dw, config=None):
        next_w, config = honest(w, dw, config)
        {lines}
"""


# Exceptions, and the end of the process


@pytest.fixture
def spoil(spoil_layer: GradeAdded) -> Spoil:
    """It runs in a worker, since an exit would end this process."""

    def spoil(*given: str) -> CheckReport:
        [check] = spoil_layer(*given).checks
        return check

    return spoil


@pytest.mark.parametrize(
    ("name", "lines", "message", "line"),
    [
        (CONV, "return 1 / 0", "ZeroDivisionError: division by zero", "return 1 / 0"),
        (
            POOL,
            "return given[0][0, 0, 99]",
            "IndexError: index 99 is out of bounds for axis 2 with size 6",
            "return given[0][0, 0, 99]",
        ),
        (CONV, "return given[3]['padding']", "KeyError: 'padding'", "given[3]['padding']"),
        (BATCH, "return normalised", "NameError: name 'normalised'", "return normalised"),
        (GROUP, "assert given[0].ndim == 3, 'three axes'", "AssertionError: three axes", "assert"),
        (CONV_BACK, "class Oops(Exception): pass\nraise Oops('no')", "Oops: no", "raise Oops"),
        (POOL_BACK, "raise SystemExit(3)", "SystemExit: 3", "raise SystemExit"),
        (CONV, "import sys; sys.exit()", "SystemExit", "sys.exit()"),
        (CONV, "raise KeyboardInterrupt", "KeyboardInterrupt", "raise KeyboardInterrupt"),
        (CONV, f"return {CONV}(*given)", "RecursionError: maximum recursion depth", f"{CONV}(*"),
        (CONV, "return np.ones((10**6, 10**6)), 0", "MemoryError: Unable to allocate", "np.ones"),
        (CONV, "import scipy.signal", "ModuleNotFoundError: No module named 'scipy'", "import"),
        (CONV, "input('go on?')", "EOFError", "input("),
    ],
)
def test_an_exception_is_reported_with_its_line(
    spoil: Spoil, name: str, lines: str, message: str, line: str, assert_mentions: AssertMentions
) -> None:
    report = spoil(name, lines)

    assert (report.outcome, report.share) == ("error", 0)
    assert_mentions(report.reasons[0], f"{name} raised {message}", "daseCV/layers.py, line ", line)


def test_the_backward_check_reports_an_exception_of_the_forward_pass(
    spoil: Spoil, assert_mentions: AssertMentions
) -> None:
    report = spoil(CONV, "raise ValueError('not today')", CONV_BACK)

    assert report.blamed == ("layers.conv_forward_naive",)
    assert_mentions(report.reasons[0], "conv_forward_naive raised ValueError: not today")


@pytest.mark.parametrize(
    ("lines", "outcome", "phrases"),
    [
        ("import os; os._exit(3)", "error", ("no answer", "exited with status 3")),
        ("import os; os.abort()", "error", ("no answer", "ended by signal")),
        ("hoard = [np.ones(2**24) for _ in range(10**4)]", "out of memory", ("too much memory",)),
        ("return np.zeros((2, 4, 6, 6 * 10**6)), None", "out of memory", ("too much memory",)),
    ],
    ids=["exits", "aborts", "hoards", "answers too much"],
)
def test_the_end_of_the_process_costs_no_other_check(
    spoil_layer: GradeAdded,
    lines: str,
    outcome: str,
    phrases: tuple[str, ...],
    assert_mentions: AssertMentions,
) -> None:
    report = spoil_layer(CONV, lines, CONV, POOL)

    ended, other = report.checks
    assert ended.outcome == outcome
    assert_mentions(ended.reasons[0], *phrases)
    assert other.share == 1


def test_an_endless_loop_is_out_of_time_and_costs_no_other_check(
    spoil_layer: GradeAdded, monkeypatch: pytest.MonkeyPatch, assert_mentions: AssertMentions
) -> None:
    shorten_answers(monkeypatch, 1.5)

    report = spoil_layer(CONV, "while True: pass", CONV, POOL)

    assert [check.outcome for check in report.checks] == ["out of time", "right"]
    assert_mentions(report.checks[0].reasons[0], "time")


def test_long_output_does_not_hide_the_reason(
    spoil: Spoil, assert_mentions: AssertMentions
) -> None:
    report = spoil(CONV, "print('x' * 10**6)\nreturn None")

    assert_mentions(report.reasons[0], "returned None")
    assert len(report.printed) < 10**5


# The network and the update rule


@pytest.mark.parametrize(
    ("check", "lines", "phrases"),
    [
        ("cnn_loss", "return None", ("loss returned None", "expected", "2")),
        ("cnn_loss", "return value", ("loss returned a float", "expected", "2")),
        ("cnn_loss", "return value, grads, X", ("loss returned a tuple of 3", "expected", "2")),
        ("cnn_loss", "return np.array([value]), grads", ("loss has shape (1,)", "expected")),
        ("cnn_loss", "return str(value), grads", ("loss is a str", "expected")),
        ("cnn_loss", "return np.nan, grads", ("loss is wrong", "nan", "expected:")),
        ("cnn_loss", "return -value, grads", ("loss is wrong", "got:", "expected:")),
        ("cnn_gradients", "return value, None", ("did not return a dict of gradients",)),
        (
            "cnn_gradients",
            "return value, list(grads.values())",
            ("did not return a dict of gradients",),
        ),
        ("cnn_gradients", "del grads['b2']; return value, grads", ("lacks ['b2']", "expected")),
        (
            "cnn_gradients",
            "grads['W1'] = grads['W1'].sum(0); return value, grads",
            ("W1 has shape (3, 3, 3)", "expected (4, 3, 3, 3)"),
        ),
        (
            "cnn_gradients",
            "grads['b3'] = None; return value, grads",
            ("b3 is None", "expected an array", "(5,)"),
        ),
        (
            "cnn_gradients",
            "grads['W2'][0, 0] = np.inf; return value, grads",
            ("W2 is wrong", "inf", "expected:"),
        ),
        (
            "cnn_gradients",
            "return value, self.grads",
            ("AttributeError", "'grads'"),
        ),
    ],
)
def test_a_wrong_answer_of_the_network_is_named(
    judge_added: JudgeAdded,
    check: str,
    lines: str,
    phrases: tuple[str, ...],
    assert_mentions: AssertMentions,
) -> None:
    code = LOSS.format(lines=lines)

    [report] = judge_added("daseCV/classifiers/cnn.py", code, check)

    assert report.share < 1
    assert_mentions(report.reasons[0], *phrases)


@pytest.mark.parametrize(
    ("lines", "phrases"),
    [
        ("return next_w", ("adam returned an array", "expected", "2")),
        ("return next_w.tolist(), config", ("next_w of adam is not an array of shape (3, 4)",)),
        ("return next_w + w, config", ("adam does not move w as its formula says",)),
    ],
    ids=["no config", "a list", "another step"],
)
def test_a_wrong_answer_of_the_update_rule_is_named(
    judge_added: JudgeAdded, lines: str, phrases: tuple[str, ...], assert_mentions: AssertMentions
) -> None:
    [report] = judge_added("daseCV/optim.py", ADAM.format(lines=lines), "cnn_overfit")

    assert report.share < 1
    assert_mentions(report.reasons[0], *phrases)


def test_an_in_place_update_of_w_is_noticed_and_explained(
    judge_added: JudgeAdded, assert_mentions: AssertMentions
) -> None:
    code = ADAM.format(lines="w[...] = next_w; return w, config")

    [check] = judge_added("daseCV/optim.py", code, "cnn_overfit")

    assert check.share == pytest.approx(3 / 4)  # it learns
    assert_mentions(check.reasons[0], "adam", "changed", "in place", "copy")
