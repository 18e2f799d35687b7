"""Checkpoints: an interrupted run ends exactly like an uninterrupted run."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daseCV.classifiers.fc_net import FullyConnectedNet
from daseCV.solver import Solver

Array = np.ndarray


def make_solver(name: Path | None, num_epochs: int, **changes: Any) -> Solver:
    """A network with batch norm and dropout; accuracy is measured on a random sample."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.standard_normal((60, 4)) + np.eye(3, 4)[y]
    data = {"X_train": X[:40], "y_train": y[:40], "X_val": X[40:], "y_val": y[40:]}
    network: dict[str, Any] = {
        "hidden_dims": [6, 5],
        "input_dim": 4,
        "num_classes": 3,
        "normalization": "batchnorm",
        "dropout": 0.8,
        "weight_scale": 0.5,
        "dtype": np.float64,
        **changes,
    }
    return Solver(
        FullyConnectedNet(**network),
        data,
        update_rule="adam",
        optim_config={"learning_rate": 0.05},
        lr_decay=0.7,
        batch_size=10,
        num_epochs=num_epochs,
        num_train_samples=20,
        checkpoint_name=str(name) if name else None,
        verbose=False,
    )


def contents(checkpoint: Path) -> dict[str, list[Any]]:
    with np.load(checkpoint) as file:
        return {name: value.tolist() for name, value in file.items()}


@pytest.fixture
def straight_run(tmp_path: Path) -> Solver:
    """Two epochs without a break; saves straight_epoch_1.npz and straight_epoch_2.npz."""
    np.random.seed(1)
    solver = make_solver(tmp_path / "straight", num_epochs=2)
    solver.train()
    return solver


def test_a_resumed_run_ends_like_an_uninterrupted_run(straight_run: Solver, tmp_path: Path) -> None:
    np.random.seed(999)  # another session, other random numbers
    resumed = make_solver(tmp_path / "resumed", num_epochs=1)

    resumed.resume(tmp_path / "straight_epoch_1.npz")
    resumed.train()

    # Parameters, running averages, Adam's memory, histories, best parameters, random numbers.
    assert contents(tmp_path / "resumed_epoch_2.npz") == contents(tmp_path / "straight_epoch_2.npz")
    assert resumed.loss_history == straight_run.loss_history
    assert resumed.val_acc_history == straight_run.val_acc_history
    assert resumed.epoch == straight_run.epoch == 2
    for name, value in straight_run.model.params.items():
        assert np.array_equal(resumed.model.params[name], value)
    for ours, theirs in zip(resumed.model.bn_params, straight_run.model.bn_params, strict=True):
        assert np.array_equal(ours["running_mean"], theirs["running_mean"])
        assert np.array_equal(ours["running_var"], theirs["running_var"])


def test_a_checkpoint_holds_everything_that_the_next_step_depends_on(
    straight_run: Solver, tmp_path: Path
) -> None:
    first, second = (contents(tmp_path / f"straight_epoch_{n}.npz") for n in (1, 2))

    for name in (
        "params/W1",
        "bn/0/running_mean",
        "bn/1/running_var",
        "optim/W1/0/m",
        "optim/b1/0/v",
    ):
        assert first[name] != second[name]
    assert first["state"] != second["state"]
    assert first["random"] != second["random"] or first["state"] != second["state"]


def test_a_resumed_run_that_gets_worse_restores_the_best_parameters(
    straight_run: Solver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    resumed = make_solver(None, num_epochs=1)
    resumed.resume(tmp_path / "straight_epoch_1.npz")
    best = {name: value.copy() for name, value in resumed.best_params.items()}
    monkeypatch.setattr(resumed, "check_accuracy", lambda *_: 0.0)

    resumed.train()

    for name, value in resumed.model.params.items():
        assert np.array_equal(value, best[name])


def test_resuming_does_not_depend_on_how_the_new_model_was_initialised(
    straight_run: Solver, tmp_path: Path
) -> None:
    resumed = make_solver(None, num_epochs=1, weight_scale=100.0)

    resumed.resume(tmp_path / "straight_epoch_2.npz")

    saved = contents(tmp_path / "straight_epoch_2.npz")
    assert {f"params/{k}": v.tolist() for k, v in resumed.model.params.items()} == {
        name: value for name, value in saved.items() if name.startswith("params/")
    }


@pytest.mark.parametrize(
    "changes", [{"hidden_dims": [6, 6]}, {"hidden_dims": [6]}, {"normalization": None}]
)
def test_a_checkpoint_of_another_network_is_refused(
    straight_run: Solver, tmp_path: Path, changes: dict[str, Any]
) -> None:
    other = make_solver(None, num_epochs=1, **changes)
    before = {name: value.copy() for name, value in other.model.params.items()}

    with pytest.raises(ValueError, match=r"straight_epoch_1\.npz holds parameters .*, expected"):
        other.resume(tmp_path / "straight_epoch_1.npz")

    assert all(np.array_equal(other.model.params[name], before[name]) for name in before)


def test_missing_checkpoint_folders_are_created(tmp_path: Path) -> None:
    make_solver(tmp_path / "runs" / "today" / "bn", num_epochs=1).train()

    assert (tmp_path / "runs" / "today" / "bn_epoch_1.npz").exists()


def test_saving_prints_one_line(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    solver = make_solver(tmp_path / "bn", num_epochs=1)
    solver.verbose = True

    solver.train()

    assert f"Saved checkpoint {tmp_path / 'bn_epoch_1.npz'}\n" in capsys.readouterr().out
