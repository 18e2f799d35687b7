"""NaN and infinities in the fast layers: where the naive layers have them, and nowhere else."""

from collections.abc import Iterator

import numpy as np
import pytest

from daseCV import fast_layers, fast_numpy, layers

Array = np.ndarray

SQUARES = {"pool_height": 2, "pool_width": 2, "stride": 2}

pytestmark = pytest.mark.filterwarnings("ignore:invalid value")


@pytest.fixture(params=["numpy", "compiled"], scope="module", autouse=True)
def backend(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each test of this file runs on both backends."""
    if request.param == "numpy":
        kernels = fast_numpy
    else:
        kernels = pytest.importorskip("daseCV.im2col_cython")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fast_layers, "_kernels", kernels)
        yield request.param


def normal(*shape: int, seed: int = 231) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def assert_alike(got: Array, expected: Array) -> None:
    """NaN in the same places, the same infinities, and close numbers elsewhere."""
    assert got.dtype == expected.dtype
    tolerance = 1e-5 if got.dtype == np.float32 else 1e-12
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=10 * tolerance)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_inf_pass_through_a_convolution_as_in_numpy(value: float) -> None:
    x, w, b = normal(2, 3, 5, 6), normal(4, 3, 3, 2), normal(4)
    x[1, 2, 2, 3] = value
    conv_param = {"stride": 1, "pad": 1}

    out, cache = fast_layers.conv_forward_fast(x, w, b, conv_param)
    grads = fast_layers.conv_backward_fast(np.ones(out.shape), cache)

    expected, naive_cache = layers.conv_forward_naive(x, w, b, conv_param)
    assert not np.isfinite(expected).all()
    np.testing.assert_allclose(out, expected, rtol=1e-9, atol=1e-12)
    wanted = layers.conv_backward_naive(np.ones(out.shape), naive_cache)
    for got, each in zip(grads, wanted, strict=True):
        np.testing.assert_allclose(got, each, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_inf_pass_through_pooling_as_in_numpy(value: float) -> None:
    x = normal(2, 3, 6, 6)
    x[0, 0, :3, :3] = value  # the first maximum of several, or none of them
    x[1, 2, 4, 5] = value
    dout = normal(2, 3, 3, 3)

    out, cache = fast_layers.max_pool_forward_fast(x, SQUARES)
    dx = fast_layers.max_pool_backward_fast(dout, cache)

    expected, naive_cache = layers.max_pool_forward_naive(x, SQUARES)
    assert np.array_equal(out, expected, equal_nan=True)
    assert np.array_equal(dx, layers.max_pool_backward_naive(dout, naive_cache))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_non_finite_weight_affects_the_same_gradients_as_in_numpy(
    stride: int, value: float, dtype: type[np.generic]
) -> None:
    x, w, b = normal(2, 3, 7, 6).astype(dtype), normal(5, 3, 3, 2).astype(dtype), np.ones(5, dtype)
    w[4, 1, 2, 1] = value  # the last filter, beside those that fill up a vector
    conv_param = {"stride": stride, "pad": 0}
    out, naive_cache = layers.conv_forward_naive(x, w, b, conv_param)
    dout = normal(*out.shape).astype(dtype)
    expected = layers.conv_backward_naive(dout, naive_cache)
    assert {bool(np.isfinite(a).all()) for a in expected} == {True, False}

    _, cache = fast_layers.conv_forward_fast(x, w, b, conv_param)
    grads = fast_layers.conv_backward_fast(dout, cache)

    for got, wanted in zip(grads, expected, strict=True):
        assert_alike(got, wanted)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_column_that_no_window_covers_affects_no_result(
    value: float, dtype: type[np.generic]
) -> None:
    x, w, b = normal(2, 3, 4, 5).astype(dtype), normal(4, 3, 2, 2).astype(dtype), np.ones(4, dtype)
    x[..., -1] = value
    conv_param = {"stride": 2, "pad": 0}
    expected, naive_cache = layers.conv_forward_naive(x, w, b, conv_param)
    dout = normal(*expected.shape).astype(dtype)

    out, cache = fast_layers.conv_forward_fast(x, w, b, conv_param)
    grads = fast_layers.conv_backward_fast(dout, cache)

    assert_alike(out, expected)
    for got, wanted in zip(grads, layers.conv_backward_naive(dout, naive_cache), strict=True):
        assert np.isfinite(got).all()
        assert_alike(got, wanted)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_dw_agrees_with_numpy_without_need_dx(value: float) -> None:
    x, w = normal(1, 2, 4, 5), normal(3, 2, 2, 2)
    x[..., -1], w[0, 0, 0, 0] = value, value
    conv_param = {"stride": 2, "pad": 0}
    out, naive_cache = layers.conv_forward_naive(x, w, np.zeros(3), conv_param)
    dout = normal(*out.shape)
    _, expected_dw, _ = layers.conv_backward_naive(dout, naive_cache)

    _, cache = fast_layers.conv_forward_fast(x, w, np.zeros(3), conv_param)
    _, dw, _ = fast_layers.conv_backward_fast(dout, cache, need_dx=False)

    assert_alike(dw, expected_dw)
