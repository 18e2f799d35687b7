"""Runs side by side: what the picture shows, and what its caption says about the better run."""

from typing import Any

import numpy as np
import pytest
from support.contrast import contrast

from daseCV import drawing, explore
from daseCV.explore import comparison, curves, training
from daseCV.language import VARIABLE
from daseCV.solver import Solver

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


class UntrainedModel:
    """A model that learns nothing."""

    def __init__(self) -> None:
        self.params = {"W1": np.zeros((2, 3, 3, 3))}


def finished_run(losses: list[float], val: list[float], batch_size: int = 5) -> Solver:
    """A run with these losses and accuracies; two iterations are an epoch."""
    data = {"X_train": np.zeros((10, 1)), "y_train": np.zeros(10, dtype=int)}
    data.update(X_val=data["X_train"], y_val=data["y_train"])
    solver = Solver(UntrainedModel(), data, batch_size=batch_size, verbose=False)
    solver.loss_history = losses
    solver.val_acc_history, solver.train_acc_history = val, [1.0 for _ in val]
    solver.measured_at = [2 * epoch for epoch in range(len(val))]
    return solver


def test_the_caption_names_the_better_run_its_epoch_and_its_lead() -> None:
    runs = {
        "sgd": finished_run([3.0, 2.0, 2.0, 1.0], [0.1, 0.30, 0.25]),
        "adam": finished_run([3.0, 1.0, 0.6, 0.4], [0.1, 0.40, 0.45]),
    }

    _, caption = comparison.draw_comparison(runs, over=2)

    assert caption == (
        "adam reached the best validation accuracy, 0.4500 (after epoch 2), 15.00 percentage "
        "points more than sgd (the others: sgd 0.3000). Mean loss of the last 2 iterations: sgd "
        "1.500, adam 0.500."
    )


def test_equal_runs_are_called_equal() -> None:
    runs = {"one": finished_run([1.0], [0.5]), "other": finished_run([1.0], [0.5])}

    _, caption = comparison.draw_comparison(runs, over=1)

    assert caption.startswith("one and other reached the same validation accuracy, 0.5000")


def test_runs_of_different_lengths_are_pointed_out() -> None:
    runs = {"short": finished_run([1.0], [0.5]), "long": finished_run([1.0, 1.0], [0.5])}

    assert "differ in their number of iterations" in comparison.draw_comparison(runs, over=1)[1]


def test_a_run_name_that_fonts_lack_becomes_a_letter() -> None:
    runs = {"plain": finished_run([1.0], [0.5]), "批归一化": finished_run([1.0], [0.6])}

    drawn, caption = comparison.draw_comparison(runs, over=1)

    assert [text.get_text() for text in drawn.legends[0].get_texts()] == ["plain", "B"]
    assert "B = 批归一化" in caption


def test_gradient_norms_are_compared_where_all_runs_were_watched() -> None:
    runs = {"one": finished_run([1.0, 1.0], [0.5]), "other": finished_run([1.0, 1.0], [0.5])}
    runs["one"].gradient_norms = [(1, 8.0), (2, 4.0)]

    def titles() -> list[str]:
        axes = comparison.draw_comparison(runs, over=1)[0].axes
        return [one.get_title() for one in axes]

    assert "gradient norm" not in titles()
    runs["other"].gradient_norms = [(1, 2.0)]
    assert titles()[-1] == "gradient norm"


def test_a_run_stopped_within_an_epoch_ends_at_a_fraction_of_it() -> None:
    solver = finished_run([1.0] * 5, [0.1, 0.2, 0.3, 0.4])
    solver.measured_at = [0, 2, 4, 5]

    assert curves.measured_epochs(solver).tolist() == [0, 1, 2, 2.5]


def test_the_slider_smooths_the_curves() -> None:
    noisy = finished_run([1.0, 3.0] * 20, [0.1, 0.2])
    shown = comparison.ComparisonPanel({"a": noisy, "b": noisy})
    before = shown.image.value

    shown.controls["over"].value = 20

    assert shown.image.value != before
    assert "last 20 iterations: a 2.000" in shown.caption.value


@pytest.mark.parametrize("values", [[], [1.0], [3.0, 1.0, 2.0]])
def test_a_moving_mean_over_one_value_changes_nothing(values: list[float]) -> None:
    assert curves.moving_mean(np.asarray(values), 1).tolist() == values


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "got 0, expected a dict of two or more"),
        ({"one": finished_run([1.0], [0.1])}, "got 1, expected a dict of two or more"),
        ([1, 2], "got list, expected a dict"),
        (
            {"a": finished_run([], []), "b": finished_run([1.0], [0.1])},
            "'a' has no losses .* call its",
        ),
        ({"a": 1, "b": 2}, "'a' has no losses .* expected a Solver that was trained"),
        ({str(i): finished_run([1.0], [0.1]) for i in range(9)}, "got 9 runs, expected at most 8"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        explore.compare_training(given)


@pytest.mark.parametrize("count", [2, 8])
def test_any_number_of_runs_can_be_drawn(count: int) -> None:
    runs = {f"run {i}": finished_run([2.0, 1.0], [0.1, i / 20]) for i in range(count)}

    drawn, _ = comparison.draw_comparison(runs, over=1)

    for axes, lines in ((drawn.axes[0], count), (drawn.axes[1], 2 * count)):
        assert len(axes.get_lines()) == lines
    looks = {
        (line.get_color(), line.get_marker())
        for line in drawn.axes[1].get_lines()
        if line.get_marker() != "None"
    }
    assert len(looks) == count  # no two of them alike
    assert drawing.png(drawn).startswith(b"\x89PNG")


def test_the_dashboard_names_every_line() -> None:
    solver = finished_run([2.0, 1.0, 1.5], [0.1, 0.2])
    norms = training.Norms(["W1"])
    norms.note(1, {"W1": np.ones(4)}, {"W1": np.zeros(4)})

    drawn = training.draw_training(solver, norms)

    assert [axes.get_title() for axes in drawn.axes] == [
        "loss",
        "accuracy",
        "gradient norm",
        "weight norm",
    ]
    named = [text.get_text() for legend in drawn.legends for text in legend.get_texts()]
    assert named == ["each batch", "mean", "train", "validation", "W1"]


def test_parameters_with_one_axis_are_left_out_if_there_are_very_many() -> None:
    solver = finished_run([1.0], [0.1])
    solver.model.params = {f"W{i}": np.ones((2, 2)) for i in range(10)}
    solver.model.params.update({f"b{i}": np.ones(2) for i in range(10)})
    norms = training.Norms(list(solver.model.params))
    norms.note(1, solver.model.params, solver.model.params)

    drawn = training.draw_training(solver, norms)

    named = [text.get_text() for text in drawn.legends[1].get_texts()]
    assert named == [f"W{i}" for i in range(10)]


@pytest.mark.parametrize("colour", curves.COLOURS)
def test_lines_stand_out_from_white(colour: str) -> None:
    assert contrast(colour, "white") >= 4.5


def test_captions_follow_the_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "zh")
    runs = {"sgd": finished_run([1.0], [0.25]), "adam": finished_run([1.0], [0.5])}

    _, caption = comparison.draw_comparison(runs, over=1)

    assert "adam 的验证准确率最高：0.5000" in caption
    assert "比 sgd 高 25.00 个百分点" in caption
