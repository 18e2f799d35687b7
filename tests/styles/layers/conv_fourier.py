"""Convolution by Fourier transforms."""

import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    size = xp.shape[2:]
    product = np.einsum("nchw,fchw->nfhw", np.fft.rfft2(xp), np.conj(np.fft.rfft2(w, s=size)))
    everywhere = np.fft.irfft2(product, s=size)
    rows, columns = size[0] - w.shape[2] + 1, size[1] - w.shape[3] + 1
    return everywhere[:, :, :rows:s, :columns:s] + b[:, None, None], (x, xp, w, conv_param)


def conv_backward_naive(dout, cache):
    x, xp, w, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    size = xp.shape[2:]
    full = np.zeros((*dout.shape[:2], *size))
    full[:, :, : s * dout.shape[2] : s, : s * dout.shape[3] : s][
        :, :, : dout.shape[2], : dout.shape[3]
    ] = dout
    d = np.fft.rfft2(full)
    dxp = np.fft.irfft2(np.einsum("nfhw,fchw->nchw", d, np.fft.rfft2(w, s=size)), s=size)
    dw = np.fft.irfft2(np.einsum("nfhw,nchw->fchw", np.conj(d), np.fft.rfft2(xp)), s=size)
    dx = dxp[:, :, p : p + x.shape[2], p : p + x.shape[3]]
    return dx, dw[:, :, : w.shape[2], : w.shape[3]], dout.sum((0, 2, 3))
