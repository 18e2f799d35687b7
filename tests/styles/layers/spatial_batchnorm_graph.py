"""Spatial batch norm by a batch norm of features that is a graph of small steps."""

import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    N, D = x.shape
    old_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    old_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    if bn_param["mode"] == "test":
        out = gamma * ((x - old_mean) / np.sqrt(old_var + eps)) + beta
        return out, None
    total = np.sum(x, axis=0)  # step 1
    mean = total / N  # step 2
    distance = x - mean  # step 3
    square = distance**2  # step 4
    var = np.sum(square, axis=0) / N  # step 5
    root = np.sqrt(var + eps)  # step 6
    quotient = distance / root  # step 7
    out = gamma * quotient + beta  # step 8
    bn_param["running_mean"] = momentum * old_mean + (1.0 - momentum) * mean
    bn_param["running_var"] = momentum * old_var + (1.0 - momentum) * var
    return out, (distance, root, quotient, gamma)


def batchnorm_backward(dout, cache):
    distance, root, quotient, gamma = cache
    N, D = dout.shape
    # step 8
    d_beta = np.sum(dout, axis=0)
    d_gamma = np.sum(dout * quotient, axis=0)
    d_quotient = dout * gamma
    # step 7
    d_distance = d_quotient / root
    d_root = np.sum(d_quotient * -distance / root**2, axis=0)
    # step 6
    d_var = d_root * 0.5 / root
    # step 5
    d_square = np.tile(d_var / N, (N, 1))
    # step 4
    d_distance = d_distance + d_square * 2 * distance
    # step 3
    d_x = d_distance
    d_mean = -np.sum(d_distance, axis=0)
    # steps 2 and 1
    d_x = d_x + np.tile(d_mean / N, (N, 1))
    return d_x, d_gamma, d_beta


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    pixels = np.moveaxis(x, 1, -1).reshape(N * H * W, C)
    out, cache = batchnorm_forward(pixels, gamma, beta, bn_param)
    return np.moveaxis(out.reshape(N, H, W, C), -1, 1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    pixels = np.moveaxis(dout, 1, -1).reshape(N * H * W, C)
    dx, dgamma, dbeta = batchnorm_backward(pixels, cache)
    return np.moveaxis(dx.reshape(N, H, W, C), -1, 1), dgamma, dbeta
