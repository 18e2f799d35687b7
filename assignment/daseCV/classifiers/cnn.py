# Generated from daseCV/classifiers/cnn.py by "dasecv release".
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

        # Your code here: classifiers.cnn.ThreeLayerConvNet.__init__
        raise NotImplementedError("classifiers.cnn.ThreeLayerConvNet.__init__ is not written yet")

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

        # Your code here: classifiers.cnn.ThreeLayerConvNet.loss
        raise NotImplementedError("classifiers.cnn.ThreeLayerConvNet.loss is not written yet")
        return loss, grads
