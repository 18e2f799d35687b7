"""Hidden checks of batch normalisation of features, and of the network that has it."""

from typing import Any

from daseCV.checks.batch_norm import after_training
from daseCV.language import Message

from .fully_connected import DEEP_LOSS, SCORES, expect_initial_parameters, networks
from .models import expect_gradients, given_parameters, loss
from .normalisation import TEST, Shapes, ask_batch_norm, ask_gradients
from .registry import Ask, hidden_check

# x, memory order: more samples than features and the other way round, one feature, a square.
SHAPES: Shapes = [((9, 4), "C"), ((5, 8), "F"), ((7, 1), "C"), ((6, 6), "strided")]
PARAMS: list[dict[str, Any]] = [{"mode": "train"}, {"mode": "train", "eps": 0.4}]

TRAIN = "each feature is normalised by the mean and the (biased, `ddof=0`) variance"
GRADIENTS = "Gradients of batch normalisation, one step of the computational graph"
SIMPLIFIED = "the same results in less work"
SCALES = "`gamma1`, `beta1`, ..., `gamma(L-1)`, `beta(L-1)`"

# Inputs, hidden_dims, num_classes, reg. Widths that are alike hide that layers share something.
NETWORKS = [(6, [5, 7], 4, 0.0), (4, [6, 6, 6], 3, 0.0), (8, [7], 5, 0.6)]


@hidden_check(train=2, running=1, test=1)
def batchnorm_forward(ask: Ask) -> None:
    """Training with several eps and momenta, running averages over two steps, and test time."""
    ask_batch_norm(ask, "batchnorm_forward", SHAPES, TRAIN)


@hidden_check(dx=2, dgamma=1, dbeta=1)
def batchnorm_backward(ask: Ask) -> None:
    """Gradients, after the student's own forward pass."""
    names = "batchnorm_forward", "batchnorm_backward"
    ask_gradients(ask, names, SHAPES, PARAMS, GRADIENTS)


@hidden_check(dx=2, dgamma=1, dbeta=1)
def batchnorm_backward_alt(ask: Ask) -> None:
    """The same gradients."""
    names = "batchnorm_forward", "batchnorm_backward_alt"
    ask_gradients(ask, names, SHAPES, PARAMS, SIMPLIFIED)


@hidden_check(needs_given_layers=True, parameters=1, loss=1, gradients=4, averages=2)
def batchnorm_net(ask: Ask) -> None:
    """Scales and shifts; two training steps; scores by the running averages."""
    ask_normalised_networks(ask, "batchnorm")


def ask_normalised_networks(ask: Ask, normalization: str) -> None:
    """Ask networks that normalise by batch or by sample."""
    for inputs, hidden, classes, reg in NETWORKS:
        with ask.part("parameters", SCALES):
            expect_initial_parameters(ask, [40 + width for width in hidden], normalization, 0.02)
        said = f"FullyConnectedNet, {normalization}, hidden_dims {hidden}, reg {reg}"
        with ask.question(said):
            model, ours = networks(
                ask, hidden, inputs, classes, normalization=normalization, reg=reg
            )
        # What comes before the mean is taken off moves nothing: its gradient is all rounding.
        cancelled = tuple(f"b{n + 1}" for n in range(len(hidden)) if normalization == "batchnorm")
        for step in (1, 2):
            X, y = ask.draw.normal(8, inputs), ask.draw.labels(8, classes)
            asked = given_parameters(f"{said}, X {X.shape}")
            with ask.question(
                Message("{question}, training step {step}", question=asked, step=step)
            ):
                got, right = ask.results("loss", loss(ask, model, X, y), 2), ours.loss(X, y)
                with ask.part("loss", DEEP_LOSS):
                    ask.close("loss", got[0], right[0])
                with ask.part("gradients", DEEP_LOSS):
                    expect_gradients(ask, got[1], right[1], cancelled)
        X = ask.draw.normal(5, inputs)
        part = ("averages", TEST) if normalization == "batchnorm" else ("scores", SCORES)
        with ask.part(*part), ask.question(after_training(f"{said}, X {X.shape}")):
            ask.close("scores", loss(ask, model, X), ours.loss(X))
