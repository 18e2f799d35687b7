"""Hidden checks of layer normalisation, and of the network that has it."""

from daseCV import layers
from daseCV.checks.batch_norm import with_settings

from .batch_norm import ask_normalised_networks
from .convolution import laid_out
from .normalisation import Shapes, ask_gradients, draw_scaled
from .registry import Ask, hidden_check

# x, memory order: more features than samples and the other way round, one sample, a square.
SHAPES: Shapes = [((4, 7), "C"), ((8, 5), "F"), ((1, 6), "C"), ((6, 6), "strided")]
PARAMS: list[dict[str, float]] = [{}, {"eps": 0.4}]

SAMPLES = "each sample is normalised by the mean and the (biased, `ddof=0`) variance"
GRADIENTS = "Gradients of layer normalisation."


@hidden_check(out=1)
def layernorm_forward(ask: Ask) -> None:
    """Several shapes and eps, against the reference."""
    with ask.part("out", SAMPLES):
        for number, (shape, how) in enumerate(SHAPES):
            x, gamma, beta = draw_scaled(ask, shape, (shape[1],))
            param = PARAMS[number % 2]
            with ask.question(laid_out(with_settings(f"x {shape}", param), how)):
                out, _ = ask.call(
                    "layers:layernorm_forward", x, gamma, beta, param, count=2, keep=[1], how=how
                )
                ask.close("out", out, layers.layernorm_forward(x, gamma, beta, param)[0])


@hidden_check(dx=2, dgamma=1, dbeta=1)
def layernorm_backward(ask: Ask) -> None:
    """Gradients, after the student's own forward pass."""
    names = "layernorm_forward", "layernorm_backward"
    ask_gradients(ask, names, SHAPES, PARAMS, GRADIENTS)


@hidden_check(needs_given_layers=True, parameters=1, scores=2, loss=1, gradients=4)
def layernorm_net(ask: Ask) -> None:
    """Scales and shifts; loss and gradients; scores, which follow from a sample alone."""
    ask_normalised_networks(ask, "layernorm")
