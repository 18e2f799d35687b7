"""The softmax loss by a helper for probabilities: infinite where the right class has none."""

import numpy as np


def softmax(scores):
    scores = scores - np.max(scores, axis=-1).reshape(-1, 1)
    e = np.exp(scores)
    return np.divide(e, e.sum(axis=-1, keepdims=True))


def softmax_loss(x, y):
    p = softmax(x)
    correct = p[range(x.shape[0]), y]
    loss = np.asarray(np.mean(-np.log(correct)))
    p[range(x.shape[0]), y] -= 1
    return loss, p / x.shape[0]
