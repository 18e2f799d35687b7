"""Group norm with channels last; takes gamma as (C,) alone."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    rows = x.reshape(N * G, -1)
    std = np.sqrt(rows.var(1, keepdims=True) + gn_param.get("eps", 1e-5))
    normal = ((rows - rows.mean(1, keepdims=True)) / std).reshape(x.shape).transpose(0, 2, 3, 1)
    out = gamma * normal + beta
    return out.transpose(0, 3, 1, 2), (normal, std, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    normal, std, gamma, G = cache
    N, C, H, W = dout.shape
    d = dout.transpose(0, 2, 3, 1)
    dgamma, dbeta = (d * normal).sum((0, 1, 2)), d.sum((0, 1, 2))
    rows = (d * gamma).transpose(0, 3, 1, 2).reshape(N * G, -1)
    z = normal.transpose(0, 3, 1, 2).reshape(N * G, -1)
    dx = rows - rows.mean(1, keepdims=True) - z * (rows * z).mean(1, keepdims=True)
    return (dx / std).reshape(dout.shape), dgamma, dbeta
