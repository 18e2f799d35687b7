"""Hidden checks of training: the grader's loop and batches, the student's fully connected network.

As in `training`, the trusted side chooses initial parameters and order, and measures accuracy
itself. The reference trains in the same way, so a right network reaches what the reference reaches.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from daseCV.checks.compare import expect
from daseCV.checks.questions.fully_connected_training import SMALL
from daseCV.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from daseCV.language import Message
from daseCV.profile import profile

from ...worker.frames import Handle
from ..draw import Draw
from ..learning import expect_learning, find_training, training_check
from ..models import build_model
from ..reference_run import Training
from ..registry import Array, Questioner, hidden_check
from . import training as common
from .fully_connected import DEEP, TWO

CELL = "cells.best_model_code"
MANY, BATCH = 5000, 100  # images of a run of the network of two layers
# Of a deep network: inputs, classes, dropout, normalization, reg, weight_scale, dtype
DEEP_SETTINGS = 3 * 32 * 32, 10, 1, None, 0.0, 1e-2, np.float64
LESS = 0.03  # than the reference's accuracy, since rounding differs
MINUTES = 5.0  # limit for the training of a student's best model
KEPT, UNSEEN = 9_000, 1_000  # images that the student's training gets, and never gets


def two_layer(draw: Draw) -> Training:
    """A network of two layers and many images."""
    X, y, X_unseen, y_unseen = common.load_images(profile())
    classes = draw.rng.permutation(10)
    network = common.draw_weights(draw, TwoLayerNet(hidden_dim=50, reg=0.3), 1e-3)
    order = common.draw_batches(draw, min(len(X), MANY), 2, BATCH)
    judge = judge_by_reference(X_unseen, classes[y_unseen], len(order))
    return Training(network, X[:MANY], classes[y[:MANY]], order, judge, rule="sgd")


@training_check(two_layer, learns=1)
def two_layer_training(ask: Questioner) -> None:
    """The network of two layers learns as well as the reference, on images that it has not seen."""
    training = find_training(two_layer, ask.secret)
    asked = Message(
        "{epochs} epochs over {count:,} images, {settings}",
        epochs=2,
        count=len(training.X),
        settings=f"batch_size {BATCH}, hidden_dim 50, reg 0.3, SGD",
    )
    sizes = int(np.prod(training.X.shape[1:])), 50, 10, 1e-3, 0.3
    with ask.part("learns"), ask.question(asked):
        expect_learning(ask, partial(build_model, ask, TWO, *sizes), training)


def three_layers(draw: Draw) -> Training:
    """A network of 3 layers and 50 images."""
    return small_training(draw, *SMALL[0])


def five_layers(draw: Draw) -> Training:
    """A network of 5 layers and 50 images."""
    return small_training(draw, *SMALL[1])


def small_training(draw: Draw, hidden: list[int], scale: float, rate: float) -> Training:
    """A deep network and images that it can learn by heart."""
    X, y = common.draw_few_images(draw, 50)
    network = FullyConnectedNet(hidden, weight_scale=scale, dtype=np.float64)
    order = common.draw_batches(draw, len(X), 20, 25)
    judge = judge_by_reference(X, y, len(order))
    return Training(
        common.draw_weights(draw, network, scale), X, y, order, judge, rule="sgd", rate=rate
    )


@training_check(three_layers, five_layers, three=1, five=1)
def fully_connected_overfit(ask: Questioner) -> None:
    """Networks of 3 and 5 layers learn 50 images by heart."""
    for part, make in (("three", three_layers), ("five", five_layers)):
        training = find_training(make, ask.secret)
        hidden = list(training.network.params["b1"].shape) * (training.network.num_layers - 1)
        asked = common.overfit_question(20, len(training.X), f"hidden_dims {hidden}, SGD")
        with ask.part(part), ask.question(asked):
            expect_learning(ask, partial(build_model, ask, DEEP, hidden, *DEEP_SETTINGS), training)


@hidden_check(needs_given_layers=True, can_replay=False, learns=1)
def best_model(ask: Questioner) -> None:
    """The student's own training, on the grader's images and classes; measured on unseen images."""
    X, y, *_ = common.load_images(profile())
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
        "best_model(data) with {training:,} images for training, {validation:,} for validation, in "
        "at most {minutes:g} minutes",
        minutes=MINUTES,
        training=first,
        validation=UNSEEN,
    )
    with ask.part("learns"), ask.question(asked):
        ask.worker.seed(ask.draw.seed())
        with ask.calling("best_model"):
            model = ask.worker.call(f"{CELL}:best_model", data, timeout=60 * MINUTES).result
            expect(isinstance(model, Handle), Message("best_model did not return a model"))
            right = 0
            for start in range(count, count + UNSEEN, 100):
                answer = ask.worker.call(model, X[start : start + 100], path=["loss"]).result
                expect(
                    isinstance(answer, np.ndarray) and answer.shape == (100, 10),
                    Message("loss(X) of the returned model is not an array of shape (N, 10)"),
                )
                right += int((np.argmax(answer, axis=1) == y[start : start + 100]).sum())
        reached = right / UNSEEN
        wrong = Message(
            "accuracy on unseen images is {reached:.1%}, expected above {wanted:.0%} (profile "
            "{profile})",
            reached=reached,
            wanted=wanted,
            profile=profile().name,
        )
        expect(reached > wanted, wrong)


def judge_by_reference(X: Array, y: Array, steps: int) -> Callable[[Any, float | None], float]:
    """Require that a network learns as much as the reference, from the same start."""

    def judge(trained: Any, reference: float | None) -> float:
        reached = common.measure_accuracy(trained, X, y)
        wanted = 0.0 if reference is None else reference - LESS
        wrong = Message(
            "accuracy after {steps} steps is {reached:.1%}, expected at least {wanted:.1%}",
            steps=steps,
            reached=reached,
            wanted=wanted,
        )
        expect(reached >= wanted, wrong)
        return reached

    return judge
