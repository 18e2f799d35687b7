"""Hidden checks of training: our loop and our batches, the student's loss and update rule.

The trusted side chooses the initial parameters and the order of the images, takes the parameters at
the end, and measures accuracy itself, with the reference, also on images that the worker never saw.
Labels and colour channels are exchanged by a secret permutation, so that weights brought along fit
nothing.
"""

from functools import cache, partial
from typing import Any

import numpy as np

from daseCV import optim
from daseCV.checks.compare import CheckFailure, expect
from daseCV.checks.questions.network import expect_one_epoch, expect_overfit
from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.data_utils import get_CIFAR10_data
from daseCV.language import Message
from daseCV.profile import PROFILES, VARIABLE, Profile, profile
from daseCV.synthetic import make_images

from ...worker.frames import Handle
from ..draw import Draw
from ..learning import expect_learning, find_training, training_check
from ..models import build_model
from ..reference_run import Training
from ..registry import Array, Questioner
from .network import MODEL
from .optimisers import ADAM, STEPS, steps_question

BATCH = 50
UNSEEN_LESS = 0.05  # unseen images may be recognised a little less often
FEW, EPOCHS = 250, 10  # images, and times that a short run sees them: 50 steps in all
# Settings far from the defaults, so that each of them moves something that can be seen.
RULES: tuple[dict[str, float], ...] = (
    {"learning_rate": 0.3, "beta1": 0.7, "beta2": 0.8, "epsilon": 0.2},
    {"learning_rate": 0.1, "beta1": 0.2, "beta2": 0.5, "epsilon": 0.05, "t": 3},
)


def overfit_training(draw: Draw) -> Training:
    """A network with more parameters than images, and 100 images."""
    X, y = draw_few_images(draw, 100)

    def judge(network: Any, _: float | None) -> float:
        reached = measure_accuracy(network, X, y)
        expect_overfit(reached)
        return reached

    network = make_network(draw, X.shape[1:], weight_scale=1e-2, hidden=100, reg=0.0)
    return Training(network, X, y, draw_batches(draw, len(X), epochs=15), judge)


@training_check(overfit_training, learns=3, rule=1)
def cnn_overfit(ask: Questioner) -> None:
    """A network with more parameters than images learns 100 images by heart, by Adam's rule."""
    training = find_training(overfit_training, ask.secret)
    with ask.part("rule", ADAM):
        compare_with_adam(ask)
    asked = overfit_question(15, len(training.X), "Adam, learning_rate 1e-3")
    with ask.part("learns", ADAM), ask.question(asked):
        expect_learning(ask, partial(build_convnet, ask, training.network), training)


def short_training(draw: Draw) -> Training:
    """A few steps of the course's network on few images."""
    X, y, *_ = load_images(profile())
    X, y = X[:FEW], y[:FEW]
    network = make_network(draw, X.shape[1:], weight_scale=1e-3, hidden=100, reg=1e-3)
    before, order = network.loss(X, y)[0], draw_batches(draw, FEW, EPOCHS)

    def judge(trained: Any, reference: float | None) -> float:
        reached = float(trained.loss(X, y)[0])
        wanted = reached + 1 if reference is None else reference + (before - reference) / 4
        wrong = Message(
            "the loss after {steps} steps is {reached:.3f}, expected below {wanted:.3f}",
            steps=len(order),
            reached=reached,
            wanted=float(wanted),
        )
        expect(reached < wanted, wrong)
        return reached

    return Training(network, X, y, order, judge)


def ask_first_steps(ask: Questioner) -> None:
    """What is asked in the place of an epoch while the part is looked for that is to blame."""
    training = find_training(short_training, ask.secret)
    with ask.part("learns"), ask.question(overfit_question(EPOCHS, FEW, "hidden_dim 100")):
        expect_learning(ask, partial(build_convnet, ask, training.network), training)


def epoch_training(draw: Draw) -> Training:
    """The course's network and images, for one epoch."""
    X, y, X_unseen, y_unseen = load_images(profile())
    classes, channels = draw.rng.permutation(10), draw.rng.permutation(3)
    y, y_unseen = classes[y], classes[y_unseen]
    seen = draw.rng.choice(len(X), 2000, replace=False)
    wanted = profile().one_epoch_accuracy

    def judge(network: Any, _: float | None) -> float:
        reached = measure_accuracy(network, X[seen][:, channels], y[seen])
        expect_one_epoch(Message("training accuracy"), reached, wanted)
        unseen = measure_accuracy(network, X_unseen[:, channels], y_unseen)
        expect_one_epoch(Message("accuracy on unseen images"), unseen, wanted - UNSEEN_LESS)
        return reached

    network = make_network(draw, X.shape[1:], weight_scale=1e-3, hidden=500, reg=1e-3)
    return Training(network, X, y, draw_batches(draw, len(X)), judge, channels=channels)


@training_check(epoch_training, short=ask_first_steps, learns=1)
def cnn_one_epoch(ask: Questioner) -> None:
    """The course's network after one epoch, on images seen and unseen."""
    training = find_training(epoch_training, ask.secret)
    asked = Message(
        "one epoch over {count:,} images, {settings}",
        count=len(training.X),
        settings=f"batch_size {BATCH}, hidden_dim 500, reg 0.001, Adam",
    )
    with ask.part("learns", ADAM), ask.question(asked):
        expect_learning(ask, partial(build_convnet, ask, training.network), training)


def overfit_question(epochs: int, count: int, settings: str) -> Message:
    """What is asked where a few images are to be learned by heart."""
    return Message(
        "{epochs} epochs over the same {count} images, {settings}",
        epochs=epochs,
        count=count,
        settings=settings,
    )


def compare_with_adam(ask: Questioner) -> None:
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


def make_network(
    draw: Draw, dim: Any, *, weight_scale: float, hidden: int, reg: float
) -> ThreeLayerConvNet:
    """A reference network with secret initial parameters."""
    ours = ThreeLayerConvNet(dim, 32, 7, hidden, 10, weight_scale, reg)
    return draw_weights(draw, ours, weight_scale)


def draw_weights(draw: Draw, ours: Any, scale: float) -> Any:
    """A reference network with secret initial weights."""
    for name, value in ours.params.items():
        if name.startswith("W"):
            ours.params[name] = draw.normal(*value.shape, scale=scale).astype(value.dtype)
    return ours


def draw_batches(draw: Draw, count: int, epochs: int = 1, size: int = BATCH) -> list[Array]:
    """Indices of the images of each step; each epoch goes through all of them in a new order."""
    orders = [draw.rng.permutation(count) for _ in range(epochs)]
    return [order[first : first + size] for order in orders for first in range(0, count, size)]


def build_convnet(ask: Questioner, ours: ThreeLayerConvNet) -> Handle:
    """The student's network of the same sizes."""
    filters, _, size, _ = ours.params["W1"].shape
    hidden, classes = ours.params["W3"].shape
    sizes = (3, 32, 32), filters, size, hidden, classes, 1e-3, ours.reg
    return build_model(ask, MODEL, *sizes, np.float32)


def measure_accuracy(model: Any, X: Array, y: Array) -> float:
    """Share of images that the reference's forward pass classifies correctly."""
    right = 0
    for start in range(0, len(X), 200):
        scores = model.loss(X[start : start + 200])
        right += int((scores.argmax(axis=1) == y[start : start + 200]).sum())
    return right / len(X)


def draw_few_images(draw: Draw, count: int) -> tuple[Array, Array]:
    """Synthetic images and labels, colour channels and classes permuted by the secret."""
    y = np.arange(count) % 10
    X = make_images(y, seed=draw.seed()).astype(np.float32)
    X -= X.mean(axis=0)
    return X[:, draw.rng.permutation(3)], draw.rng.permutation(10)[y]


@cache
def load_images(profile: Profile) -> tuple[Array, Array, Array, Array]:
    """Training images of a profile and unseen ones, loaded once in a process.

    A profile with too few images to judge training by is a ValueError: no mark may come of it.
    """
    if not profile.judges_training:
        judging = ", ".join(name for name, other in PROFILES.items() if other.judges_training)
        raise ValueError(
            f"{VARIABLE} is {profile.name!r}, which has too few images to judge training by; "
            f"set it to one of {judging}, and grade again"
        )
    data = get_CIFAR10_data(num_training=profile.train_images)
    return data["X_train"], data["y_train"], data["X_val"], data["y_val"]
