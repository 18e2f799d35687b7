"""Sandwich layers equal their parts one after the other, and have the right gradients."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daseCV import layer_utils, layers
from daseCV.gradient_check import eval_numerical_gradient_array

Array = np.ndarray

CONV, POOL = {"stride": 1, "pad": 1}, {"pool_height": 2, "pool_width": 2, "stride": 2}


def normal(*shape: int, seed: int = 231) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def affine_relu(x: Array, w: Array, b: Array) -> Array:
    return layers.relu_forward(layers.affine_forward(x, w, b)[0])[0]


def conv_relu(x: Array, w: Array, b: Array) -> Array:
    return layers.relu_forward(layers.conv_forward_naive(x, w, b, CONV)[0])[0]


def conv_relu_pool(x: Array, w: Array, b: Array) -> Array:
    return layers.max_pool_forward_naive(conv_relu(x, w, b), POOL)[0]


def conv_bn_relu(x: Array, w: Array, b: Array, gamma: Array, beta: Array) -> Array:
    a, _ = layers.conv_forward_naive(x, w, b, CONV)
    normalised, _ = layers.spatial_batchnorm_forward(a, gamma, beta, {"mode": "train"})
    return layers.relu_forward(normalised)[0]


IMAGES = [normal(2, 3, 4, 6), normal(3, 3, 3, 3, seed=1), normal(3, seed=2)]

# The parts, the inputs with a gradient, and what else the sandwich takes.
SANDWICHES: list[tuple[Callable[..., Array], list[Array], Callable[[], list[Any]]]] = [
    (affine_relu, [normal(2, 3, 4), normal(12, 5), normal(5)], lambda: []),
    (conv_relu, IMAGES, lambda: [CONV]),
    (conv_relu_pool, IMAGES, lambda: [CONV, POOL]),
    (
        conv_bn_relu,
        [*IMAGES, normal(3, seed=3), normal(3, seed=4)],
        lambda: [CONV, {"mode": "train"}],
    ),
]


@pytest.mark.parametrize(("parts", "inputs", "params"), SANDWICHES)
def test_sandwich_equals_its_parts_one_after_the_other(
    parts: Callable[..., Array], inputs: list[Array], params: Callable[[], list[Any]]
) -> None:
    out, _ = getattr(layer_utils, f"{parts.__name__}_forward")(*inputs, *params())

    np.testing.assert_allclose(out, parts(*inputs), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("parts", "inputs", "params"), SANDWICHES)
def test_sandwich_gives_the_gradient_of_every_input(
    parts: Callable[..., Array], inputs: list[Array], params: Callable[[], list[Any]]
) -> None:
    out, cache = getattr(layer_utils, f"{parts.__name__}_forward")(*inputs, *params())
    dout = normal(*out.shape, seed=7)

    grads = getattr(layer_utils, f"{parts.__name__}_backward")(dout, cache)

    assert len(grads) == len(inputs)
    for place, got in enumerate(grads):

        def at(value: Array, place: int = place) -> Array:
            return parts(*inputs[:place], value, *inputs[place + 1 :])

        expected = eval_numerical_gradient_array(at, inputs[place], dout, h=1e-5)
        np.testing.assert_allclose(got, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("bias", [0, -8, -1000], ids=["mixed", "mostly negative", "all negative"])
def test_pooling_before_relu_equals_relu_before_pooling(
    bias: int,
) -> None:
    rng = np.random.default_rng(231)
    x, w = rng.integers(-2, 3, (3, 2, 8, 8)), rng.integers(-1, 2, (4, 2, 3, 3))  # many ties
    x, w, b = x.astype(float), w.astype(float), np.full(4, float(bias))
    a, conv_cache = layers.conv_forward_naive(x, w, b, CONV)
    clipped, relu_cache = layers.relu_forward(a)
    expected, pool_cache = layers.max_pool_forward_naive(clipped, POOL)
    dout = rng.integers(-9, 10, expected.shape).astype(float)
    da = layers.relu_backward(layers.max_pool_backward_naive(dout, pool_cache), relu_cache)
    wanted = layers.conv_backward_naive(da, conv_cache)

    out, cache = layer_utils.conv_relu_pool_forward(x, w, b, CONV, POOL)
    grads = layer_utils.conv_relu_pool_backward(dout, cache)

    assert np.array_equal(out, expected)
    for got, each in zip(grads, wanted, strict=True):
        assert np.array_equal(got, each)


@pytest.mark.parametrize(
    ("name", "params"), [("conv_relu", [CONV]), ("conv_relu_pool", [CONV, POOL])]
)
def test_without_need_dx_dx_is_none_and_other_gradients_are_the_same(
    name: str, params: list[Any]
) -> None:
    backward = getattr(layer_utils, f"{name}_backward")
    out, cache = getattr(layer_utils, f"{name}_forward")(*IMAGES, *params)
    _, expected_dw, expected_db = backward(out, cache)

    dx, dw, db = backward(out, cache, need_dx=False)

    assert dx is None
    assert np.array_equal(dw, expected_dw)
    assert np.array_equal(db, expected_db)
