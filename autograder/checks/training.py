"""Hidden checks of training: our loop and our batches, the student's loss and update rule.

The trusted side chooses the initial parameters and the order of the images, takes the parameters at
the end, and measures accuracy itself, with the reference, also on images that the worker never saw.
Labels and colour channels are exchanged by a secret permutation, so that weights brought along fit
nothing.
"""

from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any

import numpy as np

from daseCV import optim
from daseCV.checks.compare import CheckFailure, expect
from daseCV.checks.network import expect_one_epoch, expect_overfit
from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.data_utils import get_CIFAR10_data
from daseCV.language import Message
from daseCV.profile import PROFILES, VARIABLE, Profile, profile
from daseCV.synthetic import make_images

from ..worker.client import StudentError
from ..worker.frames import Handle
from .models import build_model, fetch_parameters, set_parameters
from .network import MODEL, as_float
from .optimisers import STEPS, steps_question
from .registry import Array, Ask, hidden_check

ADAM = (
    "next_w = w - learning_rate * (m / (1 - beta1 ** t)) / (sqrt(v / (1 - beta2 ** t)) + epsilon)"
)
BATCH = 50
UNSEEN_LESS = 0.05  # unseen images may be recognised a little less often
LEARNING_RATE = 1e-3
FEW, EPOCHS = 250, 10  # images, and times that a short run sees them: 50 steps in all
# Settings far from the defaults, so that each of them moves something that can be seen.
RULES: tuple[dict[str, float], ...] = (
    {"learning_rate": 0.3, "beta1": 0.7, "beta2": 0.8, "epsilon": 0.2},
    {"learning_rate": 0.1, "beta1": 0.2, "beta2": 0.5, "epsilon": 0.05, "t": 3},
)


@hidden_check(needs_given_layers=True, replayed=False, learns=3, rule=1)
def cnn_overfit(ask: Ask) -> None:
    """A network with more parameters than images learns 100 images by heart, by Adam's rule."""
    y = np.arange(100) % 10
    X = make_images(y, seed=ask.draw.seed()).astype(np.float32)
    X -= X.mean(axis=0)
    X, y = permute_labels_and_channels(ask, X, y)
    asked = overfit_question(15, len(X), "Adam, learning_rate 1e-3")
    with ask.part("learns", ADAM), ask.question(asked):
        ours = start_network(ask, X.shape[1:], weight_scale=1e-2, hidden=100, reg=0.0)
        trained = train(ask, ours, X, y, batches(ask, len(X), epochs=15))
        expect_overfit(measure_accuracy(trained, X, y))
    with ask.part("rule", ADAM):
        follows_adam(ask)


def first_steps(ask: Ask) -> None:
    """A few steps of the same network on few images, which the reference learns in that time."""
    X, y, *_ = images(profile())
    X, y = X[:FEW], y[:FEW]
    asked = overfit_question(EPOCHS, FEW, "hidden_dim 100")
    with ask.part("learns"), ask.question(asked):
        ours = start_network(ask, X.shape[1:], weight_scale=1e-3, hidden=100, reg=1e-3)
        order = batches(ask, FEW, EPOCHS)
        theirs = train(ask, ours, X, y, order)
        before = ours.loss(X, y)[0]
        train_reference(ours, X, y, order)
        after = ours.loss(X, y)[0]
        wanted, reached = after + (before - after) / 4, theirs.loss(X, y)[0]
        wrong = Message(
            "the loss after {steps} steps is {reached:.3f}, expected below {wanted:.3f}",
            steps=len(order),
            reached=float(reached),
            wanted=float(wanted),
        )
        expect(reached < wanted, wrong)


@hidden_check(needs_given_layers=True, replayed=False, short=first_steps, learns=1)
def cnn_one_epoch(ask: Ask) -> None:
    """The course's network after one epoch, on images seen and unseen."""
    X, y, X_unseen, y_unseen = images(profile())
    order = ask.draw.rng.permutation(10), ask.draw.rng.permutation(3)
    y, y_unseen = order[0][y], order[0][y_unseen]
    wanted = profile().one_epoch_accuracy
    asked = Message(
        "one epoch over {count:,} images, {settings}",
        count=len(X),
        settings=f"batch_size {BATCH}, hidden_dim 500, reg 0.001, Adam",
    )
    with ask.part("learns", ADAM), ask.question(asked):
        ours = start_network(ask, X.shape[1:], weight_scale=1e-3, hidden=500, reg=1e-3)
        trained = train(ask, ours, X, y, batches(ask, len(X)), channels=order[1])
        seen = ask.draw.rng.choice(len(X), 2000, replace=False)
        reached = measure_accuracy(trained, X[seen][:, order[1]], y[seen])
        expect_one_epoch(Message("training accuracy"), reached, wanted)
        reached = measure_accuracy(trained, X_unseen[:, order[1]], y_unseen)
        expect_one_epoch(Message("accuracy on unseen images"), reached, wanted - UNSEEN_LESS)


def overfit_question(epochs: int, count: int, settings: str) -> Message:
    """What is asked where a few images are to be learned by heart."""
    return Message(
        "{epochs} epochs over the same {count} images, {settings}",
        epochs=epochs,
        count=count,
        settings=settings,
    )


def follows_adam(ask: Ask) -> None:
    """The update rule by itself: some steps with several settings, from the start and later on.

    What learns may still be another rule: one without the corrections, or with fixed settings.
    """
    for settings in RULES:
        shape = (3, 4)
        w, ours = ask.draw.normal(*shape), dict[str, Any](settings)
        if "t" in settings:
            ours |= {"m": ask.draw.normal(*shape), "v": ask.draw.normal(*shape) ** 2}
        config = ask.worker.keep(ours)
        with ask.question(steps_question("optim.adam", shape, str(settings))):
            for _ in range(STEPS):
                dw = ask.draw.normal(*shape)
                got, config = ask.call("optim:adam", w, dw, config, count=2, keep=[1])
                w, ours = optim.adam(w, dw, ours)
                expect(
                    isinstance(got, np.ndarray) and got.shape == w.shape,
                    Message("next_w of adam is not an array of shape {shape}", shape=w.shape),
                )
                try:
                    ask.close("next_w", got, w)
                except CheckFailure:  # its numbers would be hidden ones
                    wrong = Message("adam does not move w as its formula says")
                    raise CheckFailure(wrong) from None


def start_network(
    ask: Ask, dim: Any, *, weight_scale: float, hidden: int, reg: float
) -> ThreeLayerConvNet:
    """A network of ours with initial parameters that nobody knows."""
    ours = ThreeLayerConvNet(dim, 32, 7, hidden, 10, weight_scale, reg)
    for name, value in ours.params.items():
        if name.startswith("W"):
            ours.params[name] = ask.draw.normal(*value.shape, scale=weight_scale).astype(np.float32)
    return ours


def batches(ask: Ask, count: int, epochs: int = 1, size: int = BATCH) -> list[Array]:
    """Indices of the images of each step; each epoch goes through all of them in a new order."""
    orders = [ask.draw.rng.permutation(count) for _ in range(epochs)]
    return [order[first : first + size] for order in orders for first in range(0, count, size)]


def train(
    ask: Ask,
    ours: ThreeLayerConvNet,
    X: Array,
    y: Array,
    order: list[Array],
    channels: Array | None = None,
) -> ThreeLayerConvNet:
    """Train the student's network from our parameters with our loop; return ours with its own."""
    filters, _, size, _ = ours.params["W1"].shape
    hidden, classes = ours.params["W3"].shape
    sizes = X.shape[1:], filters, size, hidden, classes, 1e-3, ours.reg
    model = build_model(ask, MODEL, *sizes, np.float32)
    set_parameters(ask, model, ours.params)
    return train_student_model(ask, model, ours, X, y, order, channels=channels)


def train_student_model(
    ask: Ask,
    model: Handle,
    ours: Any,
    X: Array,
    y: Array,
    order: list[Array],
    *,
    rule: str = "optim:adam",
    rate: float = LEARNING_RATE,
    channels: Array | None = None,
) -> Any:
    """Let the student's network take steps with our batches; return ours with its parameters."""
    configs = ask.worker.keep({"all": {"learning_rate": rate}})
    for step, chosen in enumerate(order, start=1):
        batch = X[chosen] if channels is None else X[chosen][:, channels]
        try:
            loss = as_float(ask.worker.step(model, rule, configs, batch, y[chosen]))
        except StudentError as error:
            name = Message("step {step} of training", step=step)
            raise ask.student_failure(name, error) from None
        wrong = Message(
            "the loss is {loss} at step {step}, expected a finite number", loss=loss, step=step
        )
        expect(bool(np.isfinite(loss)), wrong)
        if step == 1:
            first = ours.loss(batch, y[chosen])[0]
            wrong = Message(
                "the first loss is not the loss of the given parameters; see the check of the "
                "network's loss first"
            )
            expect(abs(loss - first) < 0.05 * first, wrong)
    params = fetch_parameters(ask, model)
    trained = copy(ours)
    trained.params = {}
    for name, value in ours.params.items():
        got = params.get(name)
        wrong = Message(
            "after training, {name} is not an array of finite numbers of shape {shape}",
            name=name,
            shape=value.shape,
        )
        right = got is not None and got.shape == value.shape and bool(np.isfinite(got).all())
        expect(right, wrong)
        trained.params[name] = np.asarray(got, dtype=value.dtype)
    return trained


def train_reference(
    ours: Any,
    X: Array,
    y: Array,
    order: list[Array],
    rule: Callable[..., Any] = optim.adam,
    rate: float = LEARNING_RATE,
) -> None:
    """Train ours by the reference, in place."""
    configs: dict[str, Any] = {name: {"learning_rate": rate} for name in ours.params}
    for chosen in order:
        _, grads = ours.loss(X[chosen], y[chosen])
        for name, w in ours.params.items():
            ours.params[name], configs[name] = rule(w, grads[name], configs[name])


def measure_accuracy(model: Any, X: Array, y: Array) -> float:
    """Share of images that the reference's forward pass classifies correctly."""
    right = 0
    for start in range(0, len(X), 200):
        scores = model.loss(X[start : start + 200])
        right += int((scores.argmax(axis=1) == y[start : start + 200]).sum())
    return right / len(X)


def permute_labels_and_channels(ask: Ask, X: Array, y: Array) -> tuple[Array, Array]:
    """Exchange labels and colour channels by a permutation that nobody knows."""
    return X[:, ask.draw.rng.permutation(3)], ask.draw.rng.permutation(10)[y]


@cache
def images(profile: Profile) -> tuple[Array, Array, Array, Array]:
    """Training images of a profile and unseen ones, loaded once in a process.

    Raises
    ------
    ValueError
        If the profile has too few images to judge training by: no mark may come of it.
    """
    if not profile.judges_training:
        judging = ", ".join(name for name, one in PROFILES.items() if one.judges_training)
        raise ValueError(
            f"{VARIABLE} is {profile.name!r}, which has too few images to judge training by; "
            f"set it to one of {judging}, and grade again"
        )
    data = get_CIFAR10_data(num_training=profile.train_images)
    return data["X_train"], data["y_train"], data["X_val"], data["y_val"]
