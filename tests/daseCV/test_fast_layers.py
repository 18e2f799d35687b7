"""The fast layers against the naive ones: every geometry, memory order and dtype, both backends."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daseCV import fast_layers, fast_numpy, layers

Array = np.ndarray

STRIDE_1 = {"stride": 1, "pad": 0}
SQUARES = {"pool_height": 2, "pool_width": 2, "stride": 2}
TOLERANCE = {np.dtype(np.float64): 1e-12, np.dtype(np.float32): 1e-5}

LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "channels last": lambda a: np.moveaxis(np.ascontiguousarray(np.moveaxis(a, 1, -1)), -1, 1),
    "every other column": lambda a: np.repeat(a, 2, axis=-1)[..., ::2],
    "mirrored": lambda a: np.ascontiguousarray(a[..., ::-1])[..., ::-1],
    "read-only": lambda a: np.broadcast_to(a, a.shape),
}


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


class Question(NamedTuple):
    """Arrays for one layer: the same values in C order and in the order passed to the layer."""

    plain: list[Array]
    arranged: list[Array]
    param: dict[str, int]
    seed: int


def normal(*shape: int, seed: int = 231) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def arrange(draw: st.DrawFn, array: Array) -> Array:
    if array.ndim < 4:
        return array
    return LAYOUTS[draw(st.sampled_from(sorted(LAYOUTS)))](array)


@st.composite
def convolutions(draw: st.DrawFn) -> Question:
    N, C, F, stride = (draw(st.integers(1, 3)) for _ in range(4))
    HH, WW = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    pad = draw(st.integers(0, 2))
    H, W = (draw(st.integers(max(1, size - 2 * pad), 7)) for size in (HH, WW))
    dtype, seed = draw(st.sampled_from([np.float64, np.float32])), draw(st.integers(0, 999))
    shapes = (N, C, H, W), (F, C, HH, WW), (F,)
    plain = [normal(*shape, seed=seed + i).astype(dtype) for i, shape in enumerate(shapes)]
    arranged = [arrange(draw, a) for a in plain]
    return Question(plain, arranged, {"stride": stride, "pad": pad}, seed)


@st.composite
def poolings(draw: st.DrawFn) -> Question:
    N, C, stride = (draw(st.integers(1, 3)) for _ in range(3))
    height, width = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    H, W = draw(st.integers(height, 8)), draw(st.integers(width, 8))
    dtype, seed = draw(st.sampled_from([np.float64, np.float32])), draw(st.integers(0, 999))
    most = draw(st.sampled_from([1, 3, 1000]))  # few values: many ties
    plain = np.random.default_rng(seed).integers(-most, most, (N, C, H, W)).astype(dtype)
    param = {"pool_height": height, "pool_width": width, "stride": stride}
    return Question([plain], [arrange(draw, plain)], param, seed)


def assert_close(got: Array, expected: Array) -> None:
    """Rounding is relative to the largest entry: sums may cancel."""
    assert got.dtype == expected.dtype
    assert got.shape == expected.shape
    scale = max(1.0, abs(expected).max(initial=0.0))
    assert abs(got - expected).max(initial=0.0) <= TOLERANCE[got.dtype] * scale


@settings(max_examples=150, deadline=None)
@given(question=convolutions(), layout=st.sampled_from(sorted(LAYOUTS)))
def test_convolution_agrees_with_the_naive_layer_forward_and_backward(
    question: Question, layout: str
) -> None:
    x, w, b = question.plain
    expected, naive_cache = layers.conv_forward_naive(x, w, b, question.param)
    dout = normal(*expected.shape, seed=question.seed).astype(expected.dtype)
    before = [a.copy() for a in question.arranged]

    x, w, b = question.arranged
    out, cache = fast_layers.conv_forward_fast(x, w, b, question.param)
    grads = fast_layers.conv_backward_fast(LAYOUTS[layout](dout), cache)

    assert_close(out, expected)
    for got, wanted in zip(grads, layers.conv_backward_naive(dout, naive_cache), strict=True):
        assert_close(got, wanted)
    for result in (out, *grads):
        assert not any(np.shares_memory(result, a) for a in question.arranged)
    assert all(np.array_equal(a, b) for a, b in zip(question.arranged, before, strict=True))


@settings(max_examples=150, deadline=None)
@given(question=poolings(), layout=st.sampled_from(sorted(LAYOUTS)))
def test_pooling_equals_the_naive_layer_to_the_last_bit(question: Question, layout: str) -> None:
    (plain,) = question.plain
    expected, naive_cache = layers.max_pool_forward_naive(plain, question.param)
    # Whole numbers: where windows overlap, sums are exact in any order.
    dout = np.random.default_rng(question.seed).integers(-99, 99, expected.shape)
    dout = dout.astype(expected.dtype)
    (x,) = question.arranged
    before = x.copy()

    out, cache = fast_layers.max_pool_forward_fast(x, question.param)
    dx = fast_layers.max_pool_backward_fast(LAYOUTS[layout](dout), cache)

    wanted = layers.max_pool_backward_naive(dout, naive_cache)
    assert (out.dtype, dx.dtype) == (x.dtype, x.dtype)
    assert np.array_equal(out, expected)
    assert np.array_equal(dx, wanted)
    assert not np.shares_memory(out, x)
    assert not np.shares_memory(dx, x)
    assert np.array_equal(x, before)


def test_pooling_windows_of_one_pixel_return_copies() -> None:
    x = normal(2, 3, 4, 5)
    pool_param = {"pool_height": 1, "pool_width": 1, "stride": 1}

    out, cache = fast_layers.max_pool_forward_fast(x, pool_param)
    dx = fast_layers.max_pool_backward_fast(x, cache)

    assert np.array_equal(out, x)
    assert not np.shares_memory(out, x)
    assert not np.shares_memory(dx, x)


def test_changing_the_output_later_does_not_change_the_gradient() -> None:
    x, dout = normal(2, 3, 4, 4), normal(2, 3, 2, 2)
    _, cache = fast_layers.max_pool_forward_fast(x, SQUARES)
    expected = fast_layers.max_pool_backward_fast(dout, cache)

    out, cache = fast_layers.max_pool_forward_fast(x, SQUARES)
    out *= 2  # a student's next layer, in place
    dx = fast_layers.max_pool_backward_fast(dout, cache)

    assert np.array_equal(dx, expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_without_need_dx_dx_is_none_and_other_gradients_are_the_same(
    dtype: type[np.generic],
) -> None:
    x, w, b = (normal(*shape).astype(dtype) for shape in ((2, 3, 9, 8), (4, 3, 3, 2), (4,)))
    out, cache = fast_layers.conv_forward_fast(x, w, b, {"stride": 2, "pad": 1})
    _, expected_dw, expected_db = fast_layers.conv_backward_fast(out, cache)

    dx, dw, db = fast_layers.conv_backward_fast(out, cache, need_dx=False)

    assert dx is None
    assert np.array_equal(dw, expected_dw)
    assert np.array_equal(db, expected_db)


def test_an_empty_batch_gives_no_outputs_and_zero_gradients() -> None:
    x, w = np.zeros((0, 3, 6, 6)), normal(4, 3, 3, 3)

    out, cache = fast_layers.conv_forward_fast(x, w, normal(4), STRIDE_1)
    dx, dw, db = fast_layers.conv_backward_fast(out, cache)
    pooled, pool_cache = fast_layers.max_pool_forward_fast(out, SQUARES)
    dpooled = fast_layers.max_pool_backward_fast(pooled, pool_cache)

    assert [a.shape for a in (out, dx, pooled, dpooled)] == [
        (0, 4, 4, 4),
        (0, 3, 6, 6),
        (0, 4, 2, 2),
        (0, 4, 4, 4),
    ]
    assert (dw == np.zeros(w.shape)).all()
    assert (db == np.zeros(4)).all()


def test_whole_numbers_are_computed_in_float64() -> None:
    x, w, b = np.arange(32).reshape(1, 2, 4, 4), np.ones((1, 2, 2, 2), int), np.ones(1, int)

    out, _ = fast_layers.conv_forward_fast(x, w, b, STRIDE_1)

    assert out.dtype == np.float64
    assert out[0, 0, 0, 0] == 0 + 1 + 4 + 5 + 16 + 17 + 20 + 21 + 1


X, W, B = (2, 3, 6, 7), (4, 3, 3, 2), (4,)


@pytest.mark.parametrize(
    ("x", "w", "b", "param", "message"),
    [
        (X[1:], W, B, {}, r"x has shape \(3, 6, 7\), expected \(N, C, H, W\)"),
        (X, W[1:], B, {}, r"w has shape \(3, 3, 2\), expected \(F, C, HH, WW\)"),
        (X, (4, 5, 3, 2), B, {}, "w has 5 input channels, x has 3"),
        (X, W, (3,), {}, r"b has shape \(3,\), expected \(4,\)"),
        (X, W, (4, 1), {}, r"b has shape \(4, 1\), expected \(4,\)"),
        (X, (4, 3, 9, 2), B, {}, r"filters of \(9, 2\), expected at most .*\(6, 7\)"),
        (X, (4, 3, 3, 10), B, {"pad": 1}, r"filters of \(3, 10\), expected at most .*\(8, 9\)"),
        (X, (0, 3, 3, 2), (0,), {}, r"only N may be 0, got x .*, w \(0, 3, 3, 2\)"),
        (X, W, B, {"stride": 0}, "stride is 0, expected a whole number from 1"),
        (X, W, B, {"stride": 1.5}, "stride is 1.5, expected a whole number from 1"),
        (X, W, B, {"pad": -1}, "pad is -1, expected a whole number from 0"),
        (X, W, B, {"stride": None}, "stride is None, expected"),
    ],
)
def test_invalid_convolution_arguments_are_refused(
    x: Any, w: Any, b: Any, param: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^conv_forward_fast: .*{message}"):
        fast_layers.conv_forward_fast(np.ones(x), np.ones(w), np.ones(b), {**STRIDE_1, **param})


@pytest.mark.parametrize(
    ("x", "param", "message"),
    [
        (X[1:], {}, r"x has shape \(3, 6, 7\), expected \(N, C, H, W\)"),
        (X, {"pool_height": 7}, r"window is \(7, 2\), expected at most the image \(6, 7\)"),
        (X, {"pool_width": 8}, r"window is \(2, 8\), expected at most the image \(6, 7\)"),
        (X, {"pool_height": 0}, "pool_height is 0, expected a whole number from 1"),
        (X, {"pool_width": 2.0}, "pool_width is 2.0, expected a whole number from 1"),
        (X, {"stride": 0}, "stride is 0, expected a whole number from 1"),
    ],
)
def test_invalid_pooling_arguments_are_refused(x: Any, param: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=f"^max_pool_forward_fast: .*{message}"):
        fast_layers.max_pool_forward_fast(np.ones(x), {**SQUARES, **param})


@pytest.mark.parametrize("key", ["stride", "pad"])
def test_a_missing_parameter_is_named(key: str) -> None:
    conv_param = {name: value for name, value in STRIDE_1.items() if name != key}

    with pytest.raises(ValueError, match=f"conv_forward_fast: '{key}' is missing"):
        fast_layers.conv_forward_fast(np.ones(X), np.ones(W), np.ones(B), conv_param)


def test_a_dout_of_the_wrong_shape_is_refused() -> None:
    _, conv_cache = fast_layers.conv_forward_fast(np.ones(X), np.ones(W), np.ones(B), STRIDE_1)
    _, pool_cache = fast_layers.max_pool_forward_fast(np.ones(X), SQUARES)

    with pytest.raises(ValueError, match=r"^conv_backward_fast: dout .*\(1,\), .*\(2, 4, 4, 6\)"):
        fast_layers.conv_backward_fast(np.ones(1), conv_cache)
    with pytest.raises(
        ValueError, match=r"^max_pool_backward_fast: dout .*\(1,\), .*\(2, 3, 3, 3\)"
    ):
        fast_layers.max_pool_backward_fast(np.ones(1), pool_cache)


def test_a_stride_beyond_the_image_leaves_one_window() -> None:
    x, w, b = np.ones((1, 2, 5, 4)), np.ones((3, 2, 3, 3)), np.zeros(3)

    out, cache = fast_layers.conv_forward_fast(x, w, b, {"stride": 2**30, "pad": 0})
    dx, _, _ = fast_layers.conv_backward_fast(np.ones_like(out), cache)

    assert out.tolist() == [[[[18.0]]] * 3]
    assert dx.sum() == 54


def test_a_stride_too_large_for_the_kernels_is_refused() -> None:
    x, w, b = np.ones((1, 1, 3, 3)), np.ones((1, 1, 1, 1)), np.zeros(1)

    with pytest.raises(ValueError, match="stride is 2305843009213693952, expected a whole number"):
        fast_layers.conv_forward_fast(x, w, b, {"stride": 2**61, "pad": 0})
