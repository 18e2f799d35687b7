"""Hidden checks of layer normalisation, and of the network that has it."""

from daseCV import layers

from ..passes import compare_out
from ..registry import Questioner, hidden_check
from .batch_norm import SHAPES, ask_normalised_networks
from .normalisation import ask_gradients, normalisation_regions, normalising_questions

# A layer norm has no mode, and may be given one.
MODES: list[list[str | None]] = [[None], ["train"]]
REGIONS = normalisation_regions({**SHAPES, "mode": MODES}, {"N": 4, "D": 7, "mode": None})

SAMPLES = "each sample is normalised by the mean and the (biased, `ddof=0`) variance"
GRADIENTS = "Gradients of layer normalisation."


@hidden_check(out=1)
def layernorm_forward(ask: Questioner) -> None:
    """Several shapes and eps, against the reference."""
    with ask.part("out", SAMPLES):
        for question in normalising_questions(ask, REGIONS["gradients"], {}):
            compare_out(ask, "layers:layernorm_forward", question, layers.layernorm_forward, 1.0)


@hidden_check(dx=2, dgamma=1, dbeta=1)
def layernorm_backward(ask: Questioner) -> None:
    """Gradients, after the student's own forward pass."""
    ask_gradients(ask, "layernorm_forward", REGIONS, {}, GRADIENTS)


@hidden_check(
    needs_given_layers=True, parameters=1, scores=2, loss=1, gradients=4, regularisation=1
)
def layernorm_net(ask: Questioner) -> None:
    """Scales and shifts; loss and gradients; scores, which follow from a sample alone."""
    ask_normalised_networks(ask, "layernorm")
