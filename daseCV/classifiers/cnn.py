"""A convolutional network of three layers."""

from typing import Any

import numpy as np

from .. import shapes
from ..layer_utils import (
    affine_relu_backward,
    affine_relu_forward,
    conv_relu_pool_backward,
    conv_relu_pool_forward,
)
from ..layers import affine_backward, affine_forward, softmax_loss

Array = np.ndarray


class ThreeLayerConvNet:
    """conv - ReLU - 2x2 max pool - affine - ReLU - affine - softmax.

    The convolution has stride 1 and keeps height and width (odd filter sizes); the pooling has
    stride 2. The parameters are in the dict `params`:

    - `W1` (F, C, filter_size, filter_size) and `b1` (F,) of the convolution,
    - `W2` (F * (H // 2) * (W // 2), hidden_dim) and `b2` (hidden_dim,) of the hidden affine layer,
    - `W3` (hidden_dim, num_classes) and `b3` (num_classes,) of the last one.

    三层的卷积网络：卷积不改变高和宽，池化把它们减半；参数都在字典 `params` 里，形状如上。

    Parameters
    ----------
    input_dim : tuple of int
        (C, H, W) of one image.
    num_filters : int
        F.
    filter_size : int
        Height and width of each filter; odd.
    hidden_dim : int
        Width of the hidden affine layer.
    num_classes : int
        Number of scores.
    weight_scale : float
        Standard deviation of the normally distributed initial weights; biases start at 0.
    reg : float
        Strength of the L2 regularisation of the weights (not of the biases): the loss has the term
        `0.5 * reg * sum(W ** 2)` for each weight array.
    dtype : numpy dtype
        Of all parameters and computations.
    """

    def __init__(
        self,
        input_dim: tuple[int, int, int] = (3, 32, 32),
        num_filters: int = 32,
        filter_size: int = 7,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
        dtype: Any = np.float32,
    ) -> None:
        self.params: dict[str, Array] = {}
        self.reg = reg
        self.dtype = dtype

        ### BEGIN SOLUTION
        C, H, W = input_dim
        pooled = num_filters * (H // 2) * (W // 2)
        shapes = {
            "W1": (num_filters, C, filter_size, filter_size),
            "W2": (pooled, hidden_dim),
            "W3": (hidden_dim, num_classes),
        }
        for name, shape in shapes.items():
            self.params[name] = weight_scale * np.random.randn(*shape)
        self.params["b1"] = np.zeros(num_filters)
        self.params["b2"] = np.zeros(hidden_dim)
        self.params["b3"] = np.zeros(num_classes)
        ### END SOLUTION

        for name, value in self.params.items():
            self.params[name] = value.astype(dtype)

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Scores, or loss and gradients.

        Parameters
        ----------
        X : ndarray, shape (N, C, H, W)
            Images.
        y : ndarray of int, shape (N,), optional
            Correct classes.

        Returns
        -------
        scores : ndarray, shape (N, num_classes)
            If `y` is None.
        loss, grads : float, dict
            Otherwise: softmax loss plus regularisation, and its gradient for each entry of
            `params`, by the same name.
        """
        shapes.check_samples("ThreeLayerConvNet.loss", X, y, "(N, C, H, W)")
        X = X.astype(self.dtype, copy=False)
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        W3, b3 = self.params["W3"], self.params["b3"]
        conv_param = {"stride": 1, "pad": (W1.shape[2] - 1) // 2}
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

        ### BEGIN SOLUTION
        features, features_cache = conv_relu_pool_forward(X, W1, b1, conv_param, pool_param)
        hidden, hidden_cache = affine_relu_forward(features, W2, b2)
        scores, scores_cache = affine_forward(hidden, W3, b3)
        if y is None:
            return scores

        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * float(np.vdot(W1, W1) + np.vdot(W2, W2) + np.vdot(W3, W3))
        grads = {}
        dhidden, grads["W3"], grads["b3"] = affine_backward(dscores, scores_cache)
        dfeatures, grads["W2"], grads["b2"] = affine_relu_backward(dhidden, hidden_cache)
        _, grads["W1"], grads["b1"] = conv_relu_pool_backward(
            dfeatures, features_cache, need_dx=False
        )
        grads["W1"] += self.reg * W1
        grads["W2"] += self.reg * W2
        grads["W3"] += self.reg * W3
        ### END SOLUTION
        return loss, grads
