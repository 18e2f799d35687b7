"""Group norm through batch norm: a group of an image is a feature, its numbers the samples."""

import numpy as np

from daseCV.layers import batchnorm_backward, batchnorm_forward


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    columns = x.reshape(N * G, C // G * H * W).T
    param = {**gn_param, "mode": "train"}
    normal, cache = batchnorm_forward(columns, np.ones(N * G), np.zeros(N * G), param)
    normal = normal.T.reshape(N, C, H, W)
    out = normal * gamma.ravel()[:, None, None] + beta.ravel()[:, None, None]
    return out, [normal, gamma, cache, N * G]


def spatial_groupnorm_backward(dout, cache):
    normal, gamma, bn_cache, features = cache
    dnormal = dout * gamma.ravel()[:, None, None]
    dx = batchnorm_backward(dnormal.reshape(features, -1).T, bn_cache)[0]
    dgamma = np.einsum("nchw,nchw->c", dout, normal)
    dbeta = np.einsum("nchw->c", dout)
    return dx.T.reshape(dout.shape), dgamma.reshape(gamma.shape), dbeta.reshape(gamma.shape)
