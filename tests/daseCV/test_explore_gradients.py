"""The gradient-check viewer: what differs, by how much, and which arguments it refuses."""

from typing import Any

import numpy as np
import pytest

from daseCV.explore.gradients import GradientsPanel, draw_gradients, explore_gradients
from daseCV.language import VARIABLE

pytestmark = pytest.mark.slow

NUMERICAL = np.arange(1.0, 25.0).reshape(1, 2, 3, 4)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


def spoilt_gradient() -> Any:
    """A gradient with one entry that is 1.5 times too large."""
    yours = NUMERICAL.copy()
    yours[0, 1, 2, 3] *= 1.5
    return yours


def test_the_entry_that_differs_is_named_with_both_numbers() -> None:
    _, caption = draw_gradients("dx", spoilt_gradient(), NUMERICAL)

    assert caption == (
        "dx: the largest relative error is 0.2; 1 of 24 entries differ by more than 1e-7. "
        "dx[0, 1, 2, 3] = 36, numerically 24 (0.2)"
    )


def test_equal_gradients_differ_nowhere() -> None:
    _, caption = draw_gradients("dx", NUMERICAL, NUMERICAL)

    assert "0 of 24 entries differ" in caption


def test_a_smaller_allowed_error_finds_more_differences() -> None:
    panel = GradientsPanel(
        {"dx": (NUMERICAL * (1 + 1e-9), NUMERICAL), "db": (spoilt_gradient(), NUMERICAL)}
    )
    panel.controls["what"].value = "dx"
    before = panel.image.value

    panel.controls["digits"].value = 11

    assert "24 of 24 entries differ by more than 1e-11" in panel.caption.value
    assert panel.image.value != before


def test_a_gradient_is_selected_by_its_name() -> None:
    panel = GradientsPanel({"dx": (NUMERICAL, NUMERICAL), "db": (spoilt_gradient(), NUMERICAL)})

    panel.controls["what"].value = "db"

    assert panel.caption.value.startswith("<p>db: the largest relative error is 0.2")


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ({}, "got nothing, expected pairs such as dx="),
        ({"dx": NUMERICAL}, "dx is ndarray, expected two arrays"),
        ({"dx": (np.ones(3), np.ones(4))}, r"dx has shape \(3,\), expected \(4,\)"),
    ],
)
def test_arguments_that_are_not_pairs_of_gradients_are_refused(
    pairs: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        explore_gradients(**pairs)


def test_the_worst_gradient_is_selected_first_and_each_name_has_a_sign() -> None:
    panel = GradientsPanel({"dx": (NUMERICAL, NUMERICAL), "db": (spoilt_gradient(), NUMERICAL)})

    what = panel.controls["what"]
    assert what.value == "db"
    assert [shown for shown, _ in what.options] == ["✓ dx", "✗ db"]


def test_a_new_allowed_error_updates_the_signs_and_keeps_the_selection() -> None:
    panel = GradientsPanel(
        {"dx": (NUMERICAL * (1 + 1e-9), NUMERICAL), "db": (spoilt_gradient(), NUMERICAL)}
    )

    panel.controls["digits"].value = 11

    what = panel.controls["what"]
    assert what.value == "db"
    assert [shown for shown, _ in what.options] == ["✗ dx", "✗ db"]
