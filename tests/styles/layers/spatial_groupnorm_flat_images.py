"""Group norm of flat images; takes gamma as (C,) alone."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    rows = x.reshape(N * G, -1)
    std = np.sqrt(rows.var(1, keepdims=True) + gn_param.get("eps", 1e-5))
    normal = ((rows - rows.mean(1, keepdims=True)) / std).reshape(N, C, H * W)
    out = gamma[:, None] * normal + beta[:, None]
    return out.reshape(x.shape), (normal, std, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    normal, std, gamma, G = cache
    N, C, H, W = dout.shape
    d = dout.reshape(N, C, H * W)
    rows = (d * gamma[:, None]).reshape(N * G, -1)
    z = normal.reshape(N * G, -1)
    dx = rows - rows.mean(1, keepdims=True) - z * (rows * z).mean(1, keepdims=True)
    return (dx / std).reshape(dout.shape), (d * normal).sum((0, 2)), d.sum((0, 2))
