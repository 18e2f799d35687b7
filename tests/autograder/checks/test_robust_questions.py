"""Whatever a blank does in place of answering, its reason says so in words that help.

A change of what was given, an answer of the wrong kind or shape, numbers that are none, exceptions,
the end of the process: each has a reason of its own.
"""

from collections.abc import Callable

import pytest

from autograder.grading.report import CheckReport, Report
from autograder.worker.client import Worker

GradeAdded = Callable[..., Report]
Spoil = Callable[..., CheckReport]

CONV, CONV_BACK = "conv_forward_naive", "conv_backward_naive"
POOL, POOL_BACK = "max_pool_forward_naive", "max_pool_backward_naive"
BATCH, BATCH_BACK = "spatial_batchnorm_forward", "spatial_batchnorm_backward"
GROUP, GROUP_BACK = "spatial_groupnorm_forward", "spatial_groupnorm_backward"

# `honest` is the solved layer, `given` its arguments.
LAYER = """
    honest_{name} = {name}

    def {name}(*given):
        honest = honest_{name}
        {lines}
"""
OUT = "out, cache = honest(*given); "
GRADS = "dx, d1, d2 = honest(*given); "  # dx, dw, db or dx, dgamma, dbeta

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


@pytest.fixture(scope="module")
def spoil(grade_added: GradeAdded) -> Spoil:
    """A function that puts lines in a layer's place and asks the check about it, or another."""

    def spoil(name: str, lines: str, check: str = "") -> CheckReport:
        code = LAYER.format(name=name, lines=lines.replace("\n", "\n        "))
        [report] = grade_added("daseCV/layers.py", code, check or name).checks
        return report

    return spoil


def assert_said(reason: str, *phrases: str) -> None:
    """The reason holds each phrase, and the question."""
    assert [phrase for phrase in (*phrases, "asked:") if phrase not in reason] == [], reason


# Changes in place


@pytest.mark.parametrize(
    ("name", "argument", "lines"),
    [
        (CONV, 1, "result = honest(*given); given[0][...] *= 2; return result"),
        (CONV, 1, "result = honest(*given); given[0][0, 0, 0, 0] = np.nan; return result"),
        (CONV, 2, "result = honest(*given); given[1][...] = 0; return result"),
        (CONV, 3, "result = honest(*given); given[2].fill(0); return result"),
        (CONV_BACK, 1, "result = honest(*given); given[0][...] = 0; return result"),
        (POOL, 1, "result = honest(*given); given[0].sort(); return result"),
        (POOL_BACK, 1, "result = honest(*given); given[0][given[0] < 0] = 0; return result"),
        (BATCH, 1, "given[0][...] += 1; return honest(*given)"),
        (BATCH, 2, "result = honest(*given); given[1][...] *= 2; return result"),
        (GROUP, 1, "result = honest(*given); given[0].shape = -1; return result"),
        (GROUP_BACK, 1, "result = honest(*given); given[0][...] *= 2; return result"),
    ],
    ids=[
        "x",
        "one entry",
        "w",
        "b",
        "dout",
        "x sorted",
        "dout masked",
        "x before",
        "gamma",
        "x reshaped",
        "dout doubled",
    ],
)
def test_a_change_in_place_is_noticed_and_explained(
    spoil: Spoil, name: str, argument: int, lines: str
) -> None:
    report = spoil(name, lines)

    assert report.outcome == "wrong"
    assert_said(report.reasons[0], name, "changed", "in place", "copy", str(argument))


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (CONV_BACK, "result = honest(*given); given[1][0][...] = 0; return result"),
        (POOL_BACK, "result = honest(*given); given[1][0][...] = -np.inf; return result"),
    ],
    ids=["conv", "pool"],
)
@pytest.mark.xfail(strict=True, reason="only arguments are compared, not the arrays in a cache")
def test_a_change_of_x_by_way_of_the_cache_is_noticed(spoil: Spoil, name: str, lines: str) -> None:
    """A training loop would go on with another x."""
    assert spoil(name, lines).share < 1


def test_what_one_layer_spoils_in_place_spoils_no_other(grade_added: GradeAdded) -> None:
    lines = "result = honest(*given); given[0][...] = 0; given[1][...] = 0; return result"
    code = LAYER.format(name=CONV, lines=lines)

    report = grade_added("daseCV/layers.py", code, CONV, POOL, POOL_BACK)

    assert [check.share for check in report.checks] == [0, 1, 1]


def test_an_update_in_place_of_w_is_noticed_and_explained(grade_added: GradeAdded) -> None:
    code = ADAM.format(lines="w[...] = next_w; return w, config")

    [check] = grade_added("daseCV/optim.py", code, "cnn_overfit").checks

    assert check.share == pytest.approx(3 / 4)  # it learns
    assert_said(check.reasons[0], "adam", "changed", "in place", "copy")


# Wrong kinds


@pytest.mark.parametrize(
    ("name", "lines", "phrases"),
    [
        (CONV, "return None", ("None", "return", "expected")),
        (CONV_BACK, "honest(*given)", ("None", "return", "expected")),
        (POOL_BACK, "return None", ("dx is None", "return", "(2, 3, 6, 6)")),
        (BATCH, "return 'done'", ("a str", "expected")),
        (POOL_BACK, "return 'done'", ("dx is a str", "expected an array", "(2, 3, 6, 6)")),
        (POOL_BACK, "return 1.5", ("dx is a float", "expected an array", "(2, 3, 6, 6)")),
        (CONV, "return honest(*given)[0]", ("returned an array", "expected", "2")),
        (CONV, "return honest(*given)[:1]", ("a tuple of 1", "expected", "2")),
        (CONV_BACK, "return honest(*given)[:2]", ("a tuple of 2", "expected", "3")),
        (CONV_BACK, "return (*honest(*given), 0)", ("a tuple of 4", "expected", "3")),
        (GROUP_BACK, GRADS + "return dict(dx=dx)", ("a dict", "expected", "3")),
        (POOL_BACK, "return [honest(*given)]", ("dx is a list", "expected an array")),
        (POOL, OUT + "return out.tolist(), cache", ("out is a list", "expected an array")),
        (CONV, "return honest(*given)[::-1]", ("out is a tuple", "expected an array")),
        (POOL, OUT + "return out + 0j, cache", ("out is", "array", "expected", "(2, 3, 3, 3)")),
        (GROUP, OUT + "return out.astype(object), cache", ("out is", "array", "(2, 6, 4, 5)")),
        (POOL, OUT + "return out.astype(str), cache", ("out is", "array", "(2, 3, 3, 3)")),
        (CONV, "yield from honest(*given)", ("returned an object", "expected")),
    ],
)
def test_an_answer_of_the_wrong_kind_is_named(
    spoil: Spoil, name: str, lines: str, phrases: tuple[str, ...]
) -> None:
    report = spoil(name, lines)

    assert (report.outcome, report.share) == ("wrong", 0)
    assert_said(report.reasons[0], *phrases)


@pytest.mark.parametrize(
    ("name", "lines", "share", "phrases"),
    [
        (CONV_BACK, GRADS + "return None, d1, d2", 4 / 7, ("dx is None", "expected an array")),
        (CONV_BACK, GRADS + "return dx, d1, list(d2)", 6 / 7, ("db is a list", "(4,)")),
        (GROUP_BACK, GRADS + "return dx, d1 + 0j, d2", 4 / 5, ("dgamma is", "array", "expected")),
        (GROUP_BACK, GRADS + "return dx, d2, d1", 3 / 5, ("dgamma is wrong", "got:", "expected:")),
        (CONV_BACK, GRADS + "return d2, d1, dx", 3 / 7, ("dx has shape (4,)", "(2, 3, 6, 6)")),
    ],
    ids=["None", "a list", "complex", "exchanged", "the other way round"],
)
def test_one_wrong_result_of_three_costs_its_own_part(
    spoil: Spoil, name: str, lines: str, share: float, phrases: tuple[str, ...]
) -> None:
    report = spoil(name, lines)

    assert report.outcome == "partly"
    assert report.share == pytest.approx(share)
    assert_said(report.reasons[0], *phrases)


# Wrong shapes


@pytest.mark.parametrize(
    ("name", "lines", "got", "expected"),
    [
        (CONV, OUT + "return out[None], cache", "(1, 2, 4, 6, 6)", "(2, 4, 6, 6)"),
        (CONV, OUT + "return np.moveaxis(out, 1, -1), cache", "(2, 6, 6, 4)", "(2, 4, 6, 6)"),
        (CONV_BACK, GRADS + "return dx, d1.reshape(len(d1), -1), d2", "(4, 27)", "(4, 3, 3, 3)"),
        (CONV_BACK, GRADS + "return dx, d1, d2[:, None]", "(4, 1)", "(4,)"),
        (
            CONV_BACK,
            GRADS + "return np.pad(dx, ((0,), (0,), (1,), (1,))), d1, d2",
            "(2, 3, 8, 8)",
            "(2, 3, 6, 6)",
        ),
        (POOL, OUT + "return out[:, 0], cache", "(2, 3, 3)", "(2, 3, 3, 3)"),
        (POOL_BACK, "return honest(*given).ravel()", "(216,)", "(2, 3, 6, 6)"),
        (BATCH, OUT + "return out.reshape(-1, out.shape[1]), cache", "(40, 3)", "(2, 3, 4, 5)"),
        (BATCH_BACK, GRADS + "return dx, d1[None], d2", "(1, 3)", "(3,)"),
        (GROUP_BACK, GRADS + "return dx.sum(0), d1, d2", "(6, 4, 5)", "(2, 6, 4, 5)"),
    ],
)
def test_a_wrong_shape_is_told_with_the_right_one(
    spoil: Spoil, name: str, lines: str, got: str, expected: str
) -> None:
    report = spoil(name, lines)

    assert report.share < 1
    assert_said(report.reasons[0], "shape", got, f"expected {expected}")


# Wrong numbers


@pytest.mark.parametrize(
    ("name", "lines", "phrases"),
    [
        (
            CONV,
            OUT + "out[0, 0, 0, 0] = np.nan; return out, cache",
            ("got:      out[0, 0, 0, 0] = nan", "expected: out[0, 0, 0, 0]", "NaN in 1 place"),
        ),
        (
            CONV,
            OUT + "out[-1, -1, -1, -1] = np.inf; return out, cache",
            ("got:      out[1, 3, 5, 5] = inf", "expected: out[1, 3, 5, 5]", "1 of 288"),
        ),
        (GROUP, OUT + "return out * np.nan, cache", ("= nan", "NaN in 240 places")),
        (POOL, OUT + "return out > 0, cache", ("out is wrong", "got:", "expected:")),
        (POOL_BACK, "return honest(*given) * 0", ("dx is wrong", "0 in all these places")),
        (POOL, OUT + "return -out, cache", ("out is wrong", "wrong sign")),
        (BATCH, OUT + "return out.astype(int), cache", ("out is wrong", "got:", "expected:")),
        (CONV, OUT + "return out.astype(np.float32), cache", ("out is wrong", "relative error")),
    ],
    ids=["one NaN", "one inf", "all NaN", "bool", "zeros", "sign", "whole numbers", "float32"],
)
def test_wrong_numbers_are_told_with_their_place_and_the_right_ones(
    spoil: Spoil, name: str, lines: str, phrases: tuple[str, ...]
) -> None:
    report = spoil(name, lines)

    assert report.share < 1
    assert_said(report.reasons[0], *phrases, "where:", "allowed")


# Exceptions, and the end of the process


@pytest.mark.parametrize(
    ("name", "lines", "said", "line"),
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
def test_an_exception_is_told_with_its_line(
    spoil: Spoil, name: str, lines: str, said: str, line: str
) -> None:
    report = spoil(name, lines)

    assert (report.outcome, report.share) == ("error", 0)
    assert_said(report.reasons[0], f"{name} raised {said}", "daseCV/layers.py, line ", line)


def test_an_exception_of_the_forward_pass_is_told_where_the_backward_pass_needs_it(
    spoil: Spoil,
) -> None:
    report = spoil(CONV, "raise ValueError('not today')", CONV_BACK)

    assert report.blamed == ("layers.conv_forward_naive",)
    assert_said(report.reasons[0], "conv_forward_naive raised ValueError: not today")


@pytest.mark.parametrize(
    ("lines", "outcome", "phrases"),
    [
        ("import os; os._exit(3)", "error", ("no answer", "exited with status 3")),
        ("import os; os.abort()", "error", ("no answer", "signal 6")),
        ("hoard = [np.ones(2**24) for _ in range(10**4)]", "error", ("MemoryError",)),
        ("return np.zeros((2, 4, 6, 6 * 10**6)), None", "out of memory", ("too much memory",)),
    ],
    ids=["exits", "aborts", "hoards", "answers too much"],
)
def test_the_end_of_the_process_costs_no_other_check(
    grade_added: GradeAdded, lines: str, outcome: str, phrases: tuple[str, ...]
) -> None:
    code = LAYER.format(name=CONV, lines=lines)

    report = grade_added("daseCV/layers.py", code, CONV, POOL)

    ended, other = report.checks
    assert ended.outcome == outcome
    assert_said(ended.reasons[0], *phrases)
    assert other.share == 1


def test_an_endless_loop_is_out_of_time_and_costs_no_other_check(
    grade_added: GradeAdded, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Worker.call.__kwdefaults__, "within", 1.5)
    code = LAYER.format(name=CONV, lines="while True: pass")

    report = grade_added("daseCV/layers.py", code, CONV, POOL)

    assert [check.outcome for check in report.checks] == ["out of time", "right"]
    assert_said(report.checks[0].reasons[0], "time")


def test_much_that_is_printed_does_not_hide_the_reason(spoil: Spoil) -> None:
    report = spoil(CONV, "print('x' * 10**6)\nreturn None")

    assert_said(report.reasons[0], "returned None")
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
        ("cnn_gradients", "return value, None", ("no dict", "grad")),
        ("cnn_gradients", "return value, list(grads.values())", ("no dict", "grad")),
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
            ("AttributeError", "'grads'", "cnn.py, line"),
        ),
    ],
)
def test_a_wrong_answer_of_the_network_is_named(
    grade_added: GradeAdded, check: str, lines: str, phrases: tuple[str, ...]
) -> None:
    code = LOSS.format(lines=lines)

    [report] = grade_added("daseCV/classifiers/cnn.py", code, check).checks

    assert report.share < 1
    assert_said(report.reasons[0], *phrases)


@pytest.mark.parametrize(
    ("lines", "phrases"),
    [
        ("return next_w", ("adam returned an array", "expected", "2")),
        ("return next_w.tolist(), config", ("next_w is a list", "expected an array", "(3, 4)")),
        ("return next_w + w, config", ("adam does not move w as its formula says",)),
    ],
    ids=["no config", "a list", "another step"],
)
def test_a_wrong_answer_of_the_update_rule_is_named(
    grade_added: GradeAdded, lines: str, phrases: tuple[str, ...]
) -> None:
    [report] = grade_added("daseCV/optim.py", ADAM.format(lines=lines), "cnn_overfit").checks

    assert report.share < 1
    assert_said(report.reasons[-1], *phrases)


def test_each_kind_of_wrong_answer_has_a_reason_of_its_own(spoil: Spoil) -> None:
    """None, another type, a wrong shape, NaN, a change in place, an exception, an end."""
    reasons = [
        spoil(POOL_BACK, lines).reasons[0].splitlines()
        for lines in (
            "return None",
            "return 'done'",
            "return honest(*given)[0]",
            "return honest(*given) * np.nan",
            "given[0][...] = 0; return honest(*given)",
            "return 1 / 0",
            "import os; os._exit(1)",
        )
    ]

    assert len({lines[0] for lines in reasons}) == len(reasons)
