# Generated from daseCV/fast_layers.py by "dasecv release".
"""Fast convolution and max pooling, given: the same signatures as the naive layers.

This module chooses a backend; `shapes` checks arguments, and the arithmetic is in `im2col_cython`
(compiled) or, where that has not been built, in `fast_numpy`. Results are those of the naive
layers, ties in pooling included: the gradient goes to a window's first maximum in row-major order.
"""

import importlib
import os
from types import ModuleType
from typing import Any

import numpy as np

from . import fast_numpy, shapes

Array = np.ndarray
Cache = Any

BUILD_COMMAND = "cd daseCV && python setup.py build_ext --inplace"

_kernels: ModuleType = fast_numpy


def select_backend() -> str:
    """Use the compiled kernels where they have been built, else NumPy, and say which in one line.

    Called once at import; call it again after building to switch without a restart.

    Returns
    -------
    backend : {'compiled', 'numpy'}
    """
    global _kernels
    importlib.invalidate_caches()
    try:
        _kernels = _load_compiled()
        print("daseCV.fast_layers: compiled kernels")
    except ImportError as error:
        _kernels = fast_numpy
        reason = "" if isinstance(error, ModuleNotFoundError) else f" ({error})"
        print(f"daseCV.fast_layers: NumPy only{reason}; for compiled kernels: {BUILD_COMMAND}")
    return backend()


def _load_compiled() -> ModuleType:
    """Import the compiled kernels, with threads that soon sleep when they have nothing to do.

    OpenMP's threads otherwise go on spinning between two calls and take the processor from NumPy's
    matrix products: a training step with both took 1.6 times as long. OpenMP reads its settings
    once, when it is loaded here; those that the user made are left alone.
    """
    quiet = not {"GOMP_SPINCOUNT", "OMP_WAIT_POLICY"} & set(os.environ)
    if quiet:
        os.environ["GOMP_SPINCOUNT"] = "1000"
    try:
        return importlib.import_module(".im2col_cython", __package__)
    finally:
        if quiet:
            del os.environ["GOMP_SPINCOUNT"]


def backend() -> str:
    """Return which kernels are active: 'compiled' or 'numpy'."""
    return "numpy" if _kernels is fast_numpy else "compiled"


def conv_forward_fast(
    x: Array, w: Array, b: Array, conv_param: dict[str, int]
) -> tuple[Array, Cache]:
    """Convolution: `layers.conv_forward_naive`, fast.

    Parameters
    ----------
    x : ndarray of float32 or float64, shape (N, C, H, W)
        In any memory order.
    w : ndarray, shape (F, C, HH, WW)
    b : ndarray, shape (F,)
    conv_param : dict
        `stride` and `pad`, int.

    Returns
    -------
    out : ndarray, shape (N, F, H', W')
        In the common dtype of x, w and b; `H' = 1 + (H + 2 * pad - HH) // stride`, `W'` alike.
    cache : tuple
        `(x, w, b, conv_param)`, for `conv_backward_fast`.

    Raises
    ------
    ValueError
        Where shapes, stride or pad do not fit; the message names argument, got and expected.

    Examples
    --------
    >>> x, w = np.ones((2, 3, 8, 9)), np.ones((4, 3, 3, 5))
    >>> conv_forward_fast(x, w, np.zeros(4), {"stride": 2, "pad": 1})[0].shape
    (2, 4, 4, 4)
    """
    stride, pad = shapes.check_conv("conv_forward_fast", x, w, b, conv_param)
    out = _kernels.conv_forward(*_same_dtype(x, w, b), stride, pad)
    return out, (x, w, b, conv_param)


def conv_backward_fast(
    dout: Array, cache: Cache, *, need_dx: bool = True
) -> tuple[Array, Array, Array]:
    """Gradients of the convolution: `layers.conv_backward_naive`, fast.

    Parameters
    ----------
    dout : ndarray, shape (N, F, H', W')
    cache : tuple
        What `conv_forward_fast` returned.
    need_dx : bool
        False if `dx` is not needed, as for the first layer: saves about half of the time.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)
        None unless needed.
    dw : ndarray, shape (F, C, HH, WW)
    db : ndarray, shape (F,)

    Raises
    ------
    ValueError
        Where `dout` does not have the shape of `out`.
    """
    x, w, _, conv_param = cache
    stride, pad = shapes.check_conv_sizes("conv_backward_fast", x, w, conv_param)
    H_out, W_out = (
        1 + (size + 2 * pad - window) // stride
        for size, window in zip(x.shape[2:], w.shape[2:], strict=True)
    )
    expected = len(x), len(w), H_out, W_out
    shapes.check_exactly("conv_backward_fast", "dout", dout, expected, ", that of out")
    return _kernels.conv_backward(*_same_dtype(dout, x, w), stride, pad, need_dx)


def max_pool_forward_fast(x: Array, pool_param: dict[str, int]) -> tuple[Array, Cache]:
    """Max pooling: `layers.max_pool_forward_naive`, fast.

    Parameters
    ----------
    x : ndarray of float32 or float64, shape (N, C, H, W)
        In any memory order.
    pool_param : dict
        `pool_height`, `pool_width` and `stride`, int.

    Returns
    -------
    out : ndarray, shape (N, C, H', W')
    cache : tuple
        `(x, pool_param)`, for `max_pool_backward_fast`.

    Raises
    ------
    ValueError
        Where a window is larger than the image, or a size is not positive.
    """
    height, width, stride = shapes.check_pool("max_pool_forward_fast", x, pool_param)
    (x,) = _same_dtype(x)
    out = _kernels.max_pool_forward(x, height, width, stride)
    return out, (x, pool_param)


def max_pool_backward_fast(dout: Array, cache: Cache) -> Array:
    """Gradient of max pooling: `layers.max_pool_backward_naive`, fast, with the same rule for ties.

    Parameters
    ----------
    dout : ndarray, shape (N, C, H', W')
    cache : tuple
        What `max_pool_forward_fast` returned.

    Returns
    -------
    dx : ndarray, shape (N, C, H, W)

    Raises
    ------
    ValueError
        Where `dout` does not have the shape of `out`.
    """
    x, pool_param = cache
    height, width, stride = shapes.check_pool("max_pool_backward_fast", x, pool_param)
    H_out, W_out = 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride
    expected = *x.shape[:2], H_out, W_out
    shapes.check_exactly("max_pool_backward_fast", "dout", dout, expected, ", that of out")
    return _kernels.max_pool_backward(*_same_dtype(dout, x), height, width, stride)


def _same_dtype(*arrays: Array) -> list[Array]:
    """The arrays in C order, writable and in one dtype, float64 unless all are float32.

    Copies only what is not so yet; compiled kernels take no read-only arrays.
    """
    dtype = np.result_type(*arrays)
    if dtype != np.float32:
        dtype = np.dtype(np.float64)
    return [np.require(array, dtype, ["C", "W"]) for array in arrays]


select_backend()
