"""The student's own naive layers."""

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.layers import (
    affine_backward,
    affine_forward,
    conv_backward_naive,
    conv_forward_naive,
    max_pool_backward_naive,
    max_pool_forward_naive,
    relu_backward,
    relu_forward,
    softmax_loss,
)


def loss(self, X, y=None):
    p = self.params
    pad = p["W1"].shape[-1] // 2
    a1, c1 = conv_forward_naive(X.astype(self.dtype), p["W1"], p["b1"], dict(stride=1, pad=pad))
    a2, c2 = relu_forward(a1)
    a3, c3 = max_pool_forward_naive(a2, dict(pool_height=2, pool_width=2, stride=2))
    a4, c4 = affine_forward(a3, p["W2"], p["b2"])
    a5, c5 = relu_forward(a4)
    scores, c6 = affine_forward(a5, p["W3"], p["b3"])
    if y is None:
        return scores
    data_loss, d = softmax_loss(scores, y)
    g = {}
    d, g["W3"], g["b3"] = affine_backward(d, c6)
    d = relu_backward(d, c5)
    d, g["W2"], g["b2"] = affine_backward(d, c4)
    d = max_pool_backward_naive(d, c3)
    d = relu_backward(d, c2)
    _, g["W1"], g["b1"] = conv_backward_naive(d, c1)
    weights = [name for name in p if name.startswith("W")]
    g = {name: g[name] + self.reg * p[name] if name in weights else g[name] for name in p}
    reg_loss = 0.5 * self.reg * sum(np.linalg.norm(p[name].ravel()) ** 2 for name in weights)
    return np.array(data_loss + reg_loss), g


ThreeLayerConvNet.loss = loss
