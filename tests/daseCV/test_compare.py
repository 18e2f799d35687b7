"""How two arrays are compared, and how a difference is put into words."""

from typing import Any

import numpy as np
import pytest

from daseCV.checks.compare import (
    CheckFailure,
    ShapeError,
    expect_close,
    relation,
    relative_error,
    where,
)


def test_a_mismatch_names_its_axis() -> None:
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
        "  how:      each of them is 3 times the expected\n"
        "  asked:    x (2, 3, 4), stride 1"
    )


def test_a_single_number_is_reported_without_an_index() -> None:
    with pytest.raises(CheckFailure) as failure:
        expect_close("loss", np.array(3.0), np.array(1.0), 1e-8, "X (2, 3)")

    assert "  where:    relative error 0.5, allowed 1e-08\n" in str(failure.value)


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


def test_an_array_of_objects_is_reported_and_not_compared() -> None:
    with pytest.raises(
        CheckFailure, match="out is an array of object, expected an array of numbers"
    ):
        expect_close("out", np.array([None]), np.ones(1), 1e-8, "x")


SHAPE = (3, 4, 5, 6)  # images, channels, rows, columns
EVERYWHERE = np.s_[:]


@pytest.mark.parametrize(
    ("places", "said"),
    [
        ([EVERYWHERE], "all 360 entries"),
        ([np.s_[:, :, [0, -1]], np.s_[:, :, :, [0, -1]]], "216 of 360 entries: the border, and"),
        ([np.s_[:, :, 1:-1, 1:-1]], "144 of 360 entries: everything but the border"),
        ([np.s_[:, :, 0]], "72 of 360 entries, all on the border"),
        ([np.s_[:, 2]], "90 of 360 entries, all at channel 2"),
        ([np.s_[0]], "120 of 360 entries, all at image 0"),
        ([np.s_[1:]], "240 of 360 entries: everything but image 0"),
        ([np.s_[:, 1:]], "270 of 360 entries: everything but channel 0"),
        ([np.s_[1, 2, 3, 4]], "1 of 360 entries, all at image 1, channel 2, row 3, column 4"),
    ],
)
def test_the_wrong_slice_is_named(places: list[Any], said: str) -> None:
    wrong = np.zeros(SHAPE, dtype=bool)
    for place in places:
        wrong[place] = True

    assert where(wrong).startswith(said)


def test_the_first_axis_of_a_filters_gradient_is_called_filter() -> None:
    wrong = np.zeros(SHAPE, dtype=bool)
    wrong[1] = True

    assert where(wrong, "dw") == "120 of 360 entries, all at filter 1"


@pytest.mark.parametrize(
    ("got", "said"),
    [
        ([2.0, 4.0, 8.0], "each of them is 2 times the expected"),
        ([-1.0, -2.0, -4.0], "each of them has the wrong sign"),
        ([1.5, 2.5, 4.5], "each of them is 0.5 too large"),
        ([0.0, 0.0, 0.0], "0 in all these places"),
        ([np.nan, 2.5, 4.5], "NaN in 1 of these entries"),
        ([1.5, 9.0, 4.5], ""),
        ([np.inf, 9.0, 4.5], ""),
    ],
)
def test_what_wrong_entries_have_in_common_is_described(got: list[float], said: str) -> None:
    assert relation(np.array(got), np.array([1.0, 2.0, 4.0])) == said


def test_arrays_of_different_shapes_are_not_compared() -> None:
    with pytest.raises(ShapeError, match=r"got shapes \(2, 3\) and \(3,\), expected the same"):
        relative_error(np.ones((2, 3)), np.ones(3))
