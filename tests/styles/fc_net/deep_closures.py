"""A deep network whose backward pass is a list of closures."""

import numpy as np

from daseCV.classifiers.fc_net import FullyConnectedNet
from daseCV.layers import (
    affine_backward,
    affine_forward,
    batchnorm_backward,
    batchnorm_forward,
    dropout_backward,
    dropout_forward,
    layernorm_backward,
    layernorm_forward,
    relu_backward,
    relu_forward,
    softmax_loss,
)


def loss(self, X, y=None):
    mode = "test" if y is None else "train"
    for param in (self.dropout_param, *self.bn_params):
        param["mode"] = mode
    steps, out, p = [], X.astype(self.dtype), self.params

    def through(forward, backward, names, *more):
        nonlocal out
        out, cache = forward(out, *(p[name] for name in names), *more)
        steps.append((lambda dout: backward(dout, cache), names))

    for n in range(1, self.num_layers + 1):
        through(affine_forward, affine_backward, (f"W{n}", f"b{n}"))
        if n == self.num_layers:
            break
        scale = f"gamma{n}", f"beta{n}"
        if self.normalization == "batchnorm":
            through(batchnorm_forward, batchnorm_backward, scale, self.bn_params[n - 1])
        elif self.normalization == "layernorm":
            through(layernorm_forward, layernorm_backward, scale, self.bn_params[n - 1])
        through(relu_forward, relu_backward, ())
        if self.use_dropout:
            through(dropout_forward, dropout_backward, (), self.dropout_param)
    if mode == "test":
        return out
    total, dout = softmax_loss(out, y)
    grads = {}
    for back, names in reversed(steps):
        result = back(dout)
        dout, *rest = result if isinstance(result, tuple) else (result,)
        grads.update(zip(names, rest))
    for name in list(grads):
        if name.startswith("W"):
            grads[name] = grads[name] + self.reg * p[name]
            total = total + 0.5 * self.reg * np.sum(p[name] * p[name])
    return total, grads


FullyConnectedNet.loss = loss
