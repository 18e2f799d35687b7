"""The fast layers against PyTorch on random shapes: values and gradients."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daseCV import fast_layers

torch = pytest.importorskip("torch")
F = torch.nn.functional

Array = np.ndarray

SIZES = st.integers(1, 20)
STRIDES = st.integers(1, 4)
WINDOWS = st.integers(1, 5)
SEEDS = st.integers(0, 999)


def assert_close(got: Array, tensor: Any) -> None:
    """Rounding is relative to the largest entry: sums may cancel."""
    expected = tensor.detach().numpy()
    assert got.shape == expected.shape
    assert abs(got - expected).max() <= 1e-11 * max(1.0, abs(expected).max())


@settings(max_examples=60, deadline=None)
@given(
    data=st.data(),
    counts=st.tuples(st.integers(1, 3), st.integers(1, 7), st.integers(1, 9)),
    filters=st.tuples(WINDOWS, WINDOWS),
    stride=STRIDES,
    pad=st.integers(0, 3),
    seed=SEEDS,
)
def test_convolution_agrees_with_torch(
    data: st.DataObject,
    counts: tuple[int, int, int],
    filters: tuple[int, int],
    stride: int,
    pad: int,
    seed: int,
) -> None:
    N, C, K = counts
    image = [data.draw(st.integers(max(1, size - 2 * pad), 20)) for size in filters]
    rng = np.random.default_rng(seed)
    arrays = [rng.standard_normal(s) for s in ((N, C, *image), (K, C, *filters), (K,))]
    tensors = [torch.tensor(array, requires_grad=True) for array in arrays]
    expected = F.conv2d(*tensors, stride=stride, padding=pad)
    dout = rng.standard_normal(tuple(expected.shape))
    expected.backward(torch.tensor(dout))

    x, w, b = arrays
    out, cache = fast_layers.conv_forward_fast(x, w, b, {"stride": stride, "pad": pad})
    grads = fast_layers.conv_backward_fast(dout, cache)

    assert_close(out, expected)
    for got, tensor in zip(grads, tensors, strict=True):
        assert_close(got, tensor.grad)


@settings(max_examples=60, deadline=None)
@given(
    planes=st.tuples(st.integers(1, 3), st.integers(1, 5)),
    window=st.tuples(WINDOWS, WINDOWS),
    beyond=st.tuples(SIZES, SIZES),
    stride=STRIDES,
    seed=SEEDS,
)
def test_pooling_agrees_with_torch(
    planes: tuple[int, int],
    window: tuple[int, int],
    beyond: tuple[int, int],
    stride: int,
    seed: int,
) -> None:
    image = [size + more for size, more in zip(window, beyond, strict=True)]
    rng = np.random.default_rng(seed)
    x = rng.integers(-3, 4, (*planes, *image)).astype(float)  # many ties
    tensor = torch.tensor(x, requires_grad=True)
    expected = F.max_pool2d(tensor, window, stride)
    dout = rng.standard_normal(tuple(expected.shape))
    expected.backward(torch.tensor(dout))
    pool_param = {"pool_height": window[0], "pool_width": window[1], "stride": stride}

    out, cache = fast_layers.max_pool_forward_fast(x, pool_param)
    dx = fast_layers.max_pool_backward_fast(dout, cache)

    assert_close(out, expected)
    assert_close(dx, tensor.grad)
