"""Public checks of the fully connected networks: parameters, scores, loss, gradients."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from ...language import Message
from ..compare import Array, expect, expect_close
from ..library import student
from ..numerical import expect_gradient, gradient
from ..registry import call, expect_results, public_check

TOLERANCE = 1e-7
_estimate = partial(gradient, step=1e-4)  # so small that no ReLU switches

# X (3, 2, 2), classes 0, 2, 1, parameters as `fill` makes them; two layers, then three.
X, Y = 2 * np.sin(np.arange(12.0)).reshape(3, 2, 2), np.array([0, 2, 1])
TWO_SCORES = [
    [1.2168466866, 0.0787497088, -1.2371396194],
    [-0.4697963247, 1.5343050072, 0.0744228192],
    [1.1740078066, 1.2946430519, -1.5076230652],
]
DEEP_SCORES = [
    [-2.0977810345, 1.2105968449, 1.7858235579],
    [-0.4106561872, 0.3113518456, 0.3304242450],
    [-1.0841713842, -0.5948175821, 1.2374493253],
]
TWO_LOSS, DEEP_LOSS = 0.9266188556, 2.4347244675


@public_check
def two_layer_net() -> Iterator[str]:
    """Parameters, known scores and loss, regularisation, gradients."""
    fc_net = student("classifiers.fc_net")
    shapes = {"W1": (90, 70), "b1": (70,), "W2": (70, 40), "b2": (40,)}
    for scale in (0.1, 0.003):
        np.random.seed(231)
        expect_params(call(fc_net.TwoLayerNet, 90, 70, 40, scale).params, shapes, scale)
    yield Message("params: names, shapes, weight_scale, biases of 0")
    model = fc_net.TwoLayerNet(4, 5, 3, 0.1)
    fill(model.params)
    yield from expect_known(model, TWO_SCORES, TWO_LOSS)
    yield expect_weights_regularised(model)
    for reg in (0.0, 0.7):
        np.random.seed(231)
        model = fc_net.TwoLayerNet(4, 9, 3, 0.1, reg)
        fill(model.params)
        yield from expect_gradients(model, X, Y, f"X {X.shape}, hidden_dim 9, reg {reg}")


@public_check
def fully_connected_net() -> Iterator[str]:
    """The same for networks of any depth, without normalisation and dropout."""
    fc_net = student("classifiers.fc_net")
    shapes = {"W1": (90, 70), "b1": (70,), "W2": (70, 50), "b2": (50,), "W3": (50, 40), "b3": (40,)}
    for scale in (0.1, 0.003):
        np.random.seed(231)
        model = call(partial(fc_net.FullyConnectedNet, weight_scale=scale), [70, 50], 90, 40)
        expect_params(model.params, shapes, scale)
    yield Message("params: names, shapes, weight_scale, biases of 0")
    model = deep(fc_net, [5, 6])
    yield from expect_known(model, DEEP_SCORES, DEEP_LOSS)
    yield expect_weights_regularised(model)
    for hidden, reg in (([7], 0.0), ([5, 6], 0.7), ([6, 7, 8, 7, 6], 0.0)):
        asked = f"X {X.shape}, hidden_dims {hidden}, reg {reg}"
        yield from expect_gradients(deep(fc_net, hidden, reg=reg), X, Y, asked)


def deep(fc_net: Any, hidden: list[int], **settings: Any) -> Any:
    """The student's deep network for 4 numbers a sample and 3 classes, with known parameters."""
    np.random.seed(231)
    network = partial(fc_net.FullyConnectedNet, dtype=np.float64, **settings)
    model = call(network, hidden, 4, 3)
    fill(model.params)
    return model


def fill(params: dict[str, Array]) -> None:
    """Give parameters numbers that look random and are the same everywhere."""
    for place, name in enumerate(sorted(params), start=1):
        numbers = np.cos(np.arange(params[name].size) * 1.7 + place)
        params[name] = numbers.reshape(params[name].shape) + (name.startswith("gamma"))


def expect_params(
    params: Mapping[str, Array], shapes: Mapping[str, tuple[int, ...]], scale: float
) -> None:
    """Require names, shapes and initial values of parameters."""
    expect_shapes(params, shapes)
    for name, value in params.items():
        if name.startswith("W"):
            expect_spread(name, value, scale, slack=0.1)
            mean = float(value.mean())
            expect(abs(mean) < 0.1 * scale, other_mean(name, mean))
        else:
            expect_start(name, value, 1 if name.startswith("gamma") else 0)


def expect_shapes(params: Mapping[str, Array], shapes: Mapping[str, tuple[int, ...]]) -> None:
    got = {name: np.shape(value) for name, value in params.items()}
    wrong = Message("params has shapes {got}, expected {expected}", got=got, expected=dict(shapes))
    expect(got == shapes, wrong)


def expect_start(name: str, value: Array, start: int) -> None:
    """Require the initial value of a bias, a shift or a scale."""
    wrong = Message("{name} does not start at {start}", name=name, start=start)
    expect(bool((value == start).all()), wrong)


def expect_spread(name: str, value: Array, scale: float, slack: float) -> None:
    """Require the standard deviation of initial weights, up to a relative `slack`."""
    deviation = float(value.std())
    right = (1 - slack) * scale < deviation < (1 + slack) * scale
    expect(right, other_spread(name, deviation, scale))


def other_spread(name: str, deviation: float, scale: float) -> Message:
    return Message(
        "{name} has standard deviation {deviation:.3g}, expected {scale:g} (weight_scale)",
        name=name,
        deviation=deviation,
        scale=scale,
    )


def other_mean(name: str, mean: float) -> Message:
    return Message("{name} has mean {mean:.3g}, expected about 0", name=name, mean=mean)


def expect_known(model: Any, scores: Any, loss: float) -> Iterator[str]:
    """Require known scores and a known loss, without regularisation."""
    asked = Message("X {shape}, known parameters", shape=X.shape)
    expect_close("scores", call(model.loss, X), np.array(scores), TOLERANCE, asked)
    yield Message("{question}: scores", question=asked)
    got, _ = expect_results("loss", call(model.loss, X, Y), 2)
    expect_close("loss", np.asarray(got), np.array(loss), TOLERANCE, asked)
    yield Message("{question}: loss", question=asked)


def expect_weights_regularised(model: Any) -> str:
    """Require regularisation of all weights of a network for `X`, and of no other parameters."""
    asked = Message("reg 0.7: 0.5 * reg * sum(W ** 2) for each W, nothing for the other parameters")
    return expect_regularised(model, X, Y, 0.7, TOLERANCE, asked)


def expect_regularised(
    model: Any, X: Array, y: Array, reg: float, tolerance: float, asked: str
) -> str:
    """Require that regularisation adds the right amount to the loss, for weights only."""
    model.reg = 0.0
    plain, _ = expect_results("loss", call(model.loss, X, y), 2)
    model.reg = reg
    more, _ = expect_results("loss", call(model.loss, X, y), 2)
    weights = [value for name, value in model.params.items() if name.startswith("W")]
    added = 0.5 * reg * sum(float((value**2).sum()) for value in weights)
    what = Message("what reg adds to the loss")
    expect_close(what, np.asarray(float(more) - float(plain)), np.array(added), tolerance, asked)
    return what


def expect_gradients(
    model: Any,
    X: Array,
    y: Array,
    asked: str,
    estimate: Callable[..., Array] = _estimate,
    tolerance: float = TOLERANCE,
    noise: float = 1e-9,
) -> Iterator[str]:
    """Require the gradients of all parameters, against numerical ones of the student's loss."""
    _, grads = expect_results("loss", call(model.loss, X, y), 2)
    expect_all_gradients(grads, model.params)
    for name in sorted(model.params):
        expected = estimate(lambda _: model.loss(X, y)[0], model.params[name], np.float64(1))
        expect_gradient(gradient_of(name), grads[name], expected, tolerance, asked, noise)
    yield Message("gradients: {question}", question=asked)


def expect_all_gradients(grads: Any, params: Mapping[str, Array]) -> None:
    expect(isinstance(grads, dict), Message("loss did not return a dict of gradients"))
    wrong = Message(
        "grads lacks {missing}, expected a gradient for each of {names}",
        missing=sorted(set(params) - set(grads)),
        names=list(params),
    )
    expect(set(params) <= set(grads), wrong)


def gradient_of(name: str) -> Message:
    return Message("gradient of {name}", name=name)
