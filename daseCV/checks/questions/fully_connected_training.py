"""Public checks of training fully connected networks: overfitting, two layers, the best model."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...language import Message
from ...profile import profile
from ..compare import Array, expect
from ..library import student
from ..registry import needed_call, public_check

# Hidden layers, scale of the initial weights, learning rate: with 3 layers and with 5.
SMALL: tuple[tuple[list[int], float, float], ...] = (
    ([100, 100], 1e-2, 1e-2),
    ([100, 100, 100, 100], 5e-2, 5e-3),
)
EPOCHS = 20


@public_check
def two_layer_training(solver: Any = None) -> Iterator[str]:
    """The training run of the notebook: accuracy on the validation set, measured anew."""
    expect_run("two_layer_training", solver)
    wanted = profile().two_layer_accuracy
    accuracy = solver.check_accuracy(solver.X_val, solver.y_val)
    advice = Message("see two_layer_net first, then learning rate, epochs and reg")
    yield expect_validation_accuracy(accuracy, wanted, advice)


@public_check
def fully_connected_overfit() -> Iterator[str]:
    """Networks of 3 and of 5 layers learn 50 images by heart within 20 epochs."""
    fc_net = student("classifiers.fc_net")
    for hidden, weight_scale, learning_rate in SMALL:
        layers = len(hidden) + 1
        np.random.seed(231)
        accuracy = learn_by_heart(
            fc_net.FullyConnectedNet(hidden, weight_scale=weight_scale, dtype=np.float64),
            count=50,
            num_epochs=EPOCHS,
            batch_size=25,
            update_rule="sgd",
            optim_config={"learning_rate": learning_rate},
        )
        wrong = Message(
            "with {layers} layers, training accuracy on the same 50 images is {accuracy:.0%} after "
            "{epochs} epochs, expected 100%; see fully_connected_net first",
            layers=layers,
            accuracy=accuracy,
            epochs=EPOCHS,
        )
        expect(accuracy == 1, wrong)
        yield Message(
            "{layers} layers: training accuracy 100% on 50 images within {epochs} epochs",
            layers=layers,
            epochs=EPOCHS,
        )


@public_check
def best_model(model: Any = None, data: Mapping[str, Array] | None = None) -> Iterator[str]:
    """The network that `best_model` returned: accuracy on the validation set."""
    usage = 'check("best_model", model=best, data=data)'
    expect(
        model is not None and hasattr(model, "loss") and data is not None,
        Message("no network to look at; use {usage}", usage=usage),
    )
    assert data is not None
    wanted = profile().best_accuracy
    X, y = data["X_val"], data["y_val"]
    right = sum(
        int((model.loss(X[start : start + 100]).argmax(axis=1) == y[start : start + 100]).sum())
        for start in range(0, len(X), 100)
    )
    advice = Message("try another depth, width, reg, update rule or learning rate")
    yield expect_validation_accuracy(right / len(X), wanted, advice)


def learn_by_heart(model: Any, count: int, **settings: Any) -> float:
    """Train a network on a few images; its best accuracy on these."""
    from ...synthetic import make_images

    y = np.arange(count) % 10
    X = make_images(y, seed=231).astype(np.float32)
    X -= X.mean(axis=0)
    data = {"X_train": X, "y_train": y, "X_val": X[:10], "y_val": y[:10]}
    run = student("solver").Solver(model, data, verbose=False, **settings)
    run.train()
    return max(run.train_acc_history)


def expect_run(name: str, solver: Any) -> None:
    """Require that a check gets a training run."""
    wrong = Message(
        "no training run to look at; use {usage} after training", usage=needed_call(name)
    )
    expect(solver is not None and hasattr(solver, "model"), wrong)


def expect_validation_accuracy(accuracy: float, wanted: float, advice: str) -> str:
    """Require a validation accuracy; return it in words."""
    wrong = Message(
        "validation accuracy is {accuracy:.1%}, expected above {wanted:.0%} (profile {profile}); "
        "{advice}",
        accuracy=accuracy,
        wanted=wanted,
        profile=profile().name,
        advice=advice,
    )
    expect(accuracy > wanted, wrong)
    return Message(
        "validation accuracy {accuracy:.1%}, above {wanted:.0%} (profile {profile})",
        accuracy=accuracy,
        wanted=wanted,
        profile=profile().name,
    )
