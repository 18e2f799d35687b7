"""The training loop: what it prints, what it keeps, when it stops, and how it continues."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daseCV.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from daseCV.solver import Solver

Array = np.ndarray


class ScriptedModel:
    """A model with given losses that always answers class 0 and records its batches."""

    def __init__(self, losses: Any = 2.30474) -> None:
        self.params = {"w": np.zeros(1)}
        self.losses = losses
        self.trained: list[Array] = []
        self.scored: list[int] = []

    def loss(self, X: Array, y: Array | None = None) -> Any:
        if y is None:
            self.scored.append(len(X))
            return np.tile([1.0, 0.0], (len(X), 1))
        self.trained.append(X.ravel().copy())
        loss = self.losses if np.isscalar(self.losses) else self.losses[len(self.trained) - 1]
        return loss, {"w": -np.ones(1)}


def numbered_samples(train: int, right: int, val: int = 10, val_right: int = 0) -> dict[str, Array]:
    """Samples whose value is their number; the first `right` of them are of class 0."""
    return {
        "X_train": np.arange(float(train))[:, None],
        "y_train": (np.arange(train) >= right).astype(int),
        "X_val": np.arange(float(val))[:, None],
        "y_val": (np.arange(val) >= val_right).astype(int),
    }


def separable_points(seed: int = 0) -> dict[str, Array]:
    """Classes of 2-d points that a small network learns in a few epochs."""
    rng = np.random.default_rng(seed)
    y = np.arange(90) % 3
    X = rng.standard_normal((90, 2)) + 4 * np.eye(3)[y][:, :2]
    return {"X_train": X[:60], "y_train": y[:60], "X_val": X[60:], "y_val": y[60:]}


def test_training_lines_are_printed_exactly(capsys: pytest.CaptureFixture) -> None:
    data = numbered_samples(49_000, right=5047, val=1000, val_right=107)

    Solver(ScriptedModel(), data, batch_size=50, num_epochs=1, print_every=490).train()

    # `num_train_samples` draws 1000 of the training samples; only this number is random.
    lines = capsys.readouterr().out.splitlines()
    accuracies = [line.partition("train acc: 0.")[2][:6] for line in lines if "Epoch" in line]
    assert lines == [
        f"(Epoch 0 / 1) train acc: 0.{accuracies[0]}; val_acc: 0.107000",
        "(Iteration 1 / 980) loss: 2.304740",
        "(Iteration 491 / 980) loss: 2.304740",
        f"(Epoch 1 / 1) train acc: 0.{accuracies[1]}; val_acc: 0.107000",
    ]


def test_training_accuracy_has_six_digits(capsys: pytest.CaptureFixture) -> None:
    data = numbered_samples(1000, right=103, val=1000, val_right=107)

    Solver(ScriptedModel(), data, num_epochs=1, print_every=100).train()

    first = capsys.readouterr().out.splitlines()[0]
    assert first == "(Epoch 0 / 1) train acc: 0.103000; val_acc: 0.107000"


def test_a_long_run_shows_a_bar_apart_from_the_printed_lines(
    capsys: pytest.CaptureFixture,
) -> None:
    Solver(ScriptedModel(), numbered_samples(200, right=1), batch_size=1, num_epochs=1).train()

    captured = capsys.readouterr()
    assert "200/200" in captured.err
    assert "loss=2.305, train=0.005, val=0.000" in captured.err
    assert "\r" not in captured.out
    assert all(line.startswith(("(Iteration ", "(Epoch ")) for line in captured.out.splitlines())


def test_a_short_run_shows_no_bar(capsys: pytest.CaptureFixture) -> None:
    Solver(ScriptedModel(), numbered_samples(199, right=1), batch_size=1, num_epochs=1).train()

    assert capsys.readouterr().err == ""


def test_a_run_that_is_not_verbose_prints_nothing(
    capsys: pytest.CaptureFixture, tmp_path: Path
) -> None:
    name = str(tmp_path / "run")
    data = numbered_samples(300, right=1)

    Solver(
        ScriptedModel(), data, batch_size=1, num_epochs=1, checkpoint_name=name, verbose=False
    ).train()

    assert capsys.readouterr() == ("", "")


def test_each_epoch_visits_every_sample_once_in_a_new_order() -> None:
    model = ScriptedModel()

    Solver(model, numbered_samples(25, right=1), batch_size=10, num_epochs=2, verbose=False).train()

    assert [len(batch) for batch in model.trained] == [10, 10, 5, 10, 10, 5]
    first, second = np.concatenate(model.trained[:3]), np.concatenate(model.trained[3:])
    assert sorted(first) == sorted(second) == list(range(25))
    assert list(first) != list(second)


def test_accuracy_is_the_share_of_right_answers_computed_in_batches() -> None:
    model = ScriptedModel()
    data = numbered_samples(25, right=7)
    solver = Solver(model, data, verbose=False)

    accuracy = solver.check_accuracy(data["X_train"], data["y_train"], batch_size=10)

    assert accuracy == 7 / 25
    assert model.scored == [10, 10, 5]


def test_accuracy_on_a_sample_draws_that_many_without_replacement() -> None:
    model = ScriptedModel()
    data = numbered_samples(40, right=39)
    solver = Solver(model, data, verbose=False)

    accuracies = [
        solver.check_accuracy(data["X_train"], data["y_train"], num_samples=39) for _ in range(200)
    ]

    assert set(model.scored) == {39}
    assert set(accuracies) == {38 / 39, 1.0}  # at most the one wrong sample, never twice


def test_best_params_exist_even_if_no_answer_is_ever_right() -> None:
    solver = Solver(ScriptedModel(), numbered_samples(5, right=0), num_epochs=2, verbose=False)

    solver.train()

    assert solver.best_val_acc == 0.0
    assert solver.best_params["w"].tolist() == [0.0]
    assert solver.model.params["w"].tolist() == [0.0]


def test_zero_epochs_measure_once_and_keep_the_initial_parameters() -> None:
    model = TwoLayerNet(2, 5, 3)
    before = model.params["W1"].copy()
    solver = Solver(model, separable_points(), num_epochs=0, verbose=False)

    solver.train()

    assert np.array_equal(solver.best_params["W1"], before)
    assert len(solver.val_acc_history) == 1
    assert solver.loss_history == []


def test_the_best_weights_are_restored_with_their_running_averages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = FullyConnectedNet([5], 2, 3, normalization="batchnorm", dtype=np.float64)
    solver = Solver(model, separable_points(), num_epochs=3, batch_size=20, verbose=False)
    accuracies = iter([0.1, 0.1, 0.5, 0.9, 0.5, 0.2, 0.5, 0.9])  # train, val: epoch 1 is the best
    seen: list[dict[str, Array]] = []

    def check_accuracy(*_: Any) -> float:
        seen.append(copy.deepcopy({**model.params, **model.bn_params[0]}))
        return next(accuracies)

    monkeypatch.setattr(solver, "check_accuracy", check_accuracy)

    solver.train()

    best, last = seen[3], seen[7]
    for name, value in {**model.params, **model.bn_params[0]}.items():
        if name != "mode":
            assert np.array_equal(value, best[name]), name
            assert not np.array_equal(value, last[name]), name
    assert solver.best_val_acc == 0.9


def test_a_loss_that_is_not_finite_stops_the_run_and_restores_the_best_parameters() -> None:
    model = ScriptedModel([2.0, 1.0, np.nan])
    solver = Solver(model, numbered_samples(2, right=1, val_right=5), batch_size=1, verbose=False)

    with pytest.raises(FloatingPointError, match=r"loss is nan at iteration 3; .*learning rate"):
        solver.train()

    assert model.params["w"].tolist() == [0.0]  # epoch 1 was no better than the start
    assert solver.loss_history == [2.0, 1.0]


def test_learning_rate_decays_after_each_epoch() -> None:
    model = ScriptedModel()
    config = {"learning_rate": 1.0}
    data = numbered_samples(2, right=1)

    solver = Solver(model, data, optim_config=config, lr_decay=0.5, num_epochs=3, verbose=False)
    solver.train()

    assert [config["learning_rate"] for config in solver.optim_configs["w"]] == [0.125]
    assert config == {"learning_rate": 1.0}


@pytest.mark.parametrize("rule", ["adamw", "np", "__doc__"])
def test_an_unknown_update_rule_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match=f"update_rule is '{rule}', expected .*'adam'"):
        Solver(ScriptedModel(), numbered_samples(2, right=1), update_rule=rule)


def test_different_numbers_of_samples_and_classes_are_refused() -> None:
    data = numbered_samples(5, right=1)
    data["y_train"] = data["y_train"][:4]

    with pytest.raises(ValueError, match=r"Solver \(train\): y has shape \(4,\), expected \(5,\)"):
        Solver(ScriptedModel(), data)


def test_classes_that_are_not_whole_numbers_are_refused() -> None:
    data = numbered_samples(5, right=1)
    data["y_val"] = data["y_val"].astype(float)

    with pytest.raises(TypeError, match=r"Solver \(val\): y holds float64, expected whole numbers"):
        Solver(ScriptedModel(), data)


def test_missing_data_are_named() -> None:
    data = numbered_samples(2, right=1)
    del data["y_val"]

    with pytest.raises(ValueError, match=r"data lacks \['y_val'\]"):
        Solver(ScriptedModel(), data)


@pytest.mark.parametrize(("train", "batch_size"), [(0, 10), (5, 0)])
def test_zero_samples_or_a_batch_size_of_zero_is_refused(train: int, batch_size: int) -> None:
    with pytest.raises(ValueError, match=f"batch_size {batch_size} and {train} training samples"):
        Solver(ScriptedModel(), numbered_samples(train, right=0), batch_size=batch_size)


class DivergingModel:
    """A model whose loss grows a thousandfold at each step."""

    def __init__(self) -> None:
        self.params = {"W": np.zeros(1)}
        self.size = 1.0

    def loss(self, X: Any, y: Any = None) -> Any:
        if y is None:
            return np.zeros((len(X), 2))
        self.size *= 1e4
        return self.size, {"W": np.zeros(1)}


def test_a_diverging_loss_asks_about_the_learning_rate_once_in_short_lines(
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = {"X_train": np.zeros((40, 1)), "y_train": np.zeros(40, int)}
    data |= {"X_val": np.zeros((2, 1)), "y_val": np.zeros(2, int)}

    Solver(DivergingModel(), data, batch_size=1, num_epochs=1, print_every=39).train()

    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if "training diverges. Is the learning rate too large?" in line]
    assert sum("diverges" in line for line in lines) == 1
    assert max(map(len, lines)) < 130
