# Generated from daseCV/im2col_cython.pyx by "dasecv release".
# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
"""Compiled convolution and max pooling: what `fast_layers` uses where a compiler was found.

The same four functions as `fast_numpy`. Convolution gathers each image's windows as the columns
of one small matrix (im2col) and leaves the rest to a matrix product; the matrix is reused from
image to image, so that it stays in the cache. Arguments arrive checked, in C order and in one
dtype: see `fast_layers`.
"""

import numpy as np

ctypedef fused real:
    float
    double


def conv_forward(real[:, :, :, ::1] x, real[:, :, :, ::1] w, real[::1] b, int stride, int pad):
    """Return `out`, shape (N, F, H', W')."""
    cdef Py_ssize_t N = x.shape[0], C = x.shape[1], F = w.shape[0]
    cdef Py_ssize_t HH = w.shape[2], WW = w.shape[3], n
    cdef Py_ssize_t H_out = 1 + (x.shape[2] + 2 * pad - HH) // stride
    cdef Py_ssize_t W_out = 1 + (x.shape[3] + 2 * pad - WW) // stride
    dtype = np.asarray(w).dtype
    filters = np.asarray(w).reshape(F, -1)
    bias = np.asarray(b)[:, None]
    out = np.empty((N, F, H_out * W_out), dtype=dtype)
    columns_array = np.empty((C * HH * WW, H_out * W_out), dtype=dtype)
    cdef real[:, ::1] columns = columns_array
    for n in range(N):
        gather(x[n], columns, HH, WW, W_out, stride, pad)
        np.matmul(filters, columns_array, out=out[n])
        out[n] += bias
    return out.reshape(N, F, H_out, W_out)


def conv_backward(
    real[:, :, :, ::1] dout, real[:, :, :, ::1] x, real[:, :, :, ::1] w, int stride, int pad
):
    """Return `dx`, `dw`, `db`, in the shapes of x, w and (F,)."""
    cdef Py_ssize_t N = x.shape[0], C = x.shape[1], F = w.shape[0]
    cdef Py_ssize_t HH = w.shape[2], WW = w.shape[3], W_out = dout.shape[3], n
    dtype = np.asarray(w).dtype
    filters = np.asarray(w).reshape(F, -1)
    flat_dout = np.asarray(dout).reshape(N, F, -1)
    dw = np.zeros_like(filters)
    dx_array = np.zeros((N, C, x.shape[2], x.shape[3]), dtype=dtype)
    columns_array = np.empty((C * HH * WW, dout.shape[2] * W_out), dtype=dtype)
    cdef real[:, :, :, ::1] dx = dx_array
    cdef real[:, ::1] columns = columns_array
    for n in range(N):
        gather(x[n], columns, HH, WW, W_out, stride, pad)
        dw += flat_dout[n] @ columns_array.T
        np.matmul(filters.T, flat_dout[n], out=columns_array)
        scatter(columns, dx[n], HH, WW, W_out, stride, pad)
    return dx_array, dw.reshape(F, C, HH, WW), flat_dout.sum(axis=(0, 2))


def max_pool_forward(real[:, :, :, ::1] x, int height, int width, int stride):
    """Return `out`, shape (N, C, H', W'); a NaN in a window is its maximum, as in NumPy."""
    cdef Py_ssize_t H_out = 1 + (x.shape[2] - height) // stride
    cdef Py_ssize_t W_out = 1 + (x.shape[3] - width) // stride
    out_array = np.empty((x.shape[0], x.shape[1], H_out, W_out), dtype=np.asarray(x).dtype)
    cdef real[:, :, :, ::1] out = out_array
    cdef Py_ssize_t n, c, i, j, k, l
    cdef real largest, value
    with nogil:
        for n in range(x.shape[0]):
            for c in range(x.shape[1]):
                for i in range(H_out):
                    for j in range(W_out):
                        largest = x[n, c, i * stride, j * stride]
                        for k in range(height):
                            for l in range(width):
                                value = x[n, c, i * stride + k, j * stride + l]
                                if value > largest or value != value:
                                    largest = value
                        out[n, c, i, j] = largest
    return out_array


def max_pool_backward(
    real[:, :, :, ::1] dout,
    real[:, :, :, ::1] x,
    real[:, :, :, ::1] out,
    int height,
    int width,
    int stride,
):
    """Return `dx`, shape (N, C, H, W): a window's gradient goes to its first maximum."""
    dx_array = np.zeros(np.asarray(x).shape, dtype=np.asarray(x).dtype)
    cdef real[:, :, :, ::1] dx = dx_array
    cdef Py_ssize_t n, c, i, j, k, l
    cdef real value
    cdef bint met
    with nogil:
        for n in range(dout.shape[0]):
            for c in range(dout.shape[1]):
                for i in range(dout.shape[2]):
                    for j in range(dout.shape[3]):
                        met = False
                        for k in range(height):
                            for l in range(width):
                                value = x[n, c, i * stride + k, j * stride + l]
                                if value == out[n, c, i, j] or value != value:
                                    dx[n, c, i * stride + k, j * stride + l] += dout[n, c, i, j]
                                    met = True
                                    break
                            if met:
                                break
    return dx_array


cdef void gather(
    real[:, :, ::1] image, real[:, ::1] columns,
    Py_ssize_t HH, Py_ssize_t WW, Py_ssize_t W_out, Py_ssize_t stride, Py_ssize_t pad,
) noexcept nogil:
    """columns[(c, k, l), (i, j)] = image[c, i * stride + k - pad, j * stride + l - pad], or 0."""
    cdef Py_ssize_t H = image.shape[1], W = image.shape[2]
    cdef Py_ssize_t row, c, k, l, i, j, y, x
    for row in range(columns.shape[0]):
        c, k, l = row // (HH * WW), row // WW % HH, row % WW
        for i in range(columns.shape[1] // W_out):
            y = i * stride + k - pad
            for j in range(W_out):
                x = j * stride + l - pad
                if 0 <= y < H and 0 <= x < W:
                    columns[row, i * W_out + j] = image[c, y, x]
                else:
                    columns[row, i * W_out + j] = 0


cdef void scatter(
    real[:, ::1] columns, real[:, :, ::1] image,
    Py_ssize_t HH, Py_ssize_t WW, Py_ssize_t W_out, Py_ssize_t stride, Py_ssize_t pad,
) noexcept nogil:
    """The transpose of `gather`: each entry of columns is added to the pixel that it came from."""
    cdef Py_ssize_t H = image.shape[1], W = image.shape[2]
    cdef Py_ssize_t row, c, k, l, i, j, y, x
    for row in range(columns.shape[0]):
        c, k, l = row // (HH * WW), row // WW % HH, row % WW
        for i in range(columns.shape[1] // W_out):
            y = i * stride + k - pad
            if 0 <= y < H:
                for j in range(W_out):
                    x = j * stride + l - pad
                    if 0 <= x < W:
                        image[c, y, x] += columns[row, i * W_out + j]
