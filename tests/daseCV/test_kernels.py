"""The compiled kernels agree with NumPy at any size, number of threads and vector width."""

import json
import os
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daseCV import fast_numpy

compiled = pytest.importorskip(
    "daseCV.im2col_cython", reason="the compiled kernels have not been built"
)

Array = np.ndarray

# Large enough to be shared among threads, with a remainder in every direction; prints a few sums.
PROGRAM = """
import json
import numpy as np
from daseCV import fast_layers, im2col_cython

rng = np.random.default_rng(0)
x, w = rng.standard_normal((7, 5, 41, 37)), rng.standard_normal((6, 5, 5, 3))
b = rng.standard_normal(6)
sums = []
for dtype in (np.float64, np.float32):
    for stride, pad in ((1, 2), (2, 1)):
        arguments = [array.astype(dtype) for array in (x, w, b)]
        out, cache = fast_layers.conv_forward_fast(*arguments, {"stride": stride, "pad": pad})
        dout = np.cos(np.arange(out.size)).reshape(out.shape).astype(dtype)
        results = [out, *fast_layers.conv_backward_fast(dout, cache)]
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": stride}
        pooled, cache = fast_layers.max_pool_forward_fast(out, pool_param)
        results += [pooled, fast_layers.max_pool_backward_fast(pooled, cache)]
        for array in results:
            weights = np.sin(np.arange(array.size)).reshape(array.shape)
            sums.append(float((array * weights).sum()))
print(json.dumps([im2col_cython.level, sums]))
"""


# Rows of whole vectors and a remainder; few different numbers, so that there are many ties.
POOLING_PROGRAM = """
import numpy as np
from daseCV import fast_numpy, im2col_cython

rng = np.random.default_rng(0)
for dtype in (np.float64, np.float32):
    for width in range(2, 71):
        x = rng.integers(-1, 2, (3, 2, 5, width)).astype(dtype)
        x[0, 1, 3, width // 2] = np.nan
        out = im2col_cython.max_pool_forward(x, 2, 2, 2)
        dout = rng.standard_normal(out.shape).astype(dtype)
        dx = im2col_cython.max_pool_backward(dout, x, 2, 2, 2)
        np.testing.assert_array_equal(out, fast_numpy.max_pool_forward(x, 2, 2, 2))
        np.testing.assert_array_equal(dx, fast_numpy.max_pool_backward(dout, x, 2, 2, 2))
print(im2col_cython.level)
"""
LEVELS = ["avx512", "avx2", "base"]


class Convolution(NamedTuple):
    x: Array
    w: Array
    b: Array
    dout: Array
    stride: int
    pad: int


class Pooling(NamedTuple):
    x: Array
    dout: Array
    window: tuple[int, int, int]


@st.composite
def convolutions(draw: st.DrawFn) -> Convolution:
    """Small whole numbers: their sums are exact in any order, in float32 as in float64."""
    N, C, F = draw(st.integers(0, 3)), draw(st.integers(1, 7)), draw(st.integers(1, 9))
    HH, WW = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    stride, pad = draw(st.integers(1, 4)), draw(st.integers(0, 3))
    H, W = (draw(st.integers(max(1, size - 2 * pad), 40)) for size in (HH, WW))
    H_out, W_out = 1 + (H + 2 * pad - HH) // stride, 1 + (W + 2 * pad - WW) // stride
    shapes = (N, C, H, W), (F, C, HH, WW), (F,), (N, F, H_out, W_out)
    x, w, b, dout = draw(whole_numbers(*shapes))
    return Convolution(x, w, b, dout, stride, pad)


@st.composite
def poolings(draw: st.DrawFn) -> Pooling:
    N, C, stride = draw(st.integers(0, 3)), draw(st.integers(1, 7)), draw(st.integers(1, 4))
    height, width = draw(st.sampled_from([(2, 2), (3, 3), (1, 5), (4, 1), (5, 2)]))
    H, W = draw(st.integers(height, 40)), draw(st.integers(width, 40))
    pooled = N, C, 1 + (H - height) // stride, 1 + (W - width) // stride
    x, dout = draw(whole_numbers((N, C, H, W), pooled))
    return Pooling(x, dout, (height, width, stride))


@st.composite
def whole_numbers(draw: st.DrawFn, *shapes: tuple[int, ...]) -> list[Array]:
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    dtype = draw(st.sampled_from([np.float64, np.float32]))
    return [rng.integers(-9, 10, shape).astype(dtype) for shape in shapes]


def assert_equal(got: Array, expected: Array) -> None:
    assert got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)


@settings(max_examples=150, deadline=None)
@given(question=convolutions())
def test_convolution_equals_numpy_forward_and_backward(question: Convolution) -> None:
    x, w, b, dout, stride, pad = question

    out = compiled.conv_forward(x, w, b, stride, pad)
    grads = compiled.conv_backward(dout, x, w, stride, pad, True)

    assert_equal(out, fast_numpy.conv_forward(x, w, b, stride, pad))
    expected = fast_numpy.conv_backward(dout, x, w, stride, pad, True)
    for got, wanted in zip(grads, expected, strict=True):
        assert wanted is not None
        assert_equal(got, wanted)


@settings(max_examples=100, deadline=None)
@given(question=poolings())
def test_pooling_equals_numpy_forward_and_backward(question: Pooling) -> None:
    x, dout, window = question

    out = compiled.max_pool_forward(x, *window)
    dx = compiled.max_pool_backward(dout, x, *window)

    assert_equal(out, fast_numpy.max_pool_forward(x, *window))
    assert_equal(dx, fast_numpy.max_pool_backward(dout, x, *window))


@pytest.mark.parametrize(("stride", "pad"), [(1, 2), (2, 1)])
def test_images_larger_than_the_cache_are_convolved_as_in_numpy(stride: int, pad: int) -> None:
    rng = np.random.default_rng(231)
    x, w = rng.standard_normal((1, 3, 300, 280)), rng.standard_normal((4, 3, 5, 5))
    b = rng.standard_normal(4)
    expected = fast_numpy.conv_forward(x, w, b, stride, pad)
    dout = rng.standard_normal(expected.shape)

    out = compiled.conv_forward(x, w, b, stride, pad)
    grads = compiled.conv_backward(dout, x, w, stride, pad, True)

    wanted = expected, *fast_numpy.conv_backward(dout, x, w, stride, pad, True)
    for mine, theirs in zip((out, *grads), wanted, strict=True):
        assert theirs is not None
        assert abs(mine - theirs).max() <= 1e-10 * abs(theirs).max()


def last_printed_line(program: str, **environment: str) -> str:
    """The last line of a program, in a process with these variables set."""
    process = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if "ImportError" in process.stderr:
        raise ImportError(process.stderr)
    assert process.returncode == 0, process.stderr
    return process.stdout.splitlines()[-1]


def run(**environment: str) -> tuple[str, np.ndarray]:
    """The vector level used and the program's sums, in a process with these variables set."""
    level, sums = json.loads(last_printed_line(PROGRAM, **environment))
    return level, np.array(sums)


def test_two_threads_agree_with_one() -> None:
    _, one = run(OMP_NUM_THREADS="1")
    _, two = run(OMP_NUM_THREADS="2")

    np.testing.assert_allclose(two, one, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(two[:12], one[:12], rtol=1e-9, atol=1e-9)  # float64


@pytest.mark.parametrize("level", LEVELS)
def test_each_vector_width_agrees_with_the_widest(level: str) -> None:
    _, widest = run()
    try:
        used, sums = run(DASECV_SIMD=level)
    except ImportError as error:
        pytest.skip(str(error).strip().splitlines()[-1])

    assert used == level
    np.testing.assert_allclose(sums[:12], widest[:12], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(sums, widest, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("level", LEVELS)
def test_pooling_is_exact_for_rows_of_any_length(level: str) -> None:
    try:
        used = last_printed_line(POOLING_PROGRAM, DASECV_SIMD=level)
    except ImportError as error:
        pytest.skip(str(error).strip().splitlines()[-1])

    assert used == level


def test_an_unknown_vector_width_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ImportError, match="expected 'avx512', 'avx2' or 'base'"):
        run(DASECV_SIMD="mmx")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_process_forked_after_a_convolution_can_convolve() -> None:
    program = """
import os
import numpy as np
from daseCV.fast_layers import conv_forward_fast

arguments = np.ones((8, 8, 40, 40)), np.ones((8, 8, 5, 5)), np.zeros(8), {"stride": 1, "pad": 2}
here = conv_forward_fast(*arguments)[0].sum()
if os.fork() == 0:
    os._exit(0 if conv_forward_fast(*arguments)[0].sum() == here else 1)
print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
    process = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"OMP_NUM_THREADS": "2"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert process.stdout.splitlines()[-1] == "0"
