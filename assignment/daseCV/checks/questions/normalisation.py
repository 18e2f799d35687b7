# Generated from daseCV/checks/questions/normalisation.py by "dasecv release".
"""Public checks of spatial batch normalisation and group normalisation."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from ...language import Message
from ..compare import Array, expect_close, expect_shape
from ..library import student
from ..numerical import numerical_gradients
from ..probes_normalisation import find_scale_shape
from ..registry import call_forward, call_layer, public_check
from .batch_norm import KNOWN, expect_averages, expect_test_time, start_training

TOLERANCE = 1e-6

_batchnorm = partial(call_forward, "spatial_batchnorm_forward")
_groupnorm = partial(call_forward, "spatial_groupnorm_forward")

# Two small batches (N, C, H, W) = (2, 2, 3, 1) and (2, 4, 2, 1), and what comes out for each eps.
BATCH = np.array([1, 2, 4, 8, 3, 5, -3, -0.5, -1.5, 0.5, 0, -1]).reshape(2, 2, 3, 1)
BATCHNORM = {
    1e-5: [0.28942957, 0.72357392, 1.59186263, 4.44862596, 1.26527892, 2.53861774]
    + [-1.44714785, -0.36178696, -0.79593132, -0.32639460, -0.64472930, -1.28139871],
    0.5: [0.27668579, 0.69171446, 1.52177182, 4.36444512, 1.25880347, 2.50106013]
    + [-1.38342893, -0.34585723, -0.76088591, -0.29401735, -0.60458152, -1.22570985],
}
RUNNING_MEAN, RUNNING_VAR = [0.83333333, -0.10416667], [2.82638889, 5.46701389]
SQUARES = np.arange(16.0).reshape(2, 4, 2, 1) ** 2 / 10
GROUPNORM = {
    1e-5: [-0.99995919, -0.71425656, 1.28570262, 4.14272887]
    + [-3.76853780, -1.58035456, 0.13530279, -0.91826691]
    + [-1.29313220, -0.49374139, 1.79939081, 3.77435636]
    + [-3.92338725, -1.44023076, 0.08614059, -0.87401326],
    0.5: [-0.44360698, -0.31686213, 1.12674485, 2.39419335]
    + [-3.26970588, -1.37116698, 0.18357685, -0.73053447]
    + [-1.22707956, -0.46852129, 1.75855827, 3.63264341]
    + [-3.82009700, -1.40231409, 0.09703618, -0.83783988],
}


@public_check
def spatial_batchnorm_forward() -> Iterator[str]:
    """Known values, statistics of each channel, running averages in training and at test time."""
    gamma, beta = np.array([1.0, 2.0]), np.array([0.0, 1.0])
    for eps, values in BATCHNORM.items():
        bn_param = start_training(eps, 2)
        asked = f"x {BATCH.shape}, mode train, eps {eps}, momentum 0.75"
        out = _batchnorm(BATCH, gamma, beta, bn_param)
        expect_close("out", out, np.reshape(values, BATCH.shape), KNOWN, asked)
        yield Message("{question}: known values", question=asked)
        expect_averages(bn_param, RUNNING_MEAN, RUNNING_VAR, KNOWN, asked)
        yield Message("{question}: running averages", question=asked)

    rng = np.random.default_rng(231)
    x = 4 * rng.standard_normal((2, 3, 4, 5)) + 10
    gamma, beta = np.array([3.0, 4.0, 5.0]), np.array([6.0, 7.0, 8.0])
    asked = Message("x {shape}, mode train, gamma and beta for each channel", shape=x.shape)
    out = _batchnorm(x, gamma, beta, {"mode": "train"})
    expect_shape("out", out, x.shape, asked)
    what = Message("mean of each channel of out")
    expect_close(what, out.mean((0, 2, 3)), beta, TOLERANCE, asked)
    var = x.var((0, 2, 3))
    std = gamma * np.sqrt(var / (var + 1e-5))
    what = Message("std of each channel of out")
    expect_close(what, out.std((0, 2, 3)), std, TOLERANCE, asked)
    yield Message("{question}: mean beta and std |gamma|", question=asked)
    yield expect_test_time("spatial_batchnorm_forward", x, gamma, beta)


@public_check
def spatial_batchnorm_backward() -> Iterator[str]:
    """Gradients against numerical ones of the student's own forward pass."""
    asked = "x (2, 3, 4, 5), mode train"
    yield from _gradients("spatial_batchnorm", (2, 3, 4, 5), (3,), {"mode": "train"}, asked)


@public_check
def spatial_groupnorm_forward() -> Iterator[str]:
    """Known values, and statistics of each group of each image for several numbers of groups."""
    shape = _find_scale_shape(4)
    gamma, beta = np.array([1.0, 2, 3, -1]).reshape(shape), np.array([0, 1, 0, 0.5]).reshape(shape)
    for eps, values in GROUPNORM.items():
        asked = f"x {SQUARES.shape}, G 2, eps {eps}, gamma, beta {shape}"
        out = _groupnorm(SQUARES, gamma, beta, 2, {"eps": eps})
        expect_close("out", out, np.reshape(values, SQUARES.shape), KNOWN, asked)
        yield Message("{question}: known values", question=asked)

    rng = np.random.default_rng(231)
    N, C, H, W = 2, 6, 4, 5
    x = 4 * rng.standard_normal((N, C, H, W)) + 10
    shape = _find_scale_shape(C)
    for G in (1, 2, 3, 6):
        asked = f"x {x.shape}, G {G}"
        out = _groupnorm(x, np.ones(shape), np.zeros(shape), G, {})
        expect_shape("out", out, x.shape, asked)
        groups = out.reshape(N, G, -1)
        var = x.reshape(N, G, -1).var(axis=2)
        what = Message("mean of each group of out")
        expect_close(what, groups.mean(axis=2) + 1, np.ones((N, G)), TOLERANCE, asked)
        what = Message("std of each group of out")
        expect_close(what, groups.std(axis=2), np.sqrt(var / (var + 1e-5)), TOLERANCE, asked)
        yield Message("{question}: mean 0 and std 1 in each group", question=asked)


@public_check
def spatial_groupnorm_backward() -> Iterator[str]:
    """Gradients against numerical ones of the student's own forward pass."""
    x_shape, shape = (2, 6, 4, 5), _find_scale_shape(6)
    for G in (2, 3):
        asked = f"x {x_shape}, G {G}, gamma, beta {shape}"
        yield from _gradients("spatial_groupnorm", x_shape, shape, {}, asked, G)


def _find_scale_shape(C: int) -> tuple[int, ...]:
    """The shape of gamma that the student's group norm takes."""
    return find_scale_shape(student("layers").spatial_groupnorm_forward, C)


def _gradients(
    name: str,
    x_shape: tuple[int, ...],
    shape: tuple[int, ...],
    param: dict[str, Any],
    asked: str,
    *groups: int,
) -> Iterator[str]:
    """Require the gradients by x, and by gamma and beta of a shape."""
    rng = np.random.default_rng(231)
    x = 5 * rng.standard_normal(x_shape) + 12
    gamma, beta = rng.standard_normal(shape), rng.standard_normal(shape)

    def forward(x: Array, gamma: Array, beta: Array) -> Any:
        return getattr(student("layers"), f"{name}_forward")(x, gamma, beta, *groups, dict(param))

    _, cache = call_layer(f"{name}_forward", 2, x, gamma, beta, *groups, dict(param))
    dout = np.random.default_rng(7).standard_normal(x.shape)
    dx, *others = call_layer(f"{name}_backward", 3, dout, cache)
    # Gradients of shape (C,) and of (1, C, 1, 1) are both right.
    others = [
        np.reshape(grad, gamma.shape) if np.size(grad) == gamma.size else grad for grad in others
    ]
    numerical = numerical_gradients(forward, (x, gamma, beta), dout, 1e-4)
    names = "dx", "dgamma", "dbeta"
    for what, got, expected in zip(names, (dx, *others), numerical, strict=True):
        expect_close(what, got, expected, TOLERANCE, asked, gradient=True)
        yield f"{what}: {asked}"
