# Generated from daseCV/checks/probes_normalisation.py by "dasecv release".
"""Questions to normalising layers that recognise mistakes.

Some numbers are so small that `eps` matters. Gradients belong to the student's own forward pass.
"""

import copy
from typing import Any

import numpy as np

from .library import Library
from .probing import Array, Random, Seen, ask, cache_of, out_and_cache_of, probe


def statistics(rng: Random, D: int) -> dict[str, Array]:
    return {"running_mean": rng.standard_normal(D), "running_var": rng.uniform(0.5, 3, D)}


def normalise_batches(function: Any, rng: Random, shape: tuple[int, ...]) -> Seen:
    """Training, with and without running averages to start from, then test time."""
    C = shape[1]
    gamma, beta = rng.standard_normal(C) + 2, rng.standard_normal(C)
    given = {"eps": 0.5, "momentum": 0.7}
    params: dict[str, dict[str, Any]] = {
        "defaults": {"mode": "train"},
        "eps 0.5, momentum 0.7": {"mode": "train", **given, **statistics(rng, C)},
        "test time": {"mode": "test", **statistics(rng, C)},
        "test time, eps 0.5": {"mode": "test", **given, **statistics(rng, C)},
    }
    for key, param in params.items():
        x = rng.standard_normal(shape) * rng.uniform(1, 3, shape) + 4
        x *= param.get("eps", 5) / 5
        yield from observe_averages(key, function, x, gamma, beta, param)
        if key == "defaults":
            yield from observe_averages("second step", function, x[::-1] ** 2, gamma, beta, param)


def observe_averages(key: str, function: Any, x: Array, *arguments: Any) -> Seen:
    """Ask for the output, and for the running averages after it."""
    results = yield from ask(key, "out -", function, x, *arguments)
    if results is not None:
        for name in ("running_mean", "running_var"):
            yield f"{key}: {name}", arguments[-1].get(name)


def probe_backward(forward: str, backward: str, *cases: tuple[Any, ...]) -> None:
    """Register the probes of a backward pass; a case is a shape and the last arguments."""

    @probe(f"layers.{backward}")
    def ask_backward(library: Library, rng: Random) -> Seen:
        layers = library("layers")
        functions = getattr(layers, forward), getattr(layers, backward)
        for shape, *settings in copy.deepcopy(cases):  # running averages change in settings
            yield from normalised_backward(*functions, rng, shape, *settings)


def normalised_backward(
    forward: Any, backward: Any, rng: Random, shape: tuple[int, ...], *settings: Any
) -> Seen:
    """Gradients of a normalisation whose last arguments are `settings`."""
    C = shape[1]
    gamma, beta = rng.standard_normal(C) + 2, rng.standard_normal(C)
    if len(settings) > 1:
        gamma, beta = (value.reshape(find_scale_shape(forward, C)) for value in (gamma, beta))
    x = rng.standard_normal(shape) * rng.uniform(0.5, 2, shape) + 1
    dout = rng.standard_normal(shape) + 0.3
    key = f"gradients of {shape}"
    for cache in cache_of(forward, x, gamma, beta, *settings):
        results = yield from ask(key, "dx - -", backward, dout, cache)
        for name, value in zip(("dgamma", "dbeta"), (results or ())[1:], strict=False):
            # A layer that takes gamma as (C,) and one that takes (1, C, 1, 1) are both right.
            flat = np.size(value) == C and len(settings) > 1
            yield f"{key}: {name}", np.ravel(value) if flat else value


def find_scale_shape(forward: Any, C: int) -> tuple[int, ...]:
    """Find the shape of gamma that a student's group norm accepts: the notebook's, or a vector."""
    x = np.arange(4.0 * C).reshape(1, C, 2, 2)
    for shape in ((1, C, 1, 1), (C,)):
        for out, _ in out_and_cache_of(forward, x, np.ones(shape), np.zeros(shape), 1, {}):
            if np.shape(out) == x.shape:
                return shape
    return 1, C, 1, 1


@probe("layers.batchnorm_forward")
def batchnorm_forward(library: Library, rng: Random) -> Seen:
    yield from normalise_batches(library("layers").batchnorm_forward, rng, (6, 4))


for _backward in ("batchnorm_backward", "batchnorm_backward_alt"):
    probe_backward(
        "batchnorm_forward",
        _backward,
        ((5, 4), {"mode": "train", "eps": 1e-5}),
        ((7, 3), {"mode": "train", "eps": 0.5}),
    )


@probe("layers.layernorm_forward")
def layernorm_forward(library: Library, rng: Random) -> Seen:
    for param in ({}, {"eps": 0.5}):
        for shape in ((4, 6), (5, 5)):
            x = rng.standard_normal(shape) * rng.uniform(1, 3, shape) + 4
            x *= param.get("eps", 5) / 5
            arguments = x, rng.standard_normal(shape[1]) + 2, rng.standard_normal(shape[1]), param
            forward = library("layers").layernorm_forward
            yield from ask(f"x {shape}, {param}", "out -", forward, *arguments)


probe_backward("layernorm_forward", "layernorm_backward", ((4, 6), {}), ((7, 3), {"eps": 0.5}))


@probe("layers.spatial_batchnorm_forward")
def spatial_batchnorm_forward(library: Library, rng: Random) -> Seen:
    forward = library("layers").spatial_batchnorm_forward
    yield from normalise_batches(forward, rng, (2, 3, 4, 5))


probe_backward(
    "spatial_batchnorm_forward",
    "spatial_batchnorm_backward",
    ((2, 3, 4, 5), {"mode": "train"}),
    ((3, 2, 2, 3), {"mode": "train"}),
)


@probe("layers.spatial_groupnorm_forward")
def spatial_groupnorm_forward(library: Library, rng: Random) -> Seen:
    shape = 2, 6, 3, 4
    for G, param in ((2, {}), (3, {"eps": 0.5}), (1, {}), (6, {})):
        x = rng.standard_normal(shape) * rng.uniform(1, 3, shape) + 4
        x *= param.get("eps", 5) / 5
        forward = library("layers").spatial_groupnorm_forward
        gamma, beta = rng.standard_normal((2, *find_scale_shape(forward, 6)))
        yield from ask(f"G {G}, {param}", "out -", forward, x, gamma, beta, G, param)


probe_backward(
    "spatial_groupnorm_forward",
    "spatial_groupnorm_backward",
    ((2, 6, 3, 4), 2, {}),
    ((3, 6, 2, 3), 3, {"eps": 0.5}),
)
