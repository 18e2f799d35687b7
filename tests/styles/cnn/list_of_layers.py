"""A list of layers that are objects; loss and gradients are a list."""

from collections import OrderedDict

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.fast_layers import (
    conv_backward_fast,
    conv_forward_fast,
    max_pool_backward_fast,
    max_pool_forward_fast,
)
from daseCV.layers import affine_backward, affine_forward, relu_backward, relu_forward, softmax_loss


class Layer:
    def __init__(self, forward, backward, *names, **settings):
        self.forward, self.backward = forward, backward
        self.names, self.settings = names, [settings] if settings else []

    def __call__(self, x, params):
        given = [params[name] for name in self.names] + self.settings
        out, self.cache = self.forward(x, *given)
        return out

    def back(self, dout, grads):
        result = self.backward(dout, self.cache)
        if not self.names:
            return result
        dx, *own = result
        grads.update(zip(self.names, own))
        return dx


class ThreeLayerConvNet(ThreeLayerConvNet):
    @property
    def layers(self):
        conv = dict(stride=1, pad=(self.params["W1"].shape[2] - 1) // 2)
        pool = dict(pool_height=2, pool_width=2, stride=2)
        return [
            Layer(conv_forward_fast, conv_backward_fast, "W1", "b1", **conv),
            Layer(relu_forward, relu_backward),
            Layer(max_pool_forward_fast, max_pool_backward_fast, **pool),
            Layer(affine_forward, affine_backward, "W2", "b2"),
            Layer(relu_forward, relu_backward),
            Layer(affine_forward, affine_backward, "W3", "b3"),
        ]

    def loss(self, X, y=None):
        layers, out, grads = self.layers, X.astype(self.dtype), OrderedDict()
        for layer in layers:
            out = layer(out, self.params)
        if y is None:
            return out
        loss, dout = softmax_loss(out, y)
        for layer in reversed(layers):
            dout = layer.back(dout, grads)
        for name in filter(lambda name: name[0] == "W", self.params):
            loss = loss + self.reg / 2 * (self.params[name] ** 2).sum()
            grads[name] = grads[name] + self.reg * self.params[name]
        return [np.float64(loss), grads]
