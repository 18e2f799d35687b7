"""Public checks of ThreeLayerConvNet: initial loss, gradients, and training."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from ...gradient_check import eval_numerical_gradient_array
from ...language import Message
from ...profile import profile
from ..compare import Array, expect, other_shape
from ..library import student
from ..registry import call, expect_results, public_check
from . import fully_connected as networks
from .fully_connected_training import expect_run, learn_by_heart


@public_check
def cnn_loss() -> Iterator[str]:
    """Shapes of the parameters, log C at the start, and more with regularisation."""
    cnn = student("classifiers.cnn")
    np.random.seed(231)
    model = call(cnn.ThreeLayerConvNet, (3, 16, 12), 5, 7, 20)
    shapes = {
        "W1": (5, 3, 7, 7),
        "b1": (5,),
        "W2": (5 * 8 * 6, 20),
        "b2": (20,),
        "W3": (20, 10),
        "b3": (10,),
    }
    networks.expect_shapes(model.params, shapes)
    expect_dtype(model.params, "float32")
    for name, value in model.params.items():
        if name.startswith("b"):
            networks.expect_start(name, value, 0)
        else:
            networks.expect_spread(name, value, 1e-3, slack=0.2)
    yield Message("params: names, shapes, dtype, scale")

    rng = np.random.default_rng(231)
    X = rng.standard_normal((50, 3, 16, 12))
    y = rng.integers(10, size=50)
    scores = call(model.loss, X)
    expect(np.shape(scores) == (50, 10), other_shape("scores", np.shape(scores), (50, 10)))
    yield Message("without y: scores (50, 10)")
    loss, _ = expect_results("loss", call(model.loss, X, y), 2)
    wrong = Message(
        "the first loss is {loss:.5g}, expected about log 10 = {expected:.5g}: with random weights "
        "all 10 classes are equally likely",
        loss=float(loss),
        expected=np.log(10),
    )
    expect(abs(loss - np.log(10)) < 0.05, wrong)
    yield Message("first loss near log 10")

    for weight_scale in (0.01, 0.1):
        network = partial(cnn.ThreeLayerConvNet, hidden_dim=50, weight_scale=weight_scale)
        model = call(network, (3, 16, 12))
        for name in ("W1", "W2", "W3"):
            networks.expect_spread(name, model.params[name], weight_scale, slack=0.2)
    yield Message("weight_scale is the standard deviation of the weights")

    model = cnn.ThreeLayerConvNet((3, 16, 12), num_filters=5, hidden_dim=20)
    for name, value in model.params.items():
        if name.startswith("b"):
            model.params[name] = rng.standard_normal(value.shape).astype(value.dtype)
    for name in ("W1", "W2", "W3"):
        small = model.params[name]
        model.params[name] = (0.1 * rng.standard_normal(small.shape)).astype(small.dtype)
        asked = Message(
            "reg 0.5, large {name}, biases not 0: 0.5 * reg * sum(W ** 2) over W1, W2, W3",
            name=name,
        )
        networks.expect_regularised(model, X, y, 0.5, 1e-3, asked)
        model.params[name] = small
    yield Message("reg adds 0.5 * reg * sum(W ** 2) over the weights, not the biases")


@public_check
def cnn_gradients() -> Iterator[str]:
    """All gradients of a small network against numerical ones."""
    cnn = student("classifiers.cnn")
    rng = np.random.default_rng(231)
    X = rng.standard_normal((2, 3, 8, 8))
    y = rng.integers(10, size=2)
    for reg in (0.0, 0.5):
        np.random.seed(231)
        model = cnn.ThreeLayerConvNet(
            num_filters=3,
            filter_size=3,
            input_dim=(3, 8, 8),
            hidden_dim=7,
            weight_scale=0.1,
            reg=reg,
            dtype=np.float64,
        )
        for name, value in model.params.items():
            if name.startswith("b"):
                model.params[name] = 0.1 * rng.standard_normal(value.shape)
        asked = f"X {X.shape}, reg {reg}"
        # A step so small that hardly any maximum of a window changes; so it rounds more.
        estimate = partial(eval_numerical_gradient_array, h=1e-6)
        yield from networks.expect_gradients(
            model, X, y, asked, estimate, tolerance=1e-2, noise=1e-8
        )


@public_check
def cnn_overfit() -> Iterator[str]:
    """A network with more parameters than images learns 100 images by heart."""
    np.random.seed(231)
    accuracy = learn_by_heart(
        student("classifiers.cnn").ThreeLayerConvNet(weight_scale=1e-2),
        count=100,
        update_rule="adam",
        optim_config={"learning_rate": 1e-3},
        num_epochs=15,
        batch_size=50,
    )
    expect_overfit(accuracy)
    yield Message(
        "training accuracy {accuracy:.0%} on 100 images after 15 epochs", accuracy=accuracy
    )


@public_check
def cnn_one_epoch(solver: Any = None) -> Iterator[str]:
    """The training run of the notebook: one epoch, and accuracy measured anew."""
    expect_run("cnn_one_epoch", solver)
    wrong = Message(
        "the run has {epochs} epochs, expected 1; create the model and the solver again",
        epochs=solver.epoch,
    )
    expect(solver.epoch == 1, wrong)
    wanted = profile().one_epoch_accuracy
    accuracy = solver.check_accuracy(solver.X_train, solver.y_train, num_samples=2000)
    expect_one_epoch(Message("training accuracy"), accuracy, wanted)
    yield Message(
        "training accuracy {accuracy:.1%}, above {wanted:.0%} (profile {profile})",
        accuracy=accuracy,
        wanted=wanted,
        profile=profile().name,
    )


def expect_dtype(params: Mapping[str, Array], dtype: str) -> None:
    for name, value in params.items():
        got = str(value.dtype)
        wrong = Message("{name} is {got}, expected {dtype}", name=name, got=got, dtype=dtype)
        expect(got == dtype, wrong)


def expect_overfit(accuracy: float) -> None:
    wrong = Message(
        "after 15 epochs over the same 100 images, training accuracy is {accuracy:.0%}, expected "
        "at least 80%; see cnn_gradients first, then the update rule (optim.adam)",
        accuracy=accuracy,
    )
    expect(accuracy >= 0.8, wrong)


def expect_one_epoch(what: str, accuracy: float, wanted: float) -> None:
    """Require an accuracy after one epoch, on training images or on others."""
    wrong = Message(
        "{what} after one epoch is {accuracy:.1%}, expected above {wanted:.0%} (profile {profile});"
        " see cnn_gradients and cnn_overfit first, then optim.adam",
        what=what,
        accuracy=accuracy,
        wanted=wanted,
        profile=profile().name,
    )
    expect(accuracy > wanted, wrong)
