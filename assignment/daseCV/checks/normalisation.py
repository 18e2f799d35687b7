# Generated from daseCV/checks/normalisation.py by "dasecv release".
"""Public checks of spatial batch normalisation and group normalisation."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..gradient_check import eval_numerical_gradient_array
from .compare import expect, expect_close
from .registry import call, public_check, results, student

Array = np.ndarray
TOLERANCE = 1e-6


@public_check
def spatial_batchnorm_forward() -> Iterator[str]:
    """Statistics of each channel in training, and the running averages at test time."""
    layers = student("layers")
    rng = np.random.default_rng(231)
    x = 4 * rng.standard_normal((2, 3, 4, 5)) + 10
    asked = f"x {x.shape}, mode train"
    out = _forward(layers, x, np.ones(3), np.zeros(3), {"mode": "train"})
    expect_close("out", np.array(out.shape), np.array(x.shape), 0, asked)
    expect_close(
        "mean of each channel of out", out.mean((0, 2, 3)) + 1, np.ones(3), TOLERANCE, asked
    )
    var = x.var((0, 2, 3))
    expected = np.sqrt(var / (var + 1e-5))
    expect_close("std of each channel of out", out.std((0, 2, 3)), expected, TOLERANCE, asked)
    yield f"{asked}, gamma 1, beta 0: mean 0 and std 1 in each channel"

    gamma, beta = np.array([3.0, 4.0, 5.0]), np.array([6.0, 7.0, 8.0])
    out = _forward(layers, x, gamma, beta, {"mode": "train"})
    expect_close("mean of each channel of out", out.mean((0, 2, 3)), beta, TOLERANCE, asked)
    got = out.std((0, 2, 3))
    expect_close("std of each channel of out", got, gamma * expected, TOLERANCE, asked)
    yield f"{asked}, gamma and beta per channel: mean beta and std gamma"

    bn_param: dict[str, Any] = {"mode": "train"}
    for _ in range(100):
        x = 3 * rng.standard_normal((4, 3, 4, 5)) + 12
        layers.spatial_batchnorm_forward(x, gamma, beta, bn_param)
    asked = f"x {x.shape}, mode test after 100 training batches"
    for name in ("running_mean", "running_var"):
        shape = getattr(bn_param.get(name), "shape", None)
        expect(
            shape == (3,),
            f"{name} has shape {shape}, expected (3,): one a channel\n  asked: {asked}",
        )
    running = bn_param["running_mean"].reshape(3, 1, 1), bn_param["running_var"].reshape(3, 1, 1)
    bn_param["mode"] = "test"
    x = 2 * rng.standard_normal((2, 3, 4, 5)) + 5
    out = _forward(layers, x, gamma, beta, bn_param)
    x_hat = (x - running[0]) / np.sqrt(running[1] + 1e-5)
    expected = gamma.reshape(3, 1, 1) * x_hat + beta.reshape(3, 1, 1)
    expect_close("out", out, expected, TOLERANCE, asked)
    # 100 batches of mean 12 and variance 9: far outside of what chance could do to the averages.
    plausible = abs(running[0] - 12).max() < 1 and abs(running[1] - 9).max() < 3
    expect(
        bool(plausible),
        f"running_mean is {running[0].ravel()} and running_var {running[1].ravel()}, expected "
        f"about 12 and 9\n  asked: {asked}",
    )
    yield asked


@public_check
def spatial_batchnorm_backward() -> Iterator[str]:
    """Gradients against numerical ones of the student's own forward pass."""
    layers = student("layers")
    rng = np.random.default_rng(231)
    x = 5 * rng.standard_normal((2, 3, 4, 5)) + 12
    gamma, beta = rng.standard_normal(3), rng.standard_normal(3)

    def forward(x: Array, gamma: Array, beta: Array) -> Any:
        return layers.spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})

    yield from _gradients(forward, layers.spatial_batchnorm_backward, x, gamma, beta, "mode train")


@public_check
def spatial_groupnorm_forward() -> Iterator[str]:
    """Statistics of each group of each image, for several numbers of groups."""
    layers = student("layers")
    rng = np.random.default_rng(231)
    N, C, H, W = 2, 6, 4, 5
    x = 4 * rng.standard_normal((N, C, H, W)) + 10
    shape = _scale_shape(layers, x)
    ones, zeros = np.ones(shape), np.zeros(shape)
    for G in (1, 2, 3, 6):
        asked = f"x {x.shape}, G {G}"
        out = _groupnorm(layers, x, ones, zeros, G)
        expect_close("out", np.array(out.shape), np.array(x.shape), 0, asked)
        groups = out.reshape(N, G, -1)
        var = x.reshape(N, G, -1).var(axis=2)
        what = "mean of each group of out"
        expect_close(what, groups.mean(axis=2) + 1, np.ones((N, G)), TOLERANCE, asked)
        what = "std of each group of out"
        expect_close(what, groups.std(axis=2), np.sqrt(var / (var + 1e-5)), TOLERANCE, asked)
        yield f"{asked}: mean 0 and std 1 in each group"

    gamma, beta = np.linspace(1, 3, C).reshape(shape), np.linspace(-1, 1, C).reshape(shape)
    plain = _groupnorm(layers, x, ones, zeros, 2)
    expected = plain * gamma.reshape(1, C, 1, 1) + beta.reshape(1, C, 1, 1)
    asked = f"x {x.shape}, G 2, gamma and beta {shape}"
    expect_close("out", _groupnorm(layers, x, gamma, beta, 2), expected, TOLERANCE, asked)
    yield asked


@public_check
def spatial_groupnorm_backward() -> Iterator[str]:
    """Gradients against numerical ones of the student's own forward pass."""
    layers = student("layers")
    rng = np.random.default_rng(231)
    x = 5 * rng.standard_normal((2, 6, 4, 5)) + 12
    shape = _scale_shape(layers, x)
    gamma, beta = rng.standard_normal(shape), rng.standard_normal(shape)
    for G in (2, 3):

        def forward(x: Array, gamma: Array, beta: Array, G: int = G) -> Any:
            return layers.spatial_groupnorm_forward(x, gamma, beta, G, {})

        asked = f"G {G}, gamma and beta {shape}"
        yield from _gradients(forward, layers.spatial_groupnorm_backward, x, gamma, beta, asked)


def _scale_shape(layers: Any, x: Array) -> tuple[int, ...]:
    """The shape of gamma that the student's group norm takes: the notebook's, or a plain vector."""
    C = x.shape[1]
    shape = (1, C, 1, 1)
    try:
        out, _ = layers.spatial_groupnorm_forward(x.copy(), np.ones(shape), np.zeros(shape), 1, {})
    except NotImplementedError:
        raise
    except Exception:  # whatever a shape that does not fit leads to
        return (C,)
    return shape if np.shape(out) == x.shape else (C,)


def _gradients(
    forward: Callable[..., Any],
    backward: Callable[..., Any],
    x: Array,
    gamma: Array,
    beta: Array,
    setting: str,
) -> Iterator[str]:
    out, cache = forward(x, gamma, beta)
    dout = np.random.default_rng(7).standard_normal(x.shape)
    dx, dgamma, dbeta = results(backward.__name__, call(backward, dout, cache), 3)
    asked = f"x {x.shape}, {setting}"
    # (C,) and (1, C, 1, 1) are the same to whoever adds them up.
    dgamma, dbeta = (
        np.reshape(grad, gamma.shape) if np.size(grad) == gamma.size else grad
        for grad in (dgamma, dbeta)
    )
    for what, got, at, f in (
        ("dx", dx, x, lambda x: forward(x, gamma, beta)[0]),
        ("dgamma", dgamma, gamma, lambda gamma: forward(x, gamma, beta)[0]),
        ("dbeta", dbeta, beta, lambda beta: forward(x, gamma, beta)[0]),
    ):
        expected = eval_numerical_gradient_array(f, at, dout, h=1e-4)
        expect_close(what, got, expected, TOLERANCE, asked)
        yield f"{what}: {asked}"


def _forward(layers: Any, *arguments: Any) -> Array:
    returned = call(layers.spatial_batchnorm_forward, *arguments)
    return _image("spatial_batchnorm_forward", returned)


def _groupnorm(layers: Any, x: Array, gamma: Array, beta: Array, G: int) -> Array:
    returned = call(layers.spatial_groupnorm_forward, x, gamma, beta, G, {})
    return _image("spatial_groupnorm_forward", returned)


def _image(name: str, returned: Any) -> Array:
    out, _ = results(name, returned, 2)
    expect(isinstance(out, np.ndarray), f"{name}: out is {type(out).__name__}, expected an array")
    return out
