"""Spatial batch norm by numbers of Python's, with `math` and `statistics`."""

import math
from statistics import fmean

import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    means = list(bn_param.get("running_mean", [0.0] * C))
    variances = list(bn_param.get("running_var", [0.0] * C))
    out, normal, deviations = np.zeros(x.shape), np.zeros(x.shape), []
    for c in range(C):
        values = x[:, c].ravel().tolist()
        if bn_param["mode"] == "train":
            mean = fmean(values)
            variance = fmean((value - mean) ** 2 for value in values)
            means[c] = m * means[c] + (1 - m) * mean
            variances[c] = m * variances[c] + (1 - m) * variance
        else:
            mean, variance = means[c], variances[c]
        deviations.append(math.sqrt(variance + eps))
        normal[:, c] = (x[:, c] - mean) / deviations[-1]
        out[:, c] = gamma[c] * normal[:, c] + beta[c]
    bn_param["running_mean"], bn_param["running_var"] = np.array(means), np.array(variances)
    return out, (normal, deviations, gamma)


def spatial_batchnorm_backward(dout, cache):
    normal, deviations, gamma = cache
    dx, dgamma, dbeta = np.zeros(dout.shape), [], []
    for c, deviation in enumerate(deviations):
        d, z = dout[:, c], normal[:, c]
        dgamma.append(float((d * z).sum()))
        dbeta.append(float(d.sum()))
        dx[:, c] = gamma[c] / deviation * (d - dbeta[c] / d.size - z * dgamma[c] / d.size)
    return dx, np.array(dgamma), np.array(dbeta)
