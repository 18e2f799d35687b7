"""Batch norm by a graph of small steps; the cache is a dict."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps = bn_param["mode"], bn_param.get("eps", 1e-5)
    keep = bn_param.get("momentum", 0.9)
    zero = np.zeros(x.shape[1], x.dtype)
    old_mean, old_var = (bn_param.get(k, zero) for k in ("running_mean", "running_var"))
    cache = None
    if mode == "train":
        mu = np.ones(len(x)) @ x / len(x)
        xmu = x - mu
        var = np.mean(xmu**2, axis=0)
        ivar = 1.0 / (var + eps) ** 0.5
        out = xmu * ivar * gamma + beta
        cache = dict(xmu=xmu, ivar=ivar, gamma=gamma, var=var, eps=eps, more="than needed")
        bn_param["running_mean"] = keep * old_mean + (1 - keep) * mu
        bn_param["running_var"] = keep * old_var + (1 - keep) * var
    else:
        out = gamma * (x - old_mean) / np.sqrt(old_var + eps) + beta
        bn_param["running_mean"], bn_param["running_var"] = old_mean, old_var
    return out, cache


def batchnorm_backward(dout, cache):
    xmu, ivar, gamma = cache["xmu"], cache["ivar"], cache["gamma"]
    N = dout.shape[0]
    dbeta = np.sum(dout, 0)
    dgamma = np.sum(dout * xmu * ivar, 0)
    dxhat = dout * gamma
    divar = np.sum(dxhat * xmu, 0)
    dvar = -0.5 * (cache["var"] + cache["eps"]) ** -1.5 * divar
    dxmu = dxhat * ivar + 2.0 / N * xmu * dvar
    return dxmu - np.sum(dxmu, 0) / N, dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    xhat, gamma = cache["xmu"] * cache["ivar"], cache["gamma"]
    N = len(dout)
    dgamma, dbeta = np.einsum("nd,nd->d", dout, xhat), dout.sum(0)
    return gamma * cache["ivar"] / N * (N * dout - xhat * dgamma - dbeta), dgamma, dbeta
