"""Group norm by statistics repeated for each channel; dgamma is (C,)."""

import numpy as np


def per_channel(values, C):
    # (N, G) -> (N, C, 1, 1)
    return np.repeat(values, C // values.shape[1], axis=1)[:, :, None, None]


def group_mean(x, G):
    N, C, H, W = x.shape
    return x.mean(axis=(2, 3)).reshape(N, G, C // G).mean(axis=2)


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    C, eps = x.shape[1], gn_param.get("eps", 1e-5)
    mean = group_mean(x, G)
    var = group_mean((x - per_channel(mean, C)) ** 2, G)
    xhat = (x - per_channel(mean, C)) / np.sqrt(per_channel(var, C) + eps)
    out = gamma * xhat + beta
    cache = {"xhat": xhat, "gamma": gamma, "G": G, "std": np.sqrt(var + eps)}
    return out, cache


def spatial_groupnorm_backward(dout, cache):
    xhat, gamma, G, C = cache["xhat"], cache["gamma"], cache["G"], dout.shape[1]
    dxhat = dout * gamma
    first, second = group_mean(dxhat, G), group_mean(dxhat * xhat, G)
    dx = dxhat - per_channel(first, C) - xhat * per_channel(second, C)
    dx = dx / per_channel(cache["std"], C)
    return dx, (dout * xhat).sum((0, 2, 3)), dout.sum((0, 2, 3))  # (C,), for gamma (1, C, 1, 1)
