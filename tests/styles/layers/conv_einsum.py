"""Convolution by `np.einsum` over sliding windows."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def windows(x, w, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    return sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]


def conv_forward_naive(x, w, b, conv_param):
    out = np.einsum("ncijkl,fckl->nfij", windows(x, w, conv_param), w)
    return out + b[:, None, None], (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    dw = np.einsum("nfij,ncijkl->fckl", dout, windows(x, w, conv_param))
    N, C, H, W = x.shape
    padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
    for k in range(w.shape[2]):
        for l in range(w.shape[3]):
            rows = slice(k, k + stride * dout.shape[2], stride)
            columns = slice(l, l + stride * dout.shape[3], stride)
            padded[:, :, rows, columns] += np.einsum("nfij,fc->ncij", dout, w[:, :, k, l])
    return padded[:, :, pad : pad + H, pad : pad + W], dw, np.einsum("nfij->f", dout)
