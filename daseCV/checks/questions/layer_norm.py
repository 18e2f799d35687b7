"""Public checks of layer normalisation, and of the network that has it."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from ...language import Message
from ..compare import expect_close
from ..library import student
from ..registry import call, call_forward, public_check
from .batch_norm import KNOWN, expect_gradients_of, expect_normalised, expect_scales
from .fully_connected import TOLERANCE, X, deep

_forward = partial(call_forward, "layernorm_forward")

# Two samples, scale and shift, and what comes out for each eps.
SAMPLES = np.array([[1, 2, 4, 8, -3], [0.5, -0.5, 1.5, 0.5, 3]])
GAMMA, BETA = np.array([1.0, 2.0, -1.5, 0.5, 1.0]), np.array([0.0, 1.0, 0.5, -1.0, 2.0])
OUT = {
    1e-5: [
        [-0.3876939943, 0.7784605747, -0.1646182759, -0.2246120114, 0.5046088792],
        [-0.4225756182, -1.5354537090, -0.1338634273, -1.2112878091, 3.6903024727],
    ],
    0.5: [
        [-0.3804684976, 0.7825894299, -0.1522317102, -0.2390630047, 0.5324786520],
        [-0.3627381251, -1.1764287503, -0.0441071876, -1.1813690625, 3.4509525002],
    ],
}
# Of `X`, by a network with two hidden layers.
SCORES = [
    [1.1923344543, -0.6483745273, -1.0252554781],
    [0.1290704964, -0.3475989192, -0.0394980825],
    [0.2641920106, -0.4092447178, -0.1587341531],
]


@public_check
def layernorm_forward() -> Iterator[str]:
    """Known values, statistics of each sample, and a batch of one sample."""
    yield from _known()
    x = 4 * np.random.default_rng(231).standard_normal((5, 30)) + 10
    ones, zeros = np.ones(30), np.zeros(30)
    asked = f"x {x.shape}, gamma 1, beta 0"
    out = _forward(x, ones, zeros, {})
    var = x.var(axis=1)
    what = Message("mean of each sample of out")
    expect_close(what, out.mean(axis=1) + 1, np.ones(5), KNOWN, asked)
    what = Message("std of each sample of out")
    expect_close(what, out.std(axis=1), np.sqrt(var / (var + 1e-5)), KNOWN, asked)
    yield Message("{question}: mean 0 and std 1", question=asked)
    alone = _forward(x[2:3], ones, zeros, {})
    asked = Message("one sample alone: the same as among the others")
    expect_close("out", alone, out[2:3], KNOWN, asked)
    yield asked


@public_check
def layernorm_backward() -> Iterator[str]:
    """Gradients against numerical ones of the student's forward pass, which is checked first."""
    layers = student("layers")
    list(_known())
    functions = layers.layernorm_forward, layers.layernorm_backward
    for shape, param in (((4, 6), {}), ((7, 5), {"eps": 0.5})):
        yield expect_gradients_of(*functions, shape, param)


@public_check
def layernorm_net() -> Iterator[str]:
    """Scales and shifts, known scores of one sample and of several, gradients."""
    fc_net = student("classifiers.fc_net")
    yield expect_scales(fc_net, "layernorm")
    model = deep(fc_net, [6, 6], normalization="layernorm")
    for chosen in (slice(0, 3), slice(1, 2)):
        asked = Message("X {shape}, known parameters", shape=X[chosen].shape)
        scores = np.array(SCORES)[chosen]
        expect_close("scores", call(model.loss, X[chosen]), scores, TOLERANCE, asked)
        yield Message("{question}: scores", question=asked)
    yield from expect_normalised(fc_net, "layernorm")


def _known() -> Iterator[str]:
    for eps, values in OUT.items():
        asked = f"x {SAMPLES.shape}, eps {eps}"
        out = _forward(SAMPLES, GAMMA, BETA, {"eps": eps})
        expect_close("out", out, np.array(values), KNOWN, asked)
        yield Message("{question}: known values", question=asked)
