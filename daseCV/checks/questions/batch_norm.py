"""Public checks of batch normalisation of features, and of the network that has it."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from ...language import Message
from ..compare import Array, expect_close
from ..library import student
from ..numerical import expect_gradient, gradient, numerical_gradients
from ..registry import call, call_forward, expect_results, public_check
from . import fully_connected as networks

KNOWN = 1e-7  # known values are given to 8 digits
BACKWARD = 1e-8

_forward = partial(call_forward, "batchnorm_forward")

# A small batch, its scale and shift, and what comes out for each eps.
BATCH = np.array([[1, 8, -2.5], [2, 3, 0.5], [4, 5, 1.75], [-3, 2, 0.75]])
GAMMA, BETA = np.array([1.0, 2.0, -1.5]), np.array([0.0, 1.0, 0.5])
OUT = {
    1e-5: [
        [0.0000000000, 4.0550475537, 2.9825428454],
        [0.3922319686, -0.3093060945, 0.1453510221],
        [1.1766959057, 1.4364353648, -1.0368122376],
        [-1.5689278742, -1.1821768241, -0.0910816299],
    ],
    0.5: [
        [0.0000000000, 3.9192017968, 2.7674196149],
        [0.3779644730, -0.2510864843, 0.1760829122],
        [1.1338934190, 1.4170288281, -0.9036407140],
        [-1.5118578920, -1.0851441406, -0.0398618131],
    ],
}
RUNNING_MEAN = [1.1250000000, 1.6562500000, 0.0546875000]
RUNNING_VAR = [2.4062500000, 4.7968750000, 1.5966796875]
# Of `X`, after the two training steps of `batchnorm_net`.
SCORES = [
    [1.4659734552, -17.4330730612, 3.0263375100],
    [1.7029583824, 0.5575483060, -1.8466324415],
    [0.8079748557, -1.8843743127, -0.3223923449],
]


@public_check
def batchnorm_forward() -> Iterator[str]:
    """Known values, running averages over two steps, statistics of each feature, test time."""
    yield from _known()
    rng = np.random.default_rng(231)
    x = 4 * rng.standard_normal((50, 3)) + 10
    asked: str = Message("x {shape}, mode train, gamma and beta for each feature", shape=x.shape)
    out = _forward(x, GAMMA, BETA, {"mode": "train"})
    var = x.var(axis=0)
    std = np.abs(GAMMA) * np.sqrt(var / (var + 1e-5))
    what = Message("mean of each feature of out")
    expect_close(what, out.mean(axis=0) + 1, BETA + 1, KNOWN, asked)
    what = Message("std of each feature of out")
    expect_close(what, out.std(axis=0), std, KNOWN, asked)
    yield Message("{question}: mean beta and std |gamma|", question=asked)
    for some in (x, x[:1]):
        yield expect_test_time("batchnorm_forward", some, GAMMA, BETA)


@public_check
def batchnorm_backward() -> Iterator[str]:
    """Gradients against numerical ones of the student's forward pass, which is checked first."""
    layers = student("layers")
    yield from _gradients(layers, layers.batchnorm_backward)


@public_check
def batchnorm_backward_alt() -> Iterator[str]:
    """The same gradients by the simplified formula."""
    layers = student("layers")
    yield from _gradients(layers, layers.batchnorm_backward_alt)


@public_check
def batchnorm_net() -> Iterator[str]:
    """Scales and shifts, gradients, and scores by the running averages of two training steps."""
    fc_net = student("classifiers.fc_net")
    yield expect_scales(fc_net, "batchnorm")
    model = networks.deep(fc_net, [6, 6], normalization="batchnorm")
    for x in (networks.X, 2 * networks.X[::-1] + 1):
        model.loss(x, networks.Y)
    asked = after_training(f"X {networks.X.shape}")
    scores = call(model.loss, networks.X)
    expect_close("scores", scores, np.array(SCORES), networks.TOLERANCE, asked)
    yield Message("{question}: known scores", question=asked)
    yield from expect_normalised(fc_net, "batchnorm")


def expect_scales(fc_net: Any, normalization: str) -> str:
    """Require the initial parameters of a network with normalisation."""
    shapes = {"W1": (90, 70), "b1": (70,), "gamma1": (70,), "beta1": (70,)}
    shapes |= {"W2": (70, 50), "b2": (50,), "gamma2": (50,), "beta2": (50,)}
    shapes |= {"W3": (50, 40), "b3": (40,)}
    np.random.seed(231)
    network = partial(fc_net.FullyConnectedNet, normalization=normalization, weight_scale=0.1)
    model = call(network, [70, 50], 90, 40)
    networks.expect_params(model.params, shapes, 0.1)
    return Message("params: gamma of 1 and beta of 0 for each hidden layer")


def expect_normalised(fc_net: Any, normalization: str) -> Iterator[str]:
    """Require regularisation and gradients of a network with normalisation."""
    yield networks.expect_weights_regularised(
        networks.deep(fc_net, [6, 7], normalization=normalization)
    )
    for hidden, reg in (([8], 0.0), ([6, 7], 0.7), ([5, 6, 7], 0.0)):
        model = networks.deep(fc_net, hidden, normalization=normalization, reg=reg)
        asked = f"X {networks.X.shape}, hidden_dims {hidden}, reg {reg}"
        yield from networks.expect_gradients(model, networks.X, networks.Y, asked)


def start_training(eps: float, channels: int) -> dict[str, Any]:
    """A `bn_param` for training, with running averages to start from."""
    return {
        "mode": "train",
        "eps": eps,
        "momentum": 0.75,
        "running_mean": np.array([1.0, -1.0, 0.5])[:channels],
        "running_var": np.array([2.0, 4.0, 1.0])[:channels],
    }


def expect_averages(
    bn_param: dict[str, Any], mean: Any, var: Any, tolerance: float, asked: str
) -> None:
    """Require the running averages that a forward pass left."""
    expect_close("running_mean", bn_param.get("running_mean"), np.array(mean), tolerance, asked)
    expect_close("running_var", bn_param.get("running_var"), np.array(var), tolerance, asked)


def expect_test_time(name: str, x: Array, gamma: Array, beta: Array) -> str:
    """Require the results of a batch normalisation of 3 channels by given running averages."""
    mean, var = np.array([8.0, 10.0, 12.0]), np.array([1.0, 4.0, 9.0])
    bn_param = {"mode": "test", "running_mean": mean.copy(), "running_var": var.copy()}
    asked = f"x {x.shape}, mode test"
    out = call_forward(name, x, gamma, beta, bn_param)
    scale = gamma / np.sqrt(var + 1e-5)
    channels = 3, *(1,) * (x.ndim - 2)
    expected = scale.reshape(channels) * x + (beta - scale * mean).reshape(channels)
    expect_close("out", out, expected, KNOWN, asked)
    expect_averages(bn_param, mean, var, 0, unchanged_question(asked))
    return asked


def expect_gradients_of(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    shape: tuple[int, int],
    param: dict[str, Any],
) -> str:
    """Require the gradients of a normalisation for one shape and setting."""
    rng = np.random.default_rng(231)
    x = 2 * rng.standard_normal(shape) + 5
    gamma, beta, dout = (rng.standard_normal(size) for size in (shape[1], shape[1], shape))
    asked = with_settings(f"x {shape}", param)

    def run(x: Array, gamma: Array, beta: Array) -> Any:
        return forward(x, gamma, beta, dict(param))

    _, cache = expect_results(forward.__name__, run(x, gamma, beta), 2)
    grads = expect_results(backward.__name__, call(backward, dout, cache), 3)
    numerical = numerical_gradients(run, (x, gamma, beta), dout, 3e-3, gradient)
    for what, got, expected in zip(("dx", "dgamma", "dbeta"), grads, numerical, strict=True):
        expect_gradient(what, got, expected, BACKWARD, asked)
    return Message("{what}: {question}", what="dx, dgamma, dbeta", question=asked)


def with_settings(question: str, settings: object) -> Message:
    """A question with the settings of a normalisation, such as eps."""
    given = settings or Message("default eps")
    return Message("{question}, {settings}", question=question, settings=given)


def after_training(question: str) -> Message:
    return Message("{question}, without y, after two training steps", question=question)


def unchanged_question(question: str) -> Message:
    return Message("{question}: running averages do not change", question=question)


def _known() -> Iterator[str]:
    for eps, values in OUT.items():
        bn_param = start_training(eps, 3)
        asked = f"x {BATCH.shape}, mode train, eps {eps}, momentum 0.75"
        out = _forward(BATCH, GAMMA, BETA, bn_param)
        expect_close("out", out, np.array(values), KNOWN, asked)
        yield Message("{question}: known values", question=asked)
        _forward(BATCH[:2], GAMMA, BETA, bn_param)
        said = Message("{question}, and once more with its first two rows", question=asked)
        expect_averages(bn_param, RUNNING_MEAN, RUNNING_VAR, KNOWN, said)
        yield Message("{question}: running averages", question=asked)
    bn_param = {"mode": "train"}
    _forward(BATCH, GAMMA, BETA, bn_param)
    asked = Message(
        "x {shape}, mode train, default momentum, no running averages yet", shape=BATCH.shape
    )
    expect_averages(bn_param, BATCH.mean(0) / 10, BATCH.var(0) / 10, KNOWN, asked)
    yield Message("{question}: running averages", question=asked)


def _gradients(layers: Any, backward: Callable[..., Any]) -> Iterator[str]:
    list(_known())
    for shape, eps in (((6, 4), 1e-5), ((4, 5), 0.5)):
        param = {"mode": "train", "eps": eps}
        yield expect_gradients_of(layers.batchnorm_forward, backward, shape, param)
