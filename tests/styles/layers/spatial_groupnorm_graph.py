"""Group norm by a graph of small steps."""

import numpy as np


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    N, C, H, W = x.shape
    count = C // G * H * W
    groups = np.reshape(x, (N * G, count))
    total = np.sum(groups, axis=1, keepdims=True)  # step 1
    distance = groups - total / count  # step 2
    square = distance**2  # step 3
    var = np.sum(square, axis=1, keepdims=True) / count  # step 4
    root = (var + gn_param.get("eps", 1e-5)) ** 0.5  # step 5
    quotient = distance / root  # step 6
    scale = np.reshape(gamma, (1, C, 1, 1))
    out = np.reshape(quotient, x.shape) * scale + np.reshape(beta, (1, C, 1, 1))
    return out, (distance, root, quotient, scale)


def spatial_groupnorm_backward(dout, cache):
    distance, root, quotient, scale = cache
    count = distance.shape[1]
    d_beta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    d_gamma = np.sum(dout * np.reshape(quotient, dout.shape), axis=(0, 2, 3), keepdims=True)
    d_quotient = np.reshape(dout * scale, distance.shape)
    # step 6
    d_distance = d_quotient / root
    d_root = np.sum(-d_quotient * distance / root**2, axis=1, keepdims=True)
    # steps 5 to 3
    d_square = np.broadcast_to(0.5 * d_root / root / count, distance.shape)
    d_distance = d_distance + 2 * distance * d_square
    # steps 2 and 1
    d_total = -np.sum(d_distance, axis=1, keepdims=True) / count
    return np.reshape(d_distance + d_total, dout.shape), d_gamma, d_beta
