# Generated from daseCV/fast_numpy.py by "dasecv release".
"""Convolution and max pooling with NumPy alone: what `fast_layers` uses without a compiler.

The loops that remain run over images or over the entries of one window; all else is a matrix
product or a shifted slice. Arguments arrive checked: see `fast_layers`. The compiled
`im2col_cython` has the same four functions.
"""

from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

Array = np.ndarray


def conv_forward(x: Array, w: Array, b: Array, stride: int, pad: int) -> Array:
    """Return `out`, shape (N, F, H', W'): per image, filters times columns of windows."""
    windows = _windows(x, w.shape[2], w.shape[3], stride, pad)
    N, _, H_out, W_out = windows.shape[:4]
    F = len(w)
    filters = w.reshape(F, -1)
    out = np.empty((N, F, H_out, W_out), dtype=x.dtype)
    for image, image_windows in zip(out, windows, strict=True):
        product = filters @ _columns(image_windows)
        np.add(product.reshape(image.shape), b[:, None, None], out=image)
    return out


def conv_backward(
    dout: Array, x: Array, w: Array, stride: int, pad: int, need_dx: bool
) -> tuple[Array | None, Array, Array]:
    """Return `dx` (None unless needed), `dw`, `db`: transposed products, and shifted slices."""
    F, C, HH, WW = w.shape
    N, _, H, W = x.shape
    windows = _windows(x, HH, WW, stride, pad)
    filters = w.reshape(F, -1)
    dw = np.zeros_like(filters)
    for image_windows, image_dout in zip(windows, dout, strict=True):
        dw += image_dout.reshape(F, -1) @ _columns(image_windows).T
    dw, db = dw.reshape(w.shape), dout.sum(axis=(0, 2, 3))
    if not need_dx:
        return None, dw, db
    dx_padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=dout.dtype)
    for image, image_dout in zip(dx_padded, dout, strict=True):
        products = filters.T @ image_dout.reshape(F, -1)
        dcolumns = products.reshape(C, HH, WW, *dout.shape[2:])
        for k, l, part in _slices(image, HH, WW, stride):
            part += dcolumns[:, k, l]
    return dx_padded[:, :, pad : pad + H, pad : pad + W], dw, db


def max_pool_forward(x: Array, height: int, width: int, stride: int) -> Array:
    """Return `out`, shape (N, C, H', W'): the maximum of height * width shifted slices."""
    slices = _slices(x, height, width, stride)
    out = next(slices)[2].copy()
    for _, _, part in slices:
        np.maximum(out, part, out=out)
    return out


def max_pool_backward(dout: Array, x: Array, height: int, width: int, stride: int) -> Array:
    """Return `dx`, shape (N, C, H, W): each slice takes `dout` where it is the first maximum."""
    out = max_pool_forward(x, height, width, stride)
    dx = np.zeros(x.shape, dtype=x.dtype)
    free = np.ones(dout.shape, dtype=bool)  # windows whose maximum has not been met yet
    slices, dslices = (_slices(array, height, width, stride) for array in (x, dx))
    for (_, _, part), (_, _, dpart) in zip(slices, dslices, strict=True):
        first = free & ((part == out) | np.isnan(part))
        dpart += np.where(first, dout, 0)
        free &= ~first
    return dx


def _windows(x: Array, HH: int, WW: int, stride: int, pad: int) -> Array:
    """A view of the padded images' windows, shape (N, C, H', W', HH, WW)."""
    x_padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    return sliding_window_view(x_padded, (HH, WW), axis=(2, 3))[:, :, ::stride, ::stride]


def _columns(windows: Array) -> Array:
    """One image's windows as the columns of a matrix, shape (C * HH * WW, H' * W')."""
    C, H_out, W_out, HH, WW = windows.shape
    return windows.transpose(0, 3, 4, 1, 2).reshape(C * HH * WW, H_out * W_out)


def _slices(x: Array, height: int, width: int, stride: int) -> Iterator[tuple[int, int, Array]]:
    """Each window entry (k, l) with the view of `x` that holds it for all windows at once."""
    H, W = x.shape[-2:]
    for k in range(height):
        for l in range(width):
            rows = slice(k, H - height + k + 1, stride)
            columns = slice(l, W - width + l + 1, stride)
            yield k, l, x[..., rows, columns]
