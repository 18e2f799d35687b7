"""Group norm through layer norm: a group of an image is a sample."""

import numpy as np

from daseCV.layers import layernorm_backward, layernorm_forward


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    rows = x.reshape(x.shape[0] * G, -1)
    ones, zeros = np.ones(rows.shape[1]), np.zeros(rows.shape[1])
    normal, ln_cache = layernorm_forward(rows, ones, zeros, gn_param)
    normal = normal.reshape(x.shape)
    return gamma * normal + beta, (ln_cache, normal, gamma, rows.shape)


def spatial_groupnorm_backward(dout, cache):
    ln_cache, normal, gamma, shape = cache
    rows, _, _ = layernorm_backward((dout * gamma).reshape(shape), ln_cache)
    dgamma = np.sum(dout * normal, axis=(0, 2, 3), keepdims=True)
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    return rows.reshape(dout.shape), dgamma, dbeta
