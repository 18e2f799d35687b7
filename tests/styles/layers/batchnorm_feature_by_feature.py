"""Batch norm feature by feature; the running averages are changed in place."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    if bn_param["mode"] not in ("train", "test"):
        raise ValueError(bn_param["mode"])
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    N, D = x.shape
    mean = bn_param.setdefault("running_mean", np.zeros(D, dtype=x.dtype))
    var = bn_param.setdefault("running_var", np.zeros(D, dtype=x.dtype))
    out, columns = np.empty((D, N), dtype=x.dtype), []
    for d in range(D):
        column = x[:, d].copy()
        m, v = mean[d], var[d]
        if bn_param["mode"] == "train":
            m = sum(column.tolist()) / N
            v = sum((value - m) ** 2 for value in column.tolist()) / N
            mean[d] = momentum * mean[d] + (1 - momentum) * m
            var[d] = momentum * var[d] + (1 - momentum) * v
        columns.append(((column - m) / np.sqrt(v + eps), np.sqrt(v + eps)))
        out[d] = gamma[d] * columns[d][0] + beta[d]
    return out.T, (columns, gamma.copy())


def batchnorm_backward(dout, cache):
    columns, gamma = cache
    N, D = dout.shape
    dx, dgamma, dbeta = np.zeros(dout.shape), np.zeros(D), np.zeros(D)
    for d, (xhat, std) in enumerate(columns):
        jacobian = (np.eye(N) - 1.0 / N - np.outer(xhat, xhat) / N) / std
        dx[:, d] = jacobian @ (dout[:, d] * gamma[d])
        dgamma[d], dbeta[d] = dout[:, d] @ xhat, dout[:, d].sum()
    return [dx, dgamma, dbeta]


batchnorm_backward_alt = batchnorm_backward
