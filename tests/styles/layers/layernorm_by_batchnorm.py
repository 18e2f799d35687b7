"""Layer norm by the reference's batch norm of the transposed input."""

import numpy as np

from daseCV.layers import batchnorm_backward, batchnorm_forward


def layernorm_forward(x, gamma, beta, ln_param):
    ones, zeros = np.ones(len(x)), np.zeros(len(x))
    out, cache = batchnorm_forward(x.T, ones, zeros, {"mode": "train", **ln_param})
    return gamma * out.T + beta, (cache, out.T, gamma)


def layernorm_backward(dout, cache):
    inner, x_hat, gamma = cache
    dx, _, _ = batchnorm_backward((dout * gamma).T, inner)
    return dx.T, (dout * x_hat).sum(0), dout.sum(0)
