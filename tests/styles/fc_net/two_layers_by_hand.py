"""Two layers by hand; the loss is an array without axes."""

import numpy as np

from daseCV.classifiers.fc_net import TwoLayerNet


def loss(self, X, y=None):
    W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
    flat = X.reshape(X.shape[0], -1)
    before = flat.dot(W1) + b1
    hidden = before * (before > 0)
    scores = hidden.dot(W2) + b2
    if y is None:
        return scores
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    loss += 0.5 * self.reg * ((W1**2).sum() + (W2**2).sum())
    p[np.arange(len(y)), y] -= 1
    p /= len(y)
    back = p.dot(W2.T) * (before > 0)
    grads = {"W1": flat.T.dot(back) + self.reg * W1, "b1": back.sum(axis=0)}
    grads.update(W2=hidden.T.dot(p) + self.reg * W2, b2=p.sum(axis=0))
    return np.asarray(loss), grads


TwoLayerNet.loss = loss
