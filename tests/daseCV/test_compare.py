"""How two arrays are compared, and how a difference is put into words."""

import numpy as np
import pytest

from daseCV.checks.compare import CheckFailure, expect_close, relative_error


def test_a_mismatch_names_the_axis_that_it_is_on() -> None:
    expected = np.ones((2, 3, 4))
    got = expected.copy()
    got[:, 1] = 3.0

    with pytest.raises(CheckFailure) as failure:
        expect_close("dx", got, expected, 1e-8, "x (2, 3, 4), stride 1")

    assert str(failure.value) == (
        "dx is wrong\n"
        "  got:      dx[0, 1, 0] = 3\n"
        "  expected: dx[0, 1, 0] = 1\n"
        "  where:    8 of 24 entries, all at index 1 of axis 1; this entry differs most "
        "(relative error 0.5, allowed 1e-08)\n"
        "  asked:    x (2, 3, 4), stride 1"
    )


@pytest.mark.parametrize(
    ("got", "expected", "error"),
    [
        ([1.0], [1.0], 0.0),
        ([1.0], [-1.0], 1.0),
        ([2e-9], [0.0], 0.2),  # below 1e-8, differences count absolutely
        ([np.nan], [1.0], np.inf),
        ([1.0], [np.nan], np.inf),
        ([np.nan], [np.nan], 0.0),
        ([np.inf], [np.inf], 0.0),
        ([np.inf], [-np.inf], np.inf),
        ([np.inf], [1.0], np.inf),
        ([], [], 0.0),
    ],
)
def test_relative_error(got: list[float], expected: list[float], error: float) -> None:
    assert relative_error(np.array(got), np.array(expected)) == pytest.approx(error)


def test_an_array_of_objects_is_told_and_not_compared() -> None:
    with pytest.raises(
        CheckFailure, match="out is an array of object, expected an array of numbers"
    ):
        expect_close("out", np.array([None]), np.ones(1), 1e-8, "x")
