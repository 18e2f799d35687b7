"""Spatial batch norm that changes the running averages in place."""

from types import SimpleNamespace

import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    axes, shape = (0, 2, 3), (1, -1, 1, 1)
    bn_param.setdefault("eps", 1e-5)
    bn_param.setdefault("momentum", 0.9)
    bn_param.setdefault("running_mean", np.zeros_like(gamma))
    bn_param.setdefault("running_var", np.zeros_like(gamma))
    if bn_param["mode"] == "train":
        mean = x.mean(axis=axes, keepdims=True)
        centred = x - mean
        var = np.square(centred).mean(axis=axes, keepdims=True)
        bn_param["running_mean"] *= bn_param["momentum"]
        bn_param["running_mean"] += (1 - bn_param["momentum"]) * mean.squeeze()
        bn_param["running_var"] *= bn_param["momentum"]
        bn_param["running_var"] += (1 - bn_param["momentum"]) * var.squeeze()
    elif bn_param["mode"] == "test":
        centred = x - bn_param["running_mean"].reshape(shape)
        var = bn_param["running_var"].reshape(shape)
    else:
        raise ValueError("mode?")
    saved = SimpleNamespace(std=np.sqrt(var + bn_param["eps"]), centred=centred, gamma=gamma)
    out = centred / saved.std
    out *= gamma.reshape(shape)
    out += beta.reshape(shape)
    return np.asfortranarray(out), saved


def spatial_batchnorm_backward(dout, cache):
    axes, M = (0, 2, 3), dout.size // dout.shape[1]
    dbeta = np.sum(dout, axes)
    dgamma = np.sum(dout * cache.centred / cache.std, axes)
    dnormal = np.einsum("nchw,c->nchw", dout, cache.gamma)
    dvar = -0.5 * np.sum(dnormal * cache.centred, axes, keepdims=True) / cache.std**3
    dmean = -np.sum(dnormal / cache.std, axes, keepdims=True)
    dx = dnormal / cache.std + 2 * dvar * cache.centred / M + dmean / M
    return dx, dgamma, dbeta
