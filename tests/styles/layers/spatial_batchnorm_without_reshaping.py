"""Spatial batch norm on images as they are, without reshaping them."""

import numpy as np

AXES = (0, 2, 3)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    bn_param.setdefault("running_mean", np.zeros(x.shape[1]))
    bn_param.setdefault("running_var", np.zeros(x.shape[1]))
    if bn_param["mode"] == "test":
        mean, var = bn_param["running_mean"], bn_param["running_var"]
    else:
        mean = np.einsum("nchw->c", x) / (x.size / x.shape[1])
        var = ((x - mean[:, None, None]) ** 2).mean(AXES)
        bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mean
        bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * var
    normal = (x - mean[:, None, None]) * (var[:, None, None] + eps) ** -0.5
    out = gamma[:, None, None] * normal + beta[:, None, None]
    return out, {"normal": normal, "scale": gamma * (var + eps) ** -0.5}


def spatial_batchnorm_backward(dout, cache):
    normal = cache["normal"]
    dgamma, dbeta = (dout * normal).sum(AXES), dout.sum(AXES)
    means = [g[:, None, None] * len(dgamma) / dout.size for g in (dbeta, dgamma)]
    dx = cache["scale"][:, None, None] * (dout - means[0] - normal * means[1])
    return [dx, dgamma, dbeta]
