"""The Solver's updates: block by block and in place, on copies of the parameters it was given."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daseCV import optim, solver
from daseCV.classifiers.fc_net import TwoLayerNet
from daseCV.solver import Solver

Array = np.ndarray

LARGE = 10**6  # numbers: all parameters here are one block


def make_solver(rule: str = "adam", num_epochs: int = 2, name: Path | None = None) -> Solver:
    """A network with parameters of (4, 10), (10,), (10, 3) and (3,), the same in every call."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 3
    X = rng.standard_normal((60, 4)) + np.eye(3, 4)[y]
    np.random.seed(1)
    return Solver(
        TwoLayerNet(4, 10, 3, weight_scale=0.5, reg=0.1),
        {"X_train": X[:40], "y_train": y[:40], "X_val": X[40:], "y_val": y[40:]},
        update_rule=rule,
        optim_config={"learning_rate": 0.05},
        lr_decay=0.7,
        batch_size=10,
        num_epochs=num_epochs,
        checkpoint_name=str(name) if name else None,
        verbose=False,
    )


def last_params(solver: Solver) -> dict[str, Array]:
    """Train, and return the parameters after the last step, whether they were the best or not."""
    seen: list[dict[str, Array]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(solver, "_keep_best", lambda: seen.append(solver.model.params))
        patch.setattr(solver, "check_accuracy", lambda *_: float(len(seen)))  # better each time
        solver.train()
    return seen[-1]


class ModelWithFixedGradient:
    """A model with one parameter of shape (2, 3) and a given gradient."""

    def __init__(self, gradient: Array) -> None:
        self.params = {"w": np.zeros((2, 3))}
        self.gradient = gradient

    def loss(self, X: Array, y: Array | None = None) -> Any:
        return np.eye(2)[: len(X)] if y is None else (1.0, {"w": self.gradient})


TWO_SAMPLES = {f"{kind}_{part}": np.arange(2) for kind in "Xy" for part in ("train", "val")}


@pytest.mark.parametrize("block", [1, 11, 25])  # the last row may be short of a block
@pytest.mark.parametrize("rule", ["sgd", "sgd_momentum", "rmsprop", "adam"])
def test_an_update_in_many_blocks_equals_an_update_in_one_piece(
    rule: str, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver, "BLOCK", LARGE)
    expected = last_params(make_solver(rule))

    monkeypatch.setattr(solver, "BLOCK", block)
    in_blocks = make_solver(rule)
    got = last_params(in_blocks)

    assert len(in_blocks.optim_configs["W1"]) > 1
    for name, value in expected.items():
        assert np.array_equal(got[name], value), name


def test_each_number_of_a_parameter_of_any_shape_is_in_one_block(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(solver, "BLOCK", 12)

    for shape in [(1,), (12,), (13,), (5, 6), (3, 40), (7, 2, 3, 1), (0,), (0, 4)]:
        covered = np.zeros(shape)
        for rows in solver._blocks(covered):
            covered[rows] += 1
        assert (covered == 1).all(), shape


def test_training_does_not_change_the_given_parameters() -> None:
    trained = make_solver()
    given = dict(trained.model.params)
    before = {name: value.copy() for name, value in given.items()}

    trained.train()

    for name, value in given.items():
        assert np.array_equal(value, before[name]), name
        assert not np.array_equal(trained.model.params[name], value), name


@pytest.mark.parametrize("shape", [(3,), (3, 2), (1, 3), ()])
def test_a_gradient_of_another_shape_is_refused_with_both_shapes(shape: tuple[int, ...]) -> None:
    trained = Solver(ModelWithFixedGradient(np.ones(shape)), TWO_SAMPLES, verbose=False)

    with pytest.raises(ValueError, match=r"gradient of w has shape .*, not \(2, 3\)") as error:
        trained.train()

    assert f"has shape {shape}," in str(error.value)


def test_a_rule_whose_next_w_has_another_shape_is_refused_with_both_shapes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def sums(w: Array, dw: Array, config: dict[str, Any]) -> tuple[Array, dict[str, Any]]:
        return (w - dw).sum(axis=0), config

    monkeypatch.setattr(optim, "sgd", sums)
    trained = Solver(ModelWithFixedGradient(np.ones((2, 3))), TWO_SAMPLES, verbose=False)

    message = r"sums returned next_w of shape \(3,\) for w of shape \(2, 3\)"
    with pytest.raises(ValueError, match=message):
        trained.train()


def test_a_run_resumed_with_several_blocks_ends_like_an_uninterrupted_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solver, "BLOCK", 11)
    straight = make_solver(name=tmp_path / "straight")
    straight.train()
    resumed = make_solver(num_epochs=1, name=tmp_path / "resumed")

    resumed.resume(tmp_path / "straight_epoch_1.npz")
    resumed.train()

    assert resumed.loss_history == straight.loss_history
    with (
        np.load(tmp_path / "straight_epoch_2.npz") as expected,
        np.load(tmp_path / "resumed_epoch_2.npz") as got,
    ):
        assert "optim/W1/3/m" in expected
        assert set(got) == set(expected)
        assert all(np.array_equal(got[name], expected[name]) for name in expected)


def test_a_parameter_that_is_a_single_number_is_updated_too() -> None:
    model = ModelWithFixedGradient(np.array(2.0))
    model.params["w"] = np.array(1.0)
    single = Solver(model, TWO_SAMPLES, optim_config={"learning_rate": 0.25}, verbose=False)

    single._step(np.arange(2))

    assert model.params["w"] == 0.5
