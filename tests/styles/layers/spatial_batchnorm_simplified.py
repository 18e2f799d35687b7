"""Batch norm of features by the simplified formula, under the given spatial batch norm."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    training = bn_param["mode"] == "train"
    eps, keep = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    if training:
        stats = {"mean": np.mean(x, 0), "var": np.var(x, 0)}
        for name, value in stats.items():
            old = bn_param.get(f"running_{name}", 0 * value)
            bn_param[f"running_{name}"] = keep * old + (1 - keep) * value
    else:
        stats = {name: bn_param.get(f"running_{name}", 0.0) for name in ("mean", "var")}
    inverse = 1 / np.sqrt(stats["var"] + eps)
    x_hat = (x - stats["mean"]) * inverse
    return gamma * x_hat + beta, dict(x_hat=x_hat, inverse=inverse, gamma=gamma)


def batchnorm_backward_alt(dout, cache):
    N, (x_hat, inverse, gamma) = dout.shape[0], cache.values()
    db, dg = dout.sum(0), (dout * x_hat).sum(0)
    return (1 / N) * gamma * inverse * (N * dout - db - x_hat * dg), dg, db
