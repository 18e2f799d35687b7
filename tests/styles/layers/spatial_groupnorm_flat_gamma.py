"""Group norm that insists on gamma (C,)."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    grouped = x.reshape(N, G, C // G, H, W)
    mean = grouped.mean((2, 3, 4), keepdims=True)
    std = np.sqrt(grouped.var((2, 3, 4), keepdims=True) + gn_param.get("eps", 1e-5))
    normal = ((grouped - mean) / std).reshape(N, C, H, W)
    assert gamma.shape == beta.shape == (C,)
    return gamma[:, None, None] * normal + beta[:, None, None], (normal, std, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    normal, std, gamma, G = cache
    N, C, H, W = dout.shape
    grouped = normal.reshape(N, G, C // G, H, W)
    dnormal = (dout * gamma[:, None, None]).reshape(grouped.shape)
    axes = (2, 3, 4)
    dx = (
        dnormal
        - dnormal.mean(axes, keepdims=True)
        - grouped * (dnormal * grouped).mean(axes, keepdims=True)
    ) / std
    return dx.reshape(dout.shape), (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))
