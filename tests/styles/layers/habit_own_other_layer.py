"""A convolution by the student's own affine layer."""

import numpy as np

from daseCV.layers import affine_forward


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], (2, 3))
    rows = seen[:, :, ::s, ::s].transpose(0, 2, 3, 1, 4, 5)
    out, _ = affine_forward(rows.reshape(-1, w[0].size), w.reshape(len(w), -1).T, b)
    return out.reshape(*rows.shape[:3], -1).transpose(0, 3, 1, 2), (x, w, b, conv_param)
