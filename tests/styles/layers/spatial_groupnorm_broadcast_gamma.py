"""Group norm by loops that insists on gamma (1, C, 1, 1)."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    assert gamma.shape == beta.shape == (1, x.shape[1], 1, 1)
    normal, stds = np.empty(x.shape), []
    for n in range(len(x)):
        for group in np.split(np.arange(x.shape[1]), G):
            part = x[n, group]
            stds.append((part.var() + gn_param.get("eps", 1e-5)) ** 0.5)
            normal[n, group] = (part - part.mean()) / stds[-1]
    return gamma * normal + beta, (normal, gamma, stds, G)


def spatial_groupnorm_backward(dout, cache):
    normal, gamma, stds, G = cache
    dx, stds = np.empty(dout.shape), iter(stds)
    for n in range(len(dout)):
        for group in np.split(np.arange(dout.shape[1]), G):
            d, z = (dout * gamma)[n, group], normal[n, group]
            dx[n, group] = (d - d.mean() - z * (d * z).mean()) / next(stds)
    axes = (0, 2, 3)
    return dx, (dout * normal).sum(axes, keepdims=True), dout.sum(axes, keepdims=True)
