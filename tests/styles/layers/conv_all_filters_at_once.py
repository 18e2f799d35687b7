"""Convolution place by place, all filters at once, with a print that was left in."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    # 卷积: one place at a time, all filters at once
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    S = conv_param.get("stride", 1)
    P = conv_param.get("pad", 0)
    Hout = int((H + 2 * P - HH) / S + 1)
    Wout = int((W + 2 * P - WW) / S + 1)
    out = np.zeros([N, F, Hout, Wout])
    X = np.zeros([N, C, H + 2 * P, W + 2 * P])
    X[:, :, P : P + H, P : P + W] = x
    for i in range(0, Hout):
        for j in range(0, Wout):
            patch = X[:, np.newaxis, :, i * S : i * S + HH, j * S : j * S + WW]
            out[:, :, i, j] = np.sum(patch * w[np.newaxis], axis=(2, 3, 4)) + b
    print("conv forward", x.shape, "->", out.shape)
    cache = (X, x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    X, x, w, b, conv_param = cache
    S = conv_param.get("stride", 1)
    P = conv_param.get("pad", 0)
    _, _, H, W = x.shape
    _, _, HH, WW = w.shape
    dX = np.zeros_like(X)
    dw = np.zeros(w.shape)
    db = np.zeros(b.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            d = dout[:, :, i, j]
            db += d.sum(0)
            dw += (
                d.T @ X[:, :, i * S : i * S + HH, j * S : j * S + WW].reshape(len(x), -1)
            ).reshape(w.shape)
            dX[:, :, i * S : i * S + HH, j * S : j * S + WW] += np.tensordot(d, w, axes=1)
    dx = dX[:, :, P : P + H, P : P + W]
    return (dx, dw, db)
