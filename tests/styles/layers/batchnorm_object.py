"""Batch norm whose cache is an object; the gradients are read-only."""

import numpy as np


class Normalised:
    def __init__(self, x, mean, var, eps):
        self.std = np.sqrt(np.add(var, eps))
        self.x_hat = np.divide(np.subtract(x, mean), self.std)


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running = [bn_param.get(name) for name in ("running_mean", "running_var")]
    running = [np.zeros(x.shape[1]) if value is None else value for value in running]
    if bn_param["mode"] == "train":
        statistics = [np.average(x, axis=0), np.average(x * x, axis=0)]
        statistics[1] = statistics[1] - statistics[0] ** 2
        running = [r + (1 - momentum) * (s - r) for r, s in zip(running, statistics)]
    else:
        statistics = running
    bn_param.update(zip(("running_mean", "running_var"), running))
    cache = Normalised(x, *statistics, eps)
    cache.gamma = gamma
    return np.asfortranarray(np.multiply(cache.x_hat, gamma) + beta), cache


def batchnorm_backward_alt(dout, cache):
    dx_hat = cache.gamma * dout
    mean = lambda a: a.mean(axis=0, keepdims=True)
    dx = (dx_hat - mean(dx_hat) - cache.x_hat * mean(dx_hat * cache.x_hat)) / cache.std
    return dx, (dout * cache.x_hat).sum(axis=0), dout.sum(axis=0)


def batchnorm_backward(dout, cache):
    dx, dgamma, dbeta = batchnorm_backward_alt(dout, cache)
    for result in (dx, dgamma, dbeta):
        result.flags.writeable = False
    return dx, dgamma, dbeta
