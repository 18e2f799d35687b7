"""Layer norm on the transposed input."""

import numpy as np


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    xt = x.T
    mu, var = xt.mean(axis=0), xt.var(axis=0)
    xhat = ((xt - mu) / np.sqrt(var + eps)).T
    return xhat * gamma + beta, {"xhat": xhat, "std": np.sqrt(var + eps), "gamma": gamma}


def layernorm_backward(dout, cache):
    xhat, std, gamma = cache["xhat"].T, cache["std"], cache["gamma"]
    D, d = dout.shape[1], (dout * gamma).T
    dx = (D * d - d.sum(0) - xhat * (d * xhat).sum(0)) / (D * std)
    return dx.T, np.sum(dout * xhat.T, axis=0), np.sum(dout, axis=0)
