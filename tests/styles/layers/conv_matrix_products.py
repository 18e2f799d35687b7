"""Convolution by matrix products; the cache is a dict."""

import numpy as np


def places(x, w, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    H, W = x.shape[2] + 2 * p - w.shape[2], x.shape[3] + 2 * p - w.shape[3]
    return [(i, j) for i in range(0, H + 1, s) for j in range(0, W + 1, s)], 1 + H // s


def conv_forward_naive(x, w, b, conv_param):
    p, (HH, WW) = conv_param["pad"], w.shape[2:]
    padded = np.pad(x, ((0,), (0,), (p,), (p,)))
    where, height = places(x, w, conv_param)
    columns = np.stack([padded[:, :, i : i + HH, j : j + WW].reshape(len(x), -1) for i, j in where])
    out = columns @ w.reshape(len(w), -1).T + b
    out = out.transpose(1, 2, 0).reshape(len(x), len(w), height, -1)
    return out, {"columns": columns, "x": x, "w": w, "conv_param": conv_param}


def conv_backward_naive(dout, cache):
    x, w, p = cache["x"], cache["w"], cache["conv_param"]["pad"]
    HH, WW = w.shape[2:]
    rows = dout.reshape(*dout.shape[:2], -1).transpose(2, 0, 1)
    dw = np.tensordot(rows, cache["columns"], axes=((0, 1), (0, 1))).reshape(w.shape)
    padded = np.zeros(np.add(x.shape, (0, 0, 2 * p, 2 * p)))
    where, _ = places(x, w, cache["conv_param"])
    for (i, j), row in zip(where, rows):
        padded[:, :, i : i + HH, j : j + WW] += (row @ w.reshape(len(w), -1)).reshape(
            len(x), -1, HH, WW
        )
    dx = padded[:, :, p : padded.shape[2] - p, p : padded.shape[3] - p]
    return dx, dw, rows.sum(axis=(0, 1))
