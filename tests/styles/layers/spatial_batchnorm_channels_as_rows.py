"""Spatial batch norm with channels as rows; the cache is an object with slots."""

import numpy as np


# every channel is a row here, so that nothing needs a keepdims but this
def to_rows(x):
    return x.swapaxes(0, 1).reshape(x.shape[1], -1)


def from_rows(rows, shape):
    N, C, H, W = shape
    return rows.reshape(C, N, H, W).swapaxes(0, 1)


class Normalised:
    __slots__ = ("gamma", "scale", "z")

    def __init__(self, z, scale, gamma):
        self.z, self.scale, self.gamma = z, scale, gamma


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    rows, eps = to_rows(x), bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    mean_before = bn_param.get("running_mean", np.zeros(len(rows)))
    var_before = bn_param.get("running_var", np.zeros(len(rows)))
    if bn_param["mode"] == "train":
        mean = rows.mean(1)
        var = (rows * rows).mean(1) - mean**2
        shares = [momentum, 1 - momentum]
        bn_param.update(
            running_mean=np.average([mean_before, mean], 0, shares),
            running_var=np.average([var_before, var], 0, shares),
        )
    else:
        mean, var = mean_before, var_before
    scale = 1 / np.sqrt(var + eps)
    z = np.einsum("cm,c->cm", rows - mean[:, None], scale)
    return from_rows(z * gamma[:, None] + beta[:, None], x.shape), Normalised(z, scale, gamma)


def spatial_batchnorm_backward(dout, cache):
    d = to_rows(dout)
    dgamma, dbeta = np.einsum("cm,cm->c", d, cache.z), d.sum(1)
    dz = d * cache.gamma[:, None]
    part = np.einsum("cm,cm,cp->cp", dz, cache.z, cache.z) / d.shape[1]
    dx = (dz - dz.mean(1, keepdims=True) - part) * cache.scale[:, None]
    return from_rows(dx, dout.shape), dgamma, dbeta
