"""Convolution by `as_strided`; the backward pass is a convolution too."""

import numpy as np
from numpy.lib import stride_tricks


def get_patches(xp, HH, WW, s):
    N, C, H, W = xp.shape
    sn, sc, sh, sw = xp.strides
    shape = (N, C, (H - HH) // s + 1, (W - WW) // s + 1, HH, WW)
    return stride_tricks.as_strided(
        xp, shape=shape, strides=(sn, sc, sh * s, sw * s, sh, sw), writeable=False
    )


def conv_forward_naive(x, w, b, conv_param):
    p = conv_param["pad"]
    xp = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    patches = get_patches(xp, w.shape[2], w.shape[3], conv_param["stride"])
    out = np.tensordot(patches, w, axes=([1, 4, 5], [1, 2, 3]))
    out += b
    return np.rollaxis(out, 3, 1), (xp, w, conv_param)


def conv_backward_naive(dout, cache):
    xp, w, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    HH, WW = w.shape[2:]
    dw = np.tensordot(dout, get_patches(xp, HH, WW, s), axes=([0, 2, 3], [0, 2, 3]))
    # dx: spread dout out, surround it with zeros, convolve with the flipped filters
    N, F, Ho, Wo = dout.shape
    Hp, Wp = xp.shape[2:]
    spread = np.zeros((N, F, Hp + HH - 1, Wp + WW - 1))
    spread[:, :, HH - 1 : HH - 1 + s * Ho : s, WW - 1 : WW - 1 + s * Wo : s] = dout
    flipped = w[:, :, ::-1, ::-1]
    dxp = np.tensordot(get_patches(spread, HH, WW, 1), flipped, axes=([1, 4, 5], [0, 2, 3]))
    dx = dxp.transpose(0, 3, 1, 2)[:, :, p : Hp - p, p : Wp - p]
    return dx, dw, np.einsum("ijkl->j", dout)
