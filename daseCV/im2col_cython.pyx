# cython: language_level=3
"""Compiled convolution and max pooling: `kernels.c` for NumPy arrays.

The name is the course's; nothing here is im2col. The same four functions as `fast_numpy`. Arguments
arrive checked, in C order, writable and all in float32 or all in float64: see `fast_layers`. The
arithmetic, and what makes it fast, is in `kernels_template.h`, `kernels_tile.h` and `kernels_pool.h`.
"""

import os

import numpy as np

from . import fast_numpy

cdef extern from "kernels.h":
    ctypedef struct ConvSizes:
        Py_ssize_t N, C, H, W, F, HH, WW, stride, pad, H_out, W_out

    ctypedef struct PoolSizes:
        Py_ssize_t planes, H, W, height, width, stride, H_out, W_out

    ctypedef struct Kernels:
        int (*conv_forward)(
            const void *, const void *, const void *, void *, const ConvSizes *) nogil
        int (*conv_backward)(
            const void *, const void *, const void *, void *, void *, void *,
            const ConvSizes *) nogil
        void (*max_pool_forward)(const void *, void *, const PoolSizes *) nogil
        void (*max_pool_backward)(const void *, const void *, void *, const PoolSizes *) nogil

    ctypedef struct Level:
        const char *name
        Kernels of_float, of_double

    const Level *choose_level(const char *)
    void stay_on_one_thread()

SIMD_VARIABLE = "DASECV_SIMD"


cdef const Level *_choose() except NULL:
    cdef bytes wanted = os.environ.get(SIMD_VARIABLE, "").encode()
    cdef const Level *chosen = choose_level(<const char *>wanted if wanted else NULL)
    if chosen == NULL:
        raise ImportError(
            f"{SIMD_VARIABLE} is {wanted.decode()!r}, expected 'avx512', 'avx2' or 'base', and one "
            "that this processor has; unset it to take the widest"
        )
    return chosen


cdef const Level *chosen = _choose()
level = chosen.name.decode()  # of vector instructions


def _after_fork():
    stay_on_one_thread()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def conv_forward(x, w, b, Py_ssize_t stride, Py_ssize_t pad):
    """Return `out`, shape (N, F, H', W')."""
    cdef ConvSizes z = _conv_sizes(x, w, stride, pad)
    out = np.empty((z.N, z.F, z.H_out, z.W_out), dtype=x.dtype)
    cdef const Kernels *kernels = _kernels(x)
    cdef const void *x_data = _data(x)
    cdef const void *w_data = _data(w)
    cdef const void *b_data = _data(b)
    cdef void *out_data = _data(out)
    cdef int failed
    with nogil:
        failed = kernels.conv_forward(x_data, w_data, b_data, out_data, &z)
    if failed:
        raise MemoryError("conv_forward: no memory for a padded band of an image a thread")
    return out


def conv_backward(dout, x, w, Py_ssize_t stride, Py_ssize_t pad, bint need_dx):
    """Return `dx` (None unless needed), `dw`, `db`, in the shapes of x, w and (F,)."""
    cdef ConvSizes z = _conv_sizes(x, w, stride, pad)
    dw, db = np.empty_like(w), np.empty(z.F, dtype=x.dtype)
    dx = np.empty_like(x) if need_dx else None
    cdef const Kernels *kernels = _kernels(x)
    cdef const void *dout_data = _data(dout)
    cdef const void *x_data = _data(x)
    cdef const void *w_data = _data(w)
    cdef void *dx_data = _data(dx) if need_dx else NULL
    cdef void *dw_data = _data(dw)
    cdef void *db_data = _data(db)
    cdef int failed
    with nogil:
        failed = kernels.conv_backward(dout_data, x_data, w_data, dx_data, dw_data, db_data, &z)
    if failed:
        raise MemoryError("conv_backward: no memory for a few padded bands a thread")
    # The kernels fill vectors up with zeros, and 0 * inf is NaN: such numbers go the slow way.
    if not (np.isfinite(dw).all() and (not need_dx or np.isfinite(w).all())):
        return fast_numpy.conv_backward(dout, x, w, stride, pad, need_dx)
    return dx, dw, db


def max_pool_forward(x, Py_ssize_t height, Py_ssize_t width, Py_ssize_t stride):
    """Return `out`, shape (N, C, H', W'); a NaN in a window is its maximum, as in NumPy."""
    cdef PoolSizes z = _pool_sizes(x, height, width, stride)
    out = np.empty((*x.shape[:2], z.H_out, z.W_out), dtype=x.dtype)
    cdef const Kernels *kernels = _kernels(x)
    cdef const void *x_data = _data(x)
    cdef void *out_data = _data(out)
    with nogil:
        kernels.max_pool_forward(x_data, out_data, &z)
    return out


def max_pool_backward(dout, x, Py_ssize_t height, Py_ssize_t width, Py_ssize_t stride):
    """Return `dx`, shape (N, C, H, W): a window's gradient goes to its first maximum."""
    cdef PoolSizes z = _pool_sizes(x, height, width, stride)
    dx = np.empty_like(x)
    cdef const Kernels *kernels = _kernels(x)
    cdef const void *dout_data = _data(dout)
    cdef const void *x_data = _data(x)
    cdef void *dx_data = _data(dx)
    with nogil:
        kernels.max_pool_backward(dout_data, x_data, dx_data, &z)
    return dx


cdef const Kernels *_kernels(array):
    return &chosen.of_float if array.dtype == np.float32 else &chosen.of_double


cdef void *_data(array):
    return <void *><size_t>array.ctypes.data


cdef ConvSizes _conv_sizes(x, w, Py_ssize_t stride, Py_ssize_t pad):
    cdef ConvSizes z
    z.N, z.C, z.H, z.W = x.shape
    z.F, _, z.HH, z.WW = w.shape
    z.stride, z.pad = stride, pad
    z.H_out = 1 + (z.H + 2 * pad - z.HH) // stride
    z.W_out = 1 + (z.W + 2 * pad - z.WW) // stride
    return z


cdef PoolSizes _pool_sizes(x, Py_ssize_t height, Py_ssize_t width, Py_ssize_t stride):
    cdef PoolSizes z
    z.planes, z.H, z.W = x.shape[0] * x.shape[1], x.shape[2], x.shape[3]
    z.height, z.width, z.stride = height, width, stride
    z.H_out = 1 + (z.H - height) // stride
    z.W_out = 1 + (z.W - width) // stride
    return z
