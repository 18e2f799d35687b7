"""Hidden checks of batch normalisation of features, and of the network that has it."""

import numpy as np

from daseCV.checks.batch_norm import after_training
from daseCV.language import Message

from .cases import Case, Factors, Regions
from .fully_connected import (
    BATCHES,
    DEEP_LOSS,
    SCORES,
    draw_batch,
    expect_initial_parameters,
    networks,
)
from .models import expect_gradients, given_parameters, loss
from .normalisation import TEST, ask_batch_norm, ask_gradients, normalisation_regions
from .registry import Ask, hidden_check

SHAPES: Factors = {"N": [[1], [2], [3, 6], [13, 16]], "D": [[1], [2], [3, 6], [10, 13]]}
REGIONS = normalisation_regions(SHAPES, {"N": 9, "D": 4})
TRAINING = {"mode": "train"}

TRAIN = "each feature is normalised by the mean and the (biased, `ddof=0`) variance"
GRADIENTS = "Gradients of batch normalisation, one step of the computational graph"
SIMPLIFIED = "the same results in less work"
SCALES = "`gamma1`, `beta1`, ..., `gamma(L-1)`, `beta(L-1)`"

# Widths that are alike hide that layers share something.
FACTORS: Factors = {
    **BATCHES,
    "sample": [[(6,)], [(4,)]],
    "hidden": [[[7]], [[5, 7]], [[6, 6, 6]], [[5, 6, 5, 6]]],
}
USUAL: Case = {"N": 8, "classes": 4, "reg": 0.0, "labels": "any", "sample": (6,), "hidden": [5, 7]}
# Of one sample batch normalisation leaves nothing; layer normalisation does not mind.
NETWORKS = {
    "batchnorm": Regions({**FACTORS, "N": [[2, 6], [8, 11]]}, USUAL),
    "layernorm": Regions(FACTORS, USUAL),
}


@hidden_check(train=2, running=1, test=1, untrained=0.2)
def batchnorm_forward(ask: Ask) -> None:
    """Training with several eps and momenta, running averages over two steps, and test time."""
    ask_batch_norm(ask, "batchnorm_forward", REGIONS, TRAIN)


@hidden_check(dx=2, dgamma=1, dbeta=1)
def batchnorm_backward(ask: Ask) -> None:
    """Gradients, after the student's own forward pass."""
    names = "batchnorm_forward", "batchnorm_backward"
    ask_gradients(ask, names, REGIONS, TRAINING, GRADIENTS)


@hidden_check(dx=2, dgamma=1, dbeta=1)
def batchnorm_backward_alt(ask: Ask) -> None:
    """The same gradients."""
    names = "batchnorm_forward", "batchnorm_backward_alt"
    ask_gradients(ask, names, REGIONS, TRAINING, SIMPLIFIED)


@hidden_check(
    needs_given_layers=True, parameters=1, loss=1, gradients=4, averages=2, regularisation=1
)
def batchnorm_net(ask: Ask) -> None:
    """Scales and shifts; two training steps; scores by the running averages."""
    ask_normalised_networks(ask, "batchnorm")


def ask_normalised_networks(ask: Ask, normalization: str) -> None:
    """Ask networks that normalise by batch or by sample."""
    for hidden in ([40], [45, 47, 50]):
        with ask.part("parameters", SCALES):
            expect_initial_parameters(ask, hidden, normalization, 0.02)
    for case in ask.cases(NETWORKS[normalization]):
        hidden, reg = case["hidden"], case["reg"]
        said = f"FullyConnectedNet, {normalization}, hidden_dims {hidden}, reg {reg}"
        inputs = int(np.prod(case["sample"]))
        with ask.question(said):
            model, ours = networks(
                ask, hidden, inputs, case["classes"], normalization=normalization, reg=reg
            )
        # What comes before the mean is taken off moves nothing: its gradient is all rounding.
        cancelled = tuple(f"b{n + 1}" for n in range(len(hidden)) if normalization == "batchnorm")
        for step in (1, 2):
            X, y = draw_batch(ask, case)
            asked = given_parameters(f"{said}, X {X.shape}")
            with ask.question(
                Message("{question}, training step {step}", question=asked, step=step)
            ):
                got, right = ask.results("loss", loss(ask, model, X, y), 2), ours.loss(X, y)
                with ask.part("regularisation" if reg else "loss", DEEP_LOSS):
                    ask.close("loss", got[0], right[0], cancelling=1.0)
                with ask.part("regularisation" if reg else "gradients", DEEP_LOSS):
                    expect_gradients(ask, got[1], right[1], cancelled)
        X, _ = draw_batch(ask, case)
        part = ("averages", TEST) if normalization == "batchnorm" else ("scores", SCORES)
        with ask.part(*part), ask.question(after_training(f"{said}, X {X.shape}")):
            ask.close("scores", loss(ask, model, X), ours.loss(X))
