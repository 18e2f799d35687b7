"""Convolution by index arrays, and backward by `np.add.at`."""

import numpy as np


def im2col_indices(x_shape, HH, WW, stride, pad):
    N, C, H, W = x_shape
    H_out = (H + 2 * pad - HH) // stride + 1
    W_out = (W + 2 * pad - WW) // stride + 1
    channel = np.repeat(np.arange(C), HH * WW)[:, None]
    row = np.tile(np.repeat(np.arange(HH), WW), C)[:, None]
    column = np.tile(np.arange(WW), HH * C)[:, None]
    row = row + stride * np.repeat(np.arange(H_out), W_out)[None, :]
    column = column + stride * np.tile(np.arange(W_out), H_out)[None, :]
    return channel, row, column, H_out, W_out


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    F, C, HH, WW = w.shape
    channel, row, column, H_out, W_out = im2col_indices(x.shape, HH, WW, stride, pad)
    x_padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    x_col = x_padded[:, channel, row, column]
    out = np.matmul(w.reshape(F, -1), x_col) + b.reshape(1, F, 1)
    cache = (x, w, b, conv_param, x_col)
    return out.reshape(x.shape[0], F, H_out, W_out), cache


def conv_backward_naive(dout, cache):
    x, w, b, conv_param, x_col = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, F, H_out, W_out = dout.shape
    d = dout.reshape(N, F, -1)
    db = d.sum(axis=2).sum(axis=0)
    dw = np.matmul(d, x_col.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
    dx_col = np.matmul(w.reshape(F, -1).T, d)
    N, C, H, W = x.shape
    dx_padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    where = im2col_indices(x.shape, w.shape[2], w.shape[3], stride, pad)[:3]
    np.add.at(dx_padded, (slice(None), *where), dx_col)
    if pad == 0:
        return dx_padded, dw, db
    return dx_padded[:, :, pad:-pad, pad:-pad], dw, db
