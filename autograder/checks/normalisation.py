"""Hidden checks of spatial batch normalisation and group normalisation."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from daseCV import layers
from daseCV.checks.batch_norm import unchanged_question, with_settings
from daseCV.checks.compare import CheckFailure
from daseCV.language import Message

from ..worker.client import StudentError
from ..worker.frames import Handle
from .convolution import laid_out
from .registry import Array, Ask, StudentFailure, hidden_check

GN_FORWARD, GN_BACKWARD = "layers:spatial_groupnorm_forward", "layers:spatial_groupnorm_backward"

Shapes = Sequence[tuple[tuple[int, ...], str]]

BN_PASSES = ["layers.batchnorm_forward", "layers.batchnorm_backward"]
BN_PASSES += ["layers.batchnorm_backward_alt"]

SHAPES: Shapes = [
    ((2, 3, 4, 5), "C"),
    ((4, 1, 3, 3), "F"),
    ((1, 4, 2, 7), "strided"),
    ((3, 2, 5, 1), "C"),
]

TRAIN = "its statistics run over all images and all pixels (N, H and W)"
RUNNING = "running_mean = momentum * running_mean + (1 - momentum) * sample_mean"
TEST = "At test time the running averages take the place of the minibatch's statistics"
GROUPS = "each group is normalised by the mean and the (biased, `ddof=0`) variance"
BN_GRADIENTS = "Gradients of batch normalisation of images."
GN_GRADIENTS = "Gradients of group normalisation."


@hidden_check(train=2, running=1, test=1)
def spatial_batchnorm_forward(ask: Ask) -> None:
    """Training with several eps and momenta, running averages over two steps, and test time."""
    ask_batch_norm(ask, "spatial_batchnorm_forward", SHAPES, TRAIN)


@hidden_check(dx=2, dgamma=1, dbeta=1)
def spatial_batchnorm_backward(ask: Ask) -> None:
    """Gradients, after the student's own forward pass."""
    names = "spatial_batchnorm_forward", "spatial_batchnorm_backward"
    ask_gradients(ask, names, SHAPES, [{"mode": "train"}], BN_GRADIENTS)


@hidden_check(out=1)
def spatial_groupnorm_forward(ask: Ask) -> None:
    """Several numbers of groups, one channel a group and all channels in one among them."""
    scale = accepted_scale_shape(ask)
    with ask.part("out", GROUPS):
        for shape, G, settings, how in group_cases():
            x, gamma, beta = draw_scaled(ask, shape, scale(shape[1]))
            expected, _ = layers.spatial_groupnorm_forward(x, gamma, beta, G, settings)
            with ask.question(laid_out(with_settings(f"x {shape}, G {G}", settings), how)):
                given = x, gamma, beta, G, settings
                out, _ = ask.call(GN_FORWARD, *given, count=2, keep=[1], how=how)
                ask.close("out", out, expected)


@hidden_check(dx=3, dgamma=1, dbeta=1)
def spatial_groupnorm_backward(ask: Ask) -> None:
    """Gradients, after the student's own forward pass."""
    scale = accepted_scale_shape(ask)
    for shape, G, settings, how in group_cases():
        x, gamma, beta = draw_scaled(ask, shape, scale(shape[1]))
        asked = laid_out(with_settings(f"x {shape}, G {G}", settings), how)
        with ask.question(asked):
            _, kept = ask.call(GN_FORWARD, x, gamma, beta, G, settings, count=2, keep=[1], how=how)
        _, cache = layers.spatial_groupnorm_forward(x, gamma, beta, G, settings)
        dout = ask.draw.normal(*shape)
        dx, dgamma, dbeta = layers.spatial_groupnorm_backward(dout, cache)
        for question in twice(asked):
            with ask.question(question):
                first, *others = ask.call(GN_BACKWARD, dout, kept, count=3, how=how)
                # Gradients of gamma and beta may come in any shape with C numbers.
                flat = [first, *(flatten_parameter_gradient(grad, shape[1]) for grad in others)]
                compare_gradients(ask, flat, [dx, dgamma.ravel(), dbeta.ravel()], GN_GRADIENTS)


def group_cases() -> list[tuple[tuple[int, ...], int, dict[str, float], str]]:
    """Shape of x, number of groups, gn_param, memory order."""
    return [
        ((2, 6, 4, 5), 2, {}, "C"),
        ((2, 6, 3, 3), 3, {"eps": 0.4}, "F"),
        ((1, 4, 5, 2), 1, {}, "strided"),
        ((3, 4, 2, 3), 4, {"eps": 0.1}, "C"),
    ]


def ask_batch_norm(ask: Ask, name: str, shapes: Shapes, promise: str) -> None:
    """Ask batch normalisation of images or features, in training and at test time."""
    target, reference = f"layers:{name}", getattr(layers, name)
    for number, (shape, how) in enumerate(shapes):
        x, gamma, beta = draw_scaled(ask, shape, (shape[1],))
        settings = [{}, {"eps": 0.3, "momentum": 0.6}][number % 2]
        param = ask.worker.keep({"mode": "train", **settings})
        ours: dict[str, Any] = {"mode": "train", **settings}
        said = settings or Message("default eps and momentum")
        with ask.question(laid_out(with_settings(f"x {shape}, mode train", said), how)):
            for step in range(2):
                out, _ = ask.call(target, x, gamma, beta, param, count=2, keep=[1], how=how)
                expected, _ = reference(x, gamma, beta, ours)
                with ask.part("train", promise):
                    ask.close("out", out, expected)
                with ask.part("running", RUNNING):
                    for name in ("running_mean", "running_var"):
                        ask.close(name, read_entry(ask, param, name), ours[name])
                x = x + 1.0 + step
        asked = laid_out(f"x {shape}, mode test", how)
        with ask.part("test", TEST):
            mean, var = ask.draw.normal(shape[1]), ask.draw.normal(shape[1]) ** 2 + 0.2
            given = {"running_mean": mean, "running_var": var, **settings, "mode": "test"}
            kept = ask.worker.keep(given)
            expected, _ = reference(x, gamma, beta, dict(given))
            with ask.question(asked):
                out, _ = ask.call(target, x, gamma, beta, kept, count=2, keep=[1], how=how)
                ask.close("out", out, expected)
            with ask.question(unchanged_question(asked)):
                for name, value in (("running_mean", mean), ("running_var", var)):
                    ask.close(name, read_entry(ask, kept, name), value)


def ask_gradients(
    ask: Ask,
    names: tuple[str, str],
    shapes: Shapes,
    settings: Sequence[dict[str, Any]],
    promise: str,
) -> None:
    """Ask a backward pass for gradients, after the student's own forward pass."""
    for number, (shape, how) in enumerate(shapes):
        param = settings[number % len(settings)]
        x, gamma, beta = draw_scaled(ask, shape, (shape[1],))
        asked = laid_out(with_settings(f"x {shape}", param), how)
        with ask.question(asked):
            _, kept = ask.call(
                f"layers:{names[0]}", x, gamma, beta, dict(param), count=2, keep=[1], how=how
            )
        _, cache = getattr(layers, names[0])(x, gamma, beta, dict(param))
        dout = ask.draw.normal(*shape)
        expected = getattr(layers, names[1])(dout, cache)
        for question in twice(asked):
            with ask.question(question):
                grads = ask.call(f"layers:{names[1]}", dout, kept, count=3, how=how)
                compare_gradients(ask, grads, expected, promise)


def twice(question: str) -> tuple[str, str]:
    """A question to a backward pass, and once more: it may have changed its cache, gamma itself."""
    return question, Message("{question}; a second time with the same cache", question=question)


def read_entry(ask: Ask, param: Handle, name: str) -> Any:
    """An entry of the student's bn_param; None where it is missing."""
    try:
        return ask.worker.look(param, name)
    except StudentError:
        return None


def draw_scaled(
    ask: Ask, shape: tuple[int, ...], scale: tuple[int, ...]
) -> tuple[Array, Array, Array]:
    """Draw x far from mean 0 and variance 1, gamma and beta."""
    x = ask.draw.normal(*shape, scale=3.0, shift=5.0)
    return x, ask.draw.normal(*scale, shift=1.0), ask.draw.normal(*scale)


def accepted_scale_shape(ask: Ask) -> Any:
    """Whether the student's group norm takes gamma as (1, C, 1, 1) or as (C,): both are right."""
    # No two axes are alike, so that a gamma that only happens to broadcast gives something else.
    x = np.cos(np.arange(2.0 * 6 * 3 * 5)).reshape(2, 6, 3, 5)
    gamma, beta = np.arange(1.0, 7.0), np.arange(6.0)
    right, _ = layers.spatial_groupnorm_forward(x, gamma, beta, 1, {})
    accepted = []
    for shape in (lambda C: (1, C, 1, 1), lambda C: (C,)):
        given = gamma.reshape(shape(6)), beta.reshape(shape(6))
        try:
            with ask.question(f"x {x.shape}, G 1, gamma {given[0].shape}"):
                out, _ = ask.call(GN_FORWARD, x, *given, 1, {}, count=2, keep=[1])
        except StudentFailure as failure:
            if "NotImplementedError" in failure.error.kinds:
                raise
            continue
        except CheckFailure:
            continue
        if isinstance(out, np.ndarray) and out.shape == x.shape and out.dtype.kind in "iuf":
            if np.allclose(out, right):
                return shape
            accepted.append(shape)
    return accepted[0] if accepted else lambda C: (1, C, 1, 1)


def flatten_parameter_gradient(grad: Any, count: int) -> Any:
    """Bring gradients of gamma or beta into shape (C,) where they have C numbers."""
    if isinstance(grad, np.ndarray) and grad.size == count:
        return grad.reshape(count)
    return grad


def compare_gradients(
    ask: Ask, grads: Sequence[Any], expected: Sequence[Array], promise: str
) -> None:
    """Compare dx, dgamma and dbeta, each as a part of its own."""
    for name, got, right in zip(("dx", "dgamma", "dbeta"), grads, expected, strict=True):
        with ask.part(name, promise):
            ask.close(name, got, right)
