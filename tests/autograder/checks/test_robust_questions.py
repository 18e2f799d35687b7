"""Whatever a blank does instead of answering, the reason describes it helpfully.

Here: changed arguments, and answers of the wrong kind, shape or numbers. Exceptions and the end of
the process are in test_robust_exceptions.py.
"""

from collections.abc import Callable

import pytest

from autograder.grading.report import CheckReport, Report

Spoil = Callable[..., CheckReport]
AssertMentions = Callable[..., None]

CONV, CONV_BACK = "conv_forward_naive", "conv_backward_naive"
POOL, POOL_BACK = "max_pool_forward_naive", "max_pool_backward_naive"
BATCH, BATCH_BACK = "spatial_batchnorm_forward", "spatial_batchnorm_backward"
GROUP, GROUP_BACK = "spatial_groupnorm_forward", "spatial_groupnorm_backward"

# Code before the return statement: `honest` is the solved layer, `given` its arguments.
OUT = "out, cache = honest(*given); "
GRADS = "dx, d1, d2 = honest(*given); "  # dx, dw, db or dx, dgamma, dbeta


# Changes in place


@pytest.mark.parametrize(
    ("name", "argument", "lines"),
    [
        (CONV, "x", "result = honest(*given); given[0][...] *= 2; return result"),
        (CONV, "x", "result = honest(*given); given[0][0, 0, 0, 0] = np.nan; return result"),
        (CONV, "w", "result = honest(*given); given[1][...] = 0; return result"),
        (CONV, "b", "result = honest(*given); given[2].fill(0); return result"),
        (CONV_BACK, "dout", "result = honest(*given); given[0][...] = 0; return result"),
        (POOL, "x", "result = honest(*given); given[0].sort(); return result"),
        (POOL_BACK, "dout", "result = honest(*given); given[0][given[0] < 0] = 0; return result"),
        (BATCH, "x", "given[0][...] += 1; return honest(*given)"),
        (BATCH, "gamma", "result = honest(*given); given[1][...] *= 2; return result"),
        (GROUP, "x", "result = honest(*given); given[0].shape = -1; return result"),
        (GROUP_BACK, "dout", "result = honest(*given); given[0][...] *= 2; return result"),
    ],
    ids=[
        "x",
        "entry",
        "w",
        "b",
        "dout",
        "x-sorted",
        "dout-masked",
        "x-before",
        "gamma",
        "x-reshaped",
        "dout-doubled",
    ],
)
def test_a_change_in_place_is_noticed_and_explained(
    spoil: Spoil, name: str, argument: str, lines: str, assert_mentions: AssertMentions
) -> None:
    report = spoil(name, lines)

    assert report.share <= 0.75
    assert_mentions(report.reasons[0], name, "changed", "in place", "copy", argument)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (CONV_BACK, "result = honest(*given); given[1][0][...] = 0; return result"),
        (POOL_BACK, "result = honest(*given); given[1][0][...] = -np.inf; return result"),
    ],
    ids=["conv", "pool"],
)
def test_a_change_of_x_through_the_cache_is_noticed(
    spoil: Spoil, name: str, lines: str, assert_mentions: AssertMentions
) -> None:
    """Otherwise a training loop would go on with another x."""
    report = spoil(name, lines)

    assert report.share == 0.75
    assert_mentions(report.reasons[0], name, "in place, by way of the cache")


def test_a_layer_that_changes_its_inputs_harms_no_other_check(
    spoil_layer: Callable[..., Report],
) -> None:
    lines = "result = honest(*given); given[0][...] = 0; given[1][...] = 0; return result"

    report = spoil_layer(CONV, lines, CONV, POOL, POOL_BACK)

    assert [check.share for check in report.checks] == [0.75, 1, 1]


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
    spoil: Spoil, name: str, lines: str, phrases: tuple[str, ...], assert_mentions: AssertMentions
) -> None:
    report = spoil(name, lines)

    assert (report.outcome, report.share) == ("wrong", 0)
    assert_mentions(report.reasons[0], *phrases)


@pytest.mark.parametrize(
    ("name", "lines", "share", "phrases"),
    [
        (CONV_BACK, GRADS + "return None, d1, d2", 4 / 7, ("dx is None", "expected an array")),
        (CONV_BACK, GRADS + "return dx, d1, list(d2)", 6 / 7, ("db is a list", "(4,)")),
        (GROUP_BACK, GRADS + "return dx, d1 + 0j, d2", 4 / 5, ("dgamma is", "array", "expected")),
        (GROUP_BACK, GRADS + "return dx, d2, d1", 3 / 5, ("dgamma is wrong", "got:", "expected:")),
        (CONV_BACK, GRADS + "return d2, d1, dx", 3 / 7, ("dx has shape (4,)", "(2, 3, 6, 6)")),
    ],
    ids=["None", "a list", "complex", "exchanged", "reversed"],
)
def test_one_wrong_result_of_three_costs_its_own_part(
    spoil: Spoil,
    name: str,
    lines: str,
    share: float,
    phrases: tuple[str, ...],
    assert_mentions: AssertMentions,
) -> None:
    report = spoil(name, lines)

    assert report.outcome == "partly"
    assert report.share == pytest.approx(share)
    assert_mentions(report.reasons[0], *phrases)


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
def test_a_wrong_shape_is_reported_with_the_right_one(
    spoil: Spoil, name: str, lines: str, got: str, expected: str, assert_mentions: AssertMentions
) -> None:
    report = spoil(name, lines)

    assert report.share < 1
    assert_mentions(report.reasons[0], "shape", got, f"expected {expected}")


# Wrong numbers


@pytest.mark.parametrize(
    ("name", "lines", "phrases"),
    [
        (
            CONV,
            OUT + "out[0, 0, 0, 0] = np.nan; return out, cache",
            (
                "got:      out[0, 0, 0, 0] = nan",
                "expected: out[0, 0, 0, 0]",
                "NaN in 1 of these entries",
            ),
        ),
        (
            CONV,
            OUT + "out[-1, -1, -1, -1] = np.inf; return out, cache",
            ("got:      out[1, 3, 5, 5] = inf", "expected: out[1, 3, 5, 5]", "1 of 288"),
        ),
        (GROUP, OUT + "return out * np.nan, cache", ("= nan", "NaN in 240 of these entries")),
        (POOL, OUT + "return out > 0, cache", ("out is wrong", "got:", "expected:")),
        (POOL_BACK, "return honest(*given) * 0", ("dx is wrong", "0 in all these places")),
        (POOL, OUT + "return -out, cache", ("out is wrong", "wrong sign")),
        (BATCH, OUT + "return out.astype(int), cache", ("out is wrong", "got:", "expected:")),
        (CONV, OUT + "return out.astype(np.float32), cache", ("out is wrong", "relative error")),
    ],
    ids=["one NaN", "one inf", "all NaN", "bool", "zeros", "sign", "whole numbers", "float32"],
)
def test_wrong_numbers_are_reported_with_their_place_and_the_right_ones(
    spoil: Spoil, name: str, lines: str, phrases: tuple[str, ...], assert_mentions: AssertMentions
) -> None:
    report = spoil(name, lines)

    assert report.share < 1
    assert_mentions(report.reasons[0], *phrases, "where:", "allowed")


def test_each_kind_of_wrong_answer_has_its_own_reason(
    spoil_layer: Callable[..., Report],
) -> None:
    """None, another type, a wrong shape, NaN, a change in place, an exception, an end."""
    reasons = [
        spoil_layer(POOL_BACK, lines).checks[0].reasons[0].splitlines()
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
