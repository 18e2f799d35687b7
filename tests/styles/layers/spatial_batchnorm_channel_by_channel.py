"""Spatial batch norm channel by channel through the features' layer."""

import numpy as np

from daseCV.layers import batchnorm_backward, batchnorm_forward


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    C = x.shape[1]
    for name in ("running_mean", "running_var"):
        if name not in bn_param:
            bn_param[name] = np.zeros(C)
    out, caches = np.zeros(x.shape), []
    for c in range(C):
        own = dict(bn_param)
        own["running_mean"] = bn_param["running_mean"][c : c + 1]
        own["running_var"] = bn_param["running_var"][c : c + 1]
        column, cache = batchnorm_forward(
            x[:, c].reshape(-1, 1), gamma[c : c + 1], beta[c : c + 1], own
        )
        out[:, c] = column.reshape(out[:, c].shape)
        bn_param["running_mean"][c] = own["running_mean"][0]
        bn_param["running_var"][c] = own["running_var"][0]
        caches.append(cache)
    return out, caches


def spatial_batchnorm_backward(dout, cache):
    grads = [batchnorm_backward(dout[:, c].reshape(-1, 1), one) for c, one in enumerate(cache)]
    dx = [g[0].reshape(dout.shape[0], *dout.shape[2:]) for g in grads]
    dgamma, dbeta = (np.concatenate([g[k] for g in grads]) for k in (1, 2))
    return np.stack(dx, axis=1), dgamma, dbeta
