"""Hidden checks of training fully connected networks: our loop and batches, the student's network.

As in `training`, the trusted side chooses initial parameters and order, and measures accuracy
itself. The reference goes the same way, so what it reaches is what a right network reaches.
"""

from typing import Any

import numpy as np

from daseCV import optim
from daseCV.checks.compare import expect
from daseCV.checks.fully_connected_training import SMALL
from daseCV.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from daseCV.language import Message
from daseCV.profile import profile
from daseCV.synthetic import make_images

from ..worker.client import StudentError
from ..worker.frames import Handle
from .fully_connected import DEEP, TWO
from .models import build_model, set_parameters
from .registry import Array, Ask, hidden_check
from .training import (
    batches,
    images,
    measure_accuracy,
    overfit_question,
    permute_labels_and_channels,
    train_reference,
    train_student_model,
)

CELL = "cells.best_model_code"
MANY, BATCH = 5000, 100  # images of a run of the network of two layers
LESS = 0.03  # than the reference's accuracy: its rounding is not the student's
MINUTES = 5.0  # that a student's best model may train
KEPT, UNSEEN = 9_000, 1_000  # images that it is given, and that it never sees


@hidden_check(needs_given_layers=True, replayed=False, learns=1)
def two_layer_training(ask: Ask) -> None:
    """The network of two layers learns as well as the reference, on images that it has not seen."""
    X, y, X_unseen, y_unseen = images(profile())
    classes = ask.draw.rng.permutation(10)
    X, y, y_unseen = X[:MANY], classes[y[:MANY]], classes[y_unseen]
    asked = Message(
        "{epochs} epochs over {count:,} images, {settings}",
        epochs=2,
        count=len(X),
        settings=f"batch_size {BATCH}, hidden_dim 50, reg 0.3, SGD",
    )
    with ask.part("learns"), ask.question(asked):
        ours = draw_network(ask, TwoLayerNet(hidden_dim=50, reg=0.3), 1e-3)
        model = build_model(ask, TWO, int(np.prod(X.shape[1:])), 50, 10, 1e-3, 0.3)
        expect_learning(
            ask, model, ours, X, y, (X_unseen, y_unseen), batches(ask, len(X), 2, BATCH), 1e-3
        )


@hidden_check(needs_given_layers=True, replayed=False, three=1, five=1)
def fully_connected_overfit(ask: Ask) -> None:
    """Networks of 3 and 5 layers learn 50 images by heart."""
    y = np.arange(50) % 10
    X = make_images(y, seed=ask.draw.seed()).astype(np.float32)
    X -= X.mean(axis=0)
    X, y = permute_labels_and_channels(ask, X, y)
    for part, (hidden, scale, rate) in zip(("three", "five"), SMALL, strict=True):
        asked = overfit_question(20, len(X), f"hidden_dims {hidden}, SGD")
        with ask.part(part), ask.question(asked):
            ours = draw_network(
                ask, FullyConnectedNet(hidden, weight_scale=scale, dtype=np.float64), scale
            )
            model = build_model(ask, DEEP, hidden)
            ask.worker.put(model, "dtype", value=np.float64)
            expect_learning(ask, model, ours, X, y, (X, y), batches(ask, len(X), 20, 25), rate)


@hidden_check(needs_given_layers=True, replayed=False, learns=1)
def best_model(ask: Ask) -> None:
    """The student's own training, on images and classes that are ours; measured on unseen ones."""
    X, y, *_ = images(profile())
    count = min(KEPT, len(X) - UNSEEN)
    chosen = ask.draw.rng.permutation(len(X))[: count + UNSEEN]
    X, y = X[chosen], ask.draw.rng.permutation(10)[y[chosen]]
    first = count - UNSEEN
    data = {
        "X_train": X[:first],
        "y_train": y[:first],
        "X_val": X[first:count],
        "y_val": y[first:count],
        "X_test": X[count:],
    }
    wanted = profile().best_accuracy - 0.1  # it has fewer images than in the notebook
    asked = Message(
        "best_model(data) with {training:,} images for training, {validation:,} for validation",
        training=first,
        validation=UNSEEN,
    )
    with ask.part("learns"), ask.question(asked):
        ask.worker.seed(ask.draw.seed())
        try:
            model = ask.worker.call(f"{CELL}:best_model", data, within=60 * MINUTES).result
            expect(isinstance(model, Handle), Message("best_model did not return a model"))
            right = 0
            for start in range(count, count + UNSEEN, 100):
                answer = ask.worker.call(model, X[start : start + 100], path=["loss"]).result
                expect(
                    isinstance(answer, np.ndarray) and answer.shape == (100, 10),
                    Message("loss(X) of the returned model is not an array of shape (N, 10)"),
                )
                right += int((np.argmax(answer, axis=1) == y[start : start + 100]).sum())
        except StudentError as error:
            raise ask.student_failure("best_model", error) from None
        reached = right / UNSEEN
        wrong = Message(
            "accuracy on unseen images is {reached:.1%}, expected above {wanted:.0%} (profile "
            "{profile})",
            reached=reached,
            wanted=wanted,
            profile=profile().name,
        )
        expect(reached > wanted, wrong)


def draw_network(ask: Ask, ours: Any, scale: float) -> Any:
    """A network of ours with initial weights that nobody knows."""
    for name, value in ours.params.items():
        if name.startswith("W"):
            ours.params[name] = ask.draw.normal(*value.shape, scale=scale).astype(value.dtype)
    return ours


def expect_learning(
    ask: Ask,
    model: Handle,
    ours: Any,
    X: Array,
    y: Array,
    measured: tuple[Array, Array],
    order: list[Array],
    rate: float,
) -> None:
    """Insist that the student's network learns as much as ours, from the same start."""
    set_parameters(ask, model, ours.params)
    trained = train_student_model(ask, model, ours, X, y, order, rule="optim:sgd", rate=rate)
    reached = measure_accuracy(trained, *measured)
    train_reference(ours, X, y, order, optim.sgd, rate)
    wanted = measure_accuracy(ours, *measured) - LESS
    wrong = Message(
        "accuracy after {steps} steps is {reached:.1%}, expected at least {wanted:.1%}",
        steps=len(order),
        reached=reached,
        wanted=wanted,
    )
    expect(reached >= wanted, wrong)
