"""Group norm of an image split into its groups; closures go backward."""

import numpy as np


def normalise(group: np.ndarray, eps: float = 1e-5):
    mean = group.mean(axis=(1, 2, 3), keepdims=True)
    std = np.sqrt(group.var(axis=(1, 2, 3), keepdims=True) + eps)
    normal = (group - mean) / std

    def backward(d):
        average = lambda values: values.mean(axis=(1, 2, 3), keepdims=True)
        return (d - average(d) - normal * average(d * normal)) / std

    return normal, backward


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    parts, backwards = zip(*(normalise(group, **gn_param) for group in np.split(x, G, axis=1)))
    normal = np.concatenate(parts, axis=1)
    return np.add(np.multiply(normal, gamma), beta), (normal, gamma, backwards)


def spatial_groupnorm_backward(dout, cache):
    normal, gamma, backwards = cache
    dparts = np.split(dout * gamma, len(backwards), axis=1)
    dx = np.concatenate([back(d) for back, d in zip(backwards, dparts)], axis=1)
    dgamma = np.apply_over_axes(np.sum, dout * normal, [0, 2, 3])
    dbeta = np.apply_over_axes(np.sum, dout, [0, 2, 3])
    for grad in (dx, dgamma, dbeta):
        grad.flags.writeable = False
    return dx, dgamma, dbeta
