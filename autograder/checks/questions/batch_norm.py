"""Hidden checks of batch normalisation of features, and of the network that has it."""

from daseCV.checks.questions.batch_norm import after_training
from daseCV.language import Message

from ..cases import Case, Factors, Regions
from ..models import call_loss, expect_gradients, with_given_parameters
from ..registry import Questioner, hidden_check
from . import fully_connected as deep
from .normalisation import TEST, ask_batch_norm, ask_gradients, normalisation_regions

SHAPES: Factors = {"N": [[1], [2], [3, 6], [13, 16]], "D": [[1], [2], [3, 6], [10, 13]]}
REGIONS = normalisation_regions(SHAPES, {"N": 9, "D": 4})

TRAIN = "each feature is normalised by the mean and the (biased, `ddof=0`) variance"
GRADIENTS = "Gradients of batch normalisation, one step of the computational graph"
SIMPLIFIED = "the same results in less work"
SCALES = "`gamma1`, `beta1`, ..., `gamma(L-1)`, `beta(L-1)`"

# Widths that are alike hide that layers share something.
FACTORS: Factors = {
    **deep.BATCHES,
    "sample": [[(6,)], [(2, 2)], [(2, 1, 3)]],
    "hidden": [[[7]], [[5, 7]], [[6, 6, 6]], [[5, 6, 5, 6]], [[12]]],
    "dtype": deep.DTYPES,
}
USUAL: Case = {"N": 8, "classes": 4, "reg": 0.0, "labels": "any", "sample": (6,), "hidden": [5, 7]}
USUAL |= {"X": "any", "dtype": "float64", "batches": 2}


def is_well_conditioned(case: Case) -> bool:
    """Whether float32 keeps enough: of one or two samples, or of small numbers, it does not."""
    is_small = case["N"] <= 2 or case["X"] == "small"
    return deep.fits_float32(case) and not (case["dtype"] == "float32" and is_small)


NETWORKS = Regions(FACTORS, USUAL, is_well_conditioned)


@hidden_check(train=2, running=1, test=1, untrained=0.2)
def batchnorm_forward(ask: Questioner) -> None:
    """Training with several eps and momenta, running averages over two steps, and test time."""
    ask_batch_norm(ask, REGIONS, TRAIN)


@hidden_check(dx=2, dgamma=1, dbeta=1)
def batchnorm_backward(ask: Questioner) -> None:
    """Gradients, after the student's own forward pass."""
    ask_gradients(ask, "batchnorm_forward", REGIONS, {"mode": "train"}, GRADIENTS)


@hidden_check(dx=2, dgamma=1, dbeta=1)
def batchnorm_backward_alt(ask: Questioner) -> None:
    ask_gradients(ask, "batchnorm_forward", REGIONS, {"mode": "train"}, SIMPLIFIED)


@hidden_check(
    needs_given_layers=True, parameters=1, loss=1, gradients=4, averages=2, regularisation=1
)
def batchnorm_net(ask: Questioner) -> None:
    """Scales and shifts; two training steps; scores by the running averages."""
    ask_normalised_networks(ask, "batchnorm")


def ask_normalised_networks(ask: Questioner, normalization: str) -> None:
    """Ask networks that normalise by batch or by sample."""
    with ask.part("parameters", SCALES):
        deep.expect_initial_parameters(ask, normalization)
    for case in ask.cases(NETWORKS):
        hidden, reg = case["hidden"], case["reg"]
        title = f"FullyConnectedNet, {normalization}, hidden_dims {hidden}, reg {reg}"
        title += deep.describe_dtype(case)
        dtype, how = case["dtype"], case["X"]
        with ask.question(title):
            model, ours = deep.build_networks(ask, case, normalization=normalization)
        # What comes before the mean is taken off moves nothing: its gradient is all rounding.
        cancelled = tuple(f"b{n + 1}" for n in range(len(hidden)) if normalization == "batchnorm")
        for step in range(1, case["batches"] + 1):
            X, y = deep.draw_batch(ask, case, ours)
            asked = with_given_parameters(f"{title}, X {X.shape}")
            with ask.question(
                Message("{question}, training step {step}", question=asked, step=step)
            ):
                got = ask.results("loss", call_loss(ask, model, X, y, how=how), 2)
                right = ours.loss(X, y)
                with ask.part("regularisation" if reg else "loss", deep.DEEP_LOSS):
                    ask.close("loss", got[0], right[0], dtype, cancelling=1.0)
                with ask.part("regularisation" if reg else "gradients", deep.DEEP_LOSS):
                    expect_gradients(ask, got[1], right[1], cancelled, dtype)
        X, _ = deep.draw_batch(ask, case, ours)
        part = ("averages", TEST) if normalization == "batchnorm" else ("scores", deep.SCORES)
        with ask.part(*part), ask.question(after_training(f"{title}, X {X.shape}")):
            ask.close("scores", call_loss(ask, model, X, how=how), ours.loss(X), dtype)
