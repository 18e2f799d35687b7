"""Convolution, pooling and image normalisation against their definitions."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daseCV import fast_layers, layers
from daseCV.checks.compare import relative_error
from daseCV.gradient_check import eval_numerical_gradient_array

Array = np.ndarray

GEOMETRIES = [  # x, w, stride, pad: the course's own, with a rest, not square, one pixel
    ((2, 3, 5, 5), (2, 3, 3, 3), 1, 1),
    ((2, 2, 6, 7), (3, 2, 3, 2), 2, 1),
    ((1, 2, 8, 5), (2, 2, 4, 3), 3, 2),
    ((2, 1, 3, 4), (2, 1, 1, 1), 1, 0),
]


def normal(*shape: int, seed: int = 231) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def convolve(x: Array, w: Array, b: Array, stride: int, pad: int) -> Array:
    """The definition, in scalars: pixels outside the image count as 0."""
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    out = np.empty((N, F, (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1))
    for n, f, i, j in np.ndindex(out.shape):
        products = [b[f]]
        for c, k, l in np.ndindex(C, HH, WW):
            row, column = i * stride + k - pad, j * stride + l - pad
            if 0 <= row < H and 0 <= column < W:
                products.append(x[n, c, row, column] * w[f, c, k, l])
        out[n, f, i, j] = math.fsum(products)
    return out


@pytest.mark.parametrize(("x_shape", "w_shape", "stride", "pad"), GEOMETRIES)
def test_conv_forward_is_the_sum_of_products_under_each_window(
    x_shape: tuple[int, ...], w_shape: tuple[int, ...], stride: int, pad: int
) -> None:
    x, w, b = normal(*x_shape), normal(*w_shape), normal(w_shape[0])

    out, _ = layers.conv_forward_naive(x, w, b, {"stride": stride, "pad": pad})

    assert relative_error(out, convolve(x, w, b, stride, pad)) < 1e-8


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_conv_forward_for_any_geometry(data: st.DataObject) -> None:
    N, C, F, HH, WW, stride = (data.draw(st.integers(1, 3)) for _ in range(6))
    pad = data.draw(st.integers(0, 2))
    H, W = data.draw(st.integers(HH, 5)), data.draw(st.integers(WW, 5))
    x, w, b = normal(N, C, H, W), normal(F, C, HH, WW), normal(F)

    out, _ = layers.conv_forward_naive(x, w, b, {"stride": stride, "pad": pad})

    np.testing.assert_allclose(out, convolve(x, w, b, stride, pad), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize(("x_shape", "w_shape", "stride", "pad"), GEOMETRIES)
def test_conv_backward(
    x_shape: tuple[int, ...], w_shape: tuple[int, ...], stride: int, pad: int
) -> None:
    inputs = [normal(*x_shape), normal(*w_shape), normal(w_shape[0])]
    conv_param = {"stride": stride, "pad": pad}
    x, w, b = inputs
    out, cache = layers.conv_forward_naive(x, w, b, conv_param)
    dout = normal(*out.shape, seed=7)

    grads = layers.conv_backward_naive(dout, cache)

    for place, got in enumerate(grads):

        def at(value: Array, place: int = place) -> Array:
            changed = [*inputs[:place], value, *inputs[place + 1 :]]
            x, w, b = changed
            return layers.conv_forward_naive(x, w, b, conv_param)[0]

        # Linear in each input: central differences are exact, and a large step rounds less.
        expected = eval_numerical_gradient_array(at, inputs[place], dout, h=0.5)
        assert relative_error(got, expected) < 1e-8


def pool(x: Array, dout: Array | None, height: int, width: int, stride: int) -> tuple[Array, Array]:
    """Maxima, and where `dout` goes: `max` of a list finds the first of equal values."""
    N, C, H, W = x.shape
    out = np.empty((N, C, (H - height) // stride + 1, (W - width) // stride + 1))
    dx = np.zeros(x.shape)
    for n, c, i, j in np.ndindex(out.shape):
        places = [(i * stride + k, j * stride + l) for k in range(height) for l in range(width)]
        row, column = max(places, key=lambda place: x[n, c, place[0], place[1]])
        out[n, c, i, j] = x[n, c, row, column]
        dx[n, c, row, column] += 0 if dout is None else dout[n, c, i, j]
    return out, dx


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_max_pool_for_any_geometry_with_many_ties(data: st.DataObject) -> None:
    height, width, stride = (data.draw(st.integers(1, 3)) for _ in range(3))
    H, W = data.draw(st.integers(height, 7)), data.draw(st.integers(width, 7))
    values = data.draw(st.lists(st.integers(-1, 1), min_size=2 * H * W, max_size=2 * H * W))
    x = np.array(values, dtype=float).reshape(1, 2, H, W)
    pool_param = {"pool_height": height, "pool_width": width, "stride": stride}

    out, cache = layers.max_pool_forward_naive(x, pool_param)
    dout = normal(*out.shape, seed=7)
    dx = layers.max_pool_backward_naive(dout, cache)

    expected_out, expected_dx = pool(x, dout, height, width, stride)
    assert relative_error(out, expected_out) < 1e-8
    assert relative_error(dx, expected_dx) < 1e-11


def test_max_pool_gives_the_gradient_to_the_first_maximum_in_row_major_order() -> None:
    x = np.array([[[[0.0, 3.0], [3.0, 3.0]]]])
    _, cache = layers.max_pool_forward_naive(x, {"pool_height": 2, "pool_width": 2, "stride": 2})

    dx = layers.max_pool_backward_naive(np.array([[[[5.0]]]]), cache)

    assert dx.tolist() == [[[[0.0, 5.0], [0.0, 0.0]]]]


def test_gradients_of_overlapping_windows_add_up_in_a_shared_pixel() -> None:
    x = np.array([[[[0.0, 9.0, 0.0]]]])
    _, cache = layers.max_pool_forward_naive(x, {"pool_height": 1, "pool_width": 2, "stride": 1})

    dx = layers.max_pool_backward_naive(np.array([[[[5.0, 6.0]]]]), cache)

    assert dx.tolist() == [[[[0.0, 11.0, 0.0]]]]


def test_spatial_batchnorm_treats_every_pixel_of_a_channel_as_one_sample() -> None:
    x, gamma, beta = 3 * normal(2, 3, 4, 5) + 7, normal(3, seed=2), normal(3, seed=3)
    bn_param: dict[str, Any] = {"mode": "train"}

    out, _ = layers.spatial_batchnorm_forward(x, gamma, beta, bn_param)

    for c in range(3):
        pixels = x[:, c]
        x_hat = (pixels - pixels.mean()) / np.sqrt(pixels.var() + 1e-5)
        assert relative_error(out[:, c], gamma[c] * x_hat + beta[c]) < 1e-6
        assert math.isclose(bn_param["running_mean"][c], 0.1 * pixels.mean(), rel_tol=1e-9)
        assert math.isclose(bn_param["running_var"][c], 0.1 * pixels.var(), rel_tol=1e-9)


def test_spatial_batchnorm_at_test_time_uses_the_running_averages() -> None:
    mean, var = np.array([1.0, 2.0]), np.array([4.0, 9.0])
    bn_param = {"mode": "test", "eps": 0.0, "running_mean": mean, "running_var": var}
    x = normal(2, 2, 3, 3)

    out, _ = layers.spatial_batchnorm_forward(x, np.ones(2), np.zeros(2), bn_param)

    assert relative_error(out[:, 0], (x[:, 0] - 1) / 2) < 1e-6
    assert relative_error(out[:, 1], (x[:, 1] - 2) / 3) < 1e-6


@pytest.mark.parametrize("G", [1, 2, 3, 6])
def test_groupnorm_normalises_neighbouring_channels_of_each_image_together(G: int) -> None:
    x, gamma, beta = 3 * normal(2, 6, 3, 4) + 7, normal(6, seed=2), normal(6, seed=3)

    out, _ = layers.spatial_groupnorm_forward(x, gamma, beta, G, {})

    for n, c in np.ndindex(2, 6):
        first = c // (6 // G) * (6 // G)
        group = x[n, first : first + 6 // G]
        x_hat = (x[n, c] - group.mean()) / np.sqrt(group.var() + 1e-5)
        assert relative_error(out[n, c], gamma[c] * x_hat + beta[c]) < 1e-6


def test_groupnorm_accepts_gamma_in_both_shapes() -> None:
    x, gamma, beta, dout = normal(2, 6, 3, 4), normal(6), normal(6, seed=3), normal(2, 6, 3, 4)

    flat = layers.spatial_groupnorm_forward(x, gamma, beta, 2, {})
    wide = layers.spatial_groupnorm_forward(
        x, gamma.reshape(1, 6, 1, 1), beta.reshape(1, 6, 1, 1), 2, {}
    )

    assert np.array_equal(flat[0], wide[0])
    _, dgamma, dbeta = layers.spatial_groupnorm_backward(dout, flat[1])
    _, dgamma_wide, dbeta_wide = layers.spatial_groupnorm_backward(dout, wide[1])
    assert dgamma_wide.shape == dbeta_wide.shape == (1, 6, 1, 1)
    assert np.array_equal(dgamma, dgamma_wide.ravel())
    assert np.array_equal(dbeta, dbeta_wide.ravel())


@pytest.mark.parametrize("norm", ["batch", "group, G 1", "group, G 2", "group, G 6"])
def test_gradients_of_image_normalisation(norm: str) -> None:
    def forward(x: Array, gamma: Array, beta: Array) -> Any:
        if norm == "batch":
            return layers.spatial_batchnorm_forward(x, gamma, beta, {"mode": "train"})
        return layers.spatial_groupnorm_forward(x, gamma, beta, int(norm[-1]), {})

    kind = "batchnorm" if norm == "batch" else "groupnorm"
    inputs = [5 * normal(2, 6, 3, 4) + 12, normal(6, seed=2), normal(6, seed=3)]
    out, cache = forward(*inputs)
    dout = normal(*out.shape, seed=7)

    grads = getattr(layers, f"spatial_{kind}_backward")(dout, cache)

    for place, got in enumerate(grads):

        def at(value: Array, place: int = place) -> Array:
            changed = [*inputs[:place], value, *inputs[place + 1 :]]
            return forward(*changed)[0]

        expected = eval_numerical_gradient_array(at, inputs[place], dout, h=1e-4)
        assert relative_error(got, expected) < 1e-6


@pytest.mark.parametrize("dtype", [np.int64, np.uint8])
def test_whole_numbers_give_the_same_results_as_in_the_fast_layers(dtype: type[np.generic]) -> None:
    x = (np.arange(48).reshape(1, 3, 4, 4) * 5).astype(dtype)
    w, b = np.linspace(-1, 1, 54).reshape(2, 3, 3, 3), np.array([0.25, 0.5])
    conv_param = {"stride": 1, "pad": 1}
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

    out, cache = layers.conv_forward_naive(x, w, b, conv_param)
    grads = layers.conv_backward_naive(np.cos(out), cache)
    _, pool_cache = layers.max_pool_forward_naive(x, pool_param)
    dx = layers.max_pool_backward_naive(np.full((1, 3, 2, 2), 0.5), pool_cache)

    fast_out, fast_cache = fast_layers.conv_forward_fast(x, w, b, conv_param)
    np.testing.assert_allclose(out, fast_out)
    fast_grads = fast_layers.conv_backward_fast(np.cos(out), fast_cache)
    for mine, fast in zip(grads, fast_grads, strict=True):
        np.testing.assert_allclose(mine, fast)
    assert dx.sum() == 6
