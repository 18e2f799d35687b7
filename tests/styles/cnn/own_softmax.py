"""A softmax and helpers of its own; the loss is a float of Python's."""

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.layer_utils import (
    affine_relu_backward,
    affine_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)
from daseCV.layers import affine_backward, affine_forward


def loss(self, X, y=None):
    conv_param = {"stride": 1, "pad": int((self.params["W1"].shape[2] - 1) / 2)}
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

    def forward(X):
        h1, c1 = conv_relu_pool_forward(
            X, *self.layer(1), conv_param=conv_param, pool_param=pool_param
        )
        h2, c2 = affine_relu_forward(h1.reshape(h1.shape[0], -1), *self.layer(2))
        return (*affine_forward(h2, *self.layer(3)), h1.shape, c1, c2)

    scores, c3, shape, c1, c2 = forward(X)
    if y is None:
        return scores
    shifted = scores - scores.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    n = X.shape[0]
    loss = -log_p[np.arange(n), y].sum() / n
    loss += 0.5 * self.reg * sum((self.params[k] ** 2).sum() for k in ("W1", "W2", "W3"))
    dscores = np.exp(log_p)
    dscores[np.arange(n), y] -= 1
    dh2, dW3, db3 = affine_backward(dscores / n, c3)
    dh1, dW2, db2 = affine_relu_backward(dh2, c2)
    dX, dW1, db1 = conv_relu_pool_backward(dh1.reshape(shape), c1)
    grads = dict(W1=dW1, b1=db1, W2=dW2, b2=db2, W3=dW3, b3=db3)
    for k in grads:
        if "W" in k:
            grads[k] = grads[k] + self.reg * self.params[k]
    return loss.item(), grads


def layer(self, number):
    return self.params[f"W{number}"], self.params[f"b{number}"]


ThreeLayerConvNet.loss, ThreeLayerConvNet.layer = loss, layer
