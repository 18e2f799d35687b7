# Generated from daseCV/im2col_cython.pyx by "dasecv release".
# cython: language_level=3, boundscheck=False, wraparound=False
"""Compiled convolution and max pooling: `kernels.c` for NumPy arrays.

The same four functions as `fast_numpy`. Arguments arrive checked, in C order, writable and in one
dtype: see `fast_layers`. The arithmetic, and what makes it fast, is in `kernels_template.h`.
"""

import os

import numpy as np

cdef extern from "kernels.h":
    ctypedef struct ConvSizes:
        Py_ssize_t N, C, H, W, F, HH, WW, stride, pad, H_out, W_out

    ctypedef struct PoolSizes:
        Py_ssize_t planes, H, W, height, width, stride, H_out, W_out

    ctypedef struct Kernels:
        const char *level
        int (*conv_forward_float)(
            const float *, const float *, const float *, float *, const ConvSizes *) nogil
        int (*conv_forward_double)(
            const double *, const double *, const double *, double *, const ConvSizes *) nogil
        int (*conv_backward_float)(
            const float *, const float *, const float *, float *, float *, float *,
            const ConvSizes *) nogil
        int (*conv_backward_double)(
            const double *, const double *, const double *, double *, double *, double *,
            const ConvSizes *) nogil
        void (*max_pool_forward_float)(const float *, float *, const PoolSizes *) nogil
        void (*max_pool_forward_double)(const double *, double *, const PoolSizes *) nogil
        void (*max_pool_backward_float)(
            const float *, const float *, float *, const PoolSizes *) nogil
        void (*max_pool_backward_double)(
            const double *, const double *, double *, const PoolSizes *) nogil

    const Kernels *choose_kernels(const char *)

ctypedef fused real:
    float
    double

SIMD_VARIABLE = "DASECV_SIMD"



cdef const Kernels *_choose() except NULL:
    cdef bytes wanted = os.environ.get(SIMD_VARIABLE, "").encode()
    cdef const Kernels *chosen = choose_kernels(<const char *>wanted if wanted else NULL)
    if chosen == NULL:
        raise ImportError(
            f"{SIMD_VARIABLE} is {wanted.decode()!r}, expected 'avx512', 'avx2' or 'base', and one "
            "that this processor has; unset it to take the widest"
        )
    return chosen


cdef const Kernels *kernels = _choose()
level = kernels.level.decode()  # of vector instructions


def conv_forward(real[:, :, :, ::1] x, real[:, :, :, ::1] w, real[::1] b, int stride, int pad):
    """Return `out`, shape (N, F, H', W')."""
    cdef ConvSizes z = _conv_sizes(x.shape, w.shape, stride, pad)
    out_array = np.empty((z.N, z.F, z.H_out, z.W_out), dtype=np.asarray(w).dtype)
    cdef real[:, :, :, ::1] out = out_array
    cdef int failed = 0
    if z.N:
        with nogil:
            if real is float:
                failed = kernels.conv_forward_float(
                    &x[0, 0, 0, 0], &w[0, 0, 0, 0], &b[0], &out[0, 0, 0, 0], &z)
            else:
                failed = kernels.conv_forward_double(
                    &x[0, 0, 0, 0], &w[0, 0, 0, 0], &b[0], &out[0, 0, 0, 0], &z)
    if failed:
        raise MemoryError("conv_forward: no memory for one padded image a thread")
    return out_array


def conv_backward(
    real[:, :, :, ::1] dout, real[:, :, :, ::1] x, real[:, :, :, ::1] w, int stride, int pad
):
    """Return `dx`, `dw`, `db`, in the shapes of x, w and (F,)."""
    cdef ConvSizes z = _conv_sizes(x.shape, w.shape, stride, pad)
    dtype = np.asarray(w).dtype
    dx_array = np.empty((z.N, z.C, z.H, z.W), dtype=dtype)
    dw_array = np.zeros((z.F, z.C, z.HH, z.WW), dtype=dtype)
    db_array = np.zeros(z.F, dtype=dtype)
    cdef real[:, :, :, ::1] dx = dx_array
    cdef real[:, :, :, ::1] dw = dw_array
    cdef real[::1] db = db_array
    cdef int failed = 0
    if z.N:
        with nogil:
            if real is float:
                failed = kernels.conv_backward_float(
                    &dout[0, 0, 0, 0], &x[0, 0, 0, 0], &w[0, 0, 0, 0], &dx[0, 0, 0, 0],
                    &dw[0, 0, 0, 0], &db[0], &z)
            else:
                failed = kernels.conv_backward_double(
                    &dout[0, 0, 0, 0], &x[0, 0, 0, 0], &w[0, 0, 0, 0], &dx[0, 0, 0, 0],
                    &dw[0, 0, 0, 0], &db[0], &z)
    if failed:
        raise MemoryError("conv_backward: no memory for a few padded images a thread")
    return dx_array, dw_array, db_array


def max_pool_forward(real[:, :, :, ::1] x, int height, int width, int stride):
    """Return `out`, shape (N, C, H', W'); a NaN in a window is its maximum, as in NumPy."""
    cdef PoolSizes z = _pool_sizes(x.shape, height, width, stride)
    out_array = np.empty((x.shape[0], x.shape[1], z.H_out, z.W_out), dtype=np.asarray(x).dtype)
    cdef real[:, :, :, ::1] out = out_array
    if z.planes:
        with nogil:
            if real is float:
                kernels.max_pool_forward_float(&x[0, 0, 0, 0], &out[0, 0, 0, 0], &z)
            else:
                kernels.max_pool_forward_double(&x[0, 0, 0, 0], &out[0, 0, 0, 0], &z)
    return out_array


def max_pool_backward(
    real[:, :, :, ::1] dout, real[:, :, :, ::1] x, int height, int width, int stride
):
    """Return `dx`, shape (N, C, H, W): a window's gradient goes to its first maximum."""
    cdef PoolSizes z = _pool_sizes(x.shape, height, width, stride)
    dx_array = np.empty_like(np.asarray(x))
    cdef real[:, :, :, ::1] dx = dx_array
    if z.planes:
        with nogil:
            if real is float:
                kernels.max_pool_backward_float(
                    &dout[0, 0, 0, 0], &x[0, 0, 0, 0], &dx[0, 0, 0, 0], &z)
            else:
                kernels.max_pool_backward_double(
                    &dout[0, 0, 0, 0], &x[0, 0, 0, 0], &dx[0, 0, 0, 0], &z)
    return dx_array


cdef ConvSizes _conv_sizes(
    const Py_ssize_t *x, const Py_ssize_t *w, Py_ssize_t stride, Py_ssize_t pad
):
    cdef ConvSizes z
    z.N, z.C, z.H, z.W = x[0], x[1], x[2], x[3]
    z.F, z.HH, z.WW = w[0], w[2], w[3]
    z.stride, z.pad = stride, pad
    z.H_out = 1 + (z.H + 2 * pad - z.HH) // stride
    z.W_out = 1 + (z.W + 2 * pad - z.WW) // stride
    return z


cdef PoolSizes _pool_sizes(
    const Py_ssize_t *x, Py_ssize_t height, Py_ssize_t width, Py_ssize_t stride
):
    cdef PoolSizes z
    z.planes, z.H, z.W = x[0] * x[1], x[2], x[3]
    z.height, z.width, z.stride = height, width, stride
    z.H_out = 1 + (z.H - height) // stride
    z.W_out = 1 + (z.W - width) // stride
    return z
