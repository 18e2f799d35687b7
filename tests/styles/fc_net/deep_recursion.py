"""A deep network by recursion, with batch norm's simplified gradients."""

import numpy as np

from daseCV.classifiers.fc_net import FullyConnectedNet
from daseCV.layers import (
    affine_backward,
    affine_forward,
    batchnorm_backward_alt,
    batchnorm_forward,
    dropout_backward,
    dropout_forward,
    layernorm_backward,
    layernorm_forward,
    softmax_loss,
)


def level(self, n, x, finish, grads):
    W, b = self.params["W%d" % n], self.params["b%d" % n]
    out, affine = affine_forward(x, W, b)
    if n == self.num_layers:
        dout = finish(out)
    else:
        dout = hidden(self, n, out, finish, grads)
    if dout is None:
        return None
    dx, dW, grads["b%d" % n] = affine_backward(dout, affine)
    grads["W%d" % n] = np.add(dW, self.reg * W)
    return dx


def hidden(self, n, out, finish, grads):
    scale = ["gamma%d" % n, "beta%d" % n]
    if self.normalization:
        layer = batchnorm_forward if self.normalization == "batchnorm" else layernorm_forward
        out, norm = layer(out, *(self.params[s] for s in scale), self.bn_params[n - 1])
    positive = out > 0
    out = out * positive
    if self.use_dropout:
        out, dropped = dropout_forward(out, self.dropout_param)
    dout = level(self, n + 1, out, finish, grads)
    if dout is None:
        return None
    if self.use_dropout:
        dout = dropout_backward(dout, dropped)
    dout = dout * positive
    if self.normalization == "batchnorm":
        dout, *both = batchnorm_backward_alt(dout, norm)
    elif self.normalization:
        dout, *both = layernorm_backward(dout, norm)
    grads.update(zip(scale, both) if self.normalization else ())
    return dout


def loss(self, X, y=None):
    for param in self.bn_params + ([self.dropout_param] if self.use_dropout else []):
        param["mode"] = "train" if y is not None else "test"
    kept, grads = {}, {}

    def finish(scores):
        kept["scores"] = scores
        if y is not None:
            kept["loss"], dscores = softmax_loss(scores, y)
            return dscores

    level(self, 1, X.astype(self.dtype), finish, grads)
    if y is None:
        return kept["scores"]
    for n in range(self.num_layers):
        kept["loss"] += 0.5 * self.reg * np.linalg.norm(self.params[f"W{n + 1}"]) ** 2
    return float(kept["loss"]), grads


FullyConnectedNet.loss = loss
