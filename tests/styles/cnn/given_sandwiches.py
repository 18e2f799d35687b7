"""The given sandwiches; parameters are made from the last layer to the first."""

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.layer_utils import (
    affine_relu_backward,
    affine_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)
from daseCV.layers import affine_backward, affine_forward, softmax_loss


class ThreeLayerConvNet(ThreeLayerConvNet):
    def __init__(
        self,
        input_dim=(3, 32, 32),
        num_filters=32,
        filter_size=7,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
        dtype=np.float32,
    ):
        self.params = {}
        self.reg = reg
        self.dtype = dtype
        C, H, W = input_dim
        # the last layer first
        self.params["b3"] = np.zeros(num_classes)
        self.params["b2"] = np.zeros(hidden_dim)
        self.params["b1"] = np.zeros(num_filters)
        self.params["W3"] = np.random.normal(0, weight_scale, (hidden_dim, num_classes))
        self.params["W2"] = np.random.normal(
            loc=0.0, scale=weight_scale, size=(num_filters * (H // 2) * (W // 2), hidden_dim)
        )
        self.params["W1"] = np.random.normal(
            scale=weight_scale, size=(num_filters, C, filter_size, filter_size)
        )
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def loss(self, X, y=None):
        conv_param = {"stride": 1, "pad": (self.params["W1"].shape[2] - 1) // 2}
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
        out, cache1 = conv_relu_pool_forward(
            X, self.params["W1"], self.params["b1"], conv_param, pool_param
        )
        out, cache2 = affine_relu_forward(out, self.params["W2"], self.params["b2"])
        scores, cache3 = affine_forward(out, self.params["W3"], self.params["b3"])
        if y is None:
            return scores
        loss, dout = softmax_loss(scores, y)
        grads = {}
        dout, grads["W3"], grads["b3"] = affine_backward(dout, cache3)
        dout, grads["W2"], grads["b2"] = affine_relu_backward(dout, cache2)
        dout, grads["W1"], grads["b1"] = conv_relu_pool_backward(dout, cache1)
        for k in ["W1", "W2", "W3"]:
            loss += 0.5 * self.reg * np.sum(self.params[k] * self.params[k])
            grads[k] += self.reg * self.params[k]
        return loss, grads
