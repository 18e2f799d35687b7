"""Fully connected networks of two layers and of any depth."""

from typing import Any

import numpy as np

from .. import shapes
from ..layer_utils import affine_relu_backward, affine_relu_forward
from ..layers import (
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

Array = np.ndarray


class TwoLayerNet:
    """affine - ReLU - affine - softmax.

    The parameters are in the dict `params`: `W1` (D, H) and `b1` (H,) of the first layer, `W2`
    (H, C) and `b2` (C,) of the second.
    两层的全连接网络：参数都在字典 `params` 里。

    Parameters
    ----------
    input_dim : int
        D, numbers in one sample.
    hidden_dim : int
        H, width of the hidden layer.
    num_classes : int
        C.
    weight_scale : float
        Standard deviation of the normally distributed initial weights; biases start at 0.
    reg : float
        Strength of the L2 regularisation of the weights (not of the biases): the loss has the term
        `0.5 * reg * sum(W ** 2)` for each weight matrix.
    """

    def __init__(
        self,
        input_dim: int = 3 * 32 * 32,
        hidden_dim: int = 100,
        num_classes: int = 10,
        weight_scale: float = 1e-3,
        reg: float = 0.0,
    ) -> None:
        self.params: dict[str, Array] = {}
        self.reg = reg
        ### BEGIN SOLUTION
        self.params["W1"] = weight_scale * np.random.randn(input_dim, hidden_dim)
        self.params["b1"] = np.zeros(hidden_dim)
        self.params["W2"] = weight_scale * np.random.randn(hidden_dim, num_classes)
        self.params["b2"] = np.zeros(num_classes)
        ### END SOLUTION

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Scores, or loss and gradients.

        Parameters
        ----------
        X : ndarray, shape (N, d_1, ..., d_k)
            Samples.
        y : ndarray of int, shape (N,), optional
            Correct classes.

        Returns
        -------
        scores : ndarray, shape (N, C)
            If `y` is None.
        loss, grads : float, dict
            Otherwise: softmax loss plus regularisation, and its gradient for each entry of
            `params`, by the same name.
        """
        shapes.check_samples("TwoLayerNet.loss", X, y)
        ### BEGIN SOLUTION
        W1, b1 = self.params["W1"], self.params["b1"]
        W2, b2 = self.params["W2"], self.params["b2"]
        hidden, hidden_cache = affine_relu_forward(X, W1, b1)
        scores, scores_cache = affine_forward(hidden, W2, b2)
        if y is None:
            return scores

        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * float(np.vdot(W1, W1) + np.vdot(W2, W2))
        grads = {}
        dhidden, grads["W2"], grads["b2"] = affine_backward(dscores, scores_cache)
        _, grads["W1"], grads["b1"] = affine_relu_backward(dhidden, hidden_cache)
        grads["W1"] += self.reg * W1
        grads["W2"] += self.reg * W2
        ### END SOLUTION
        return loss, grads


class FullyConnectedNet:
    """{affine - [batch or layer norm] - ReLU - [dropout]} x (L - 1) - affine - softmax.

    The parameters are in the dict `params`: `W1`, `b1`, ..., `WL`, `bL`, and with normalisation
    `gamma1`, `beta1`, ..., `gamma(L-1)`, `beta(L-1)`.
    任意深的全连接网络：参数都在字典 `params` 里；最后一层后面没有 ReLU、归一化和 dropout。

    Parameters
    ----------
    hidden_dims : list of int
        Width of each of the L - 1 hidden layers.
    input_dim, num_classes : int
        Numbers in one sample; classes.
    dropout : float
        Probability of KEEPING an entry, in (0, 1]; 1 means no dropout.
    normalization : {'batchnorm', 'layernorm', None}
        Between each hidden affine layer and its ReLU.
    reg : float
        As in `TwoLayerNet`; scales and shifts are not regularised.
    weight_scale : float
        Standard deviation of the normally distributed initial weights. Biases and shifts start at
        0, scales at 1.
    dtype : numpy dtype
        Of all parameters and computations.
    seed : int, optional
        Passed to the dropout layers, so that a gradient check sees the same masks.
    """

    def __init__(
        self,
        hidden_dims: list[int],
        input_dim: int = 3 * 32 * 32,
        num_classes: int = 10,
        dropout: float = 1,
        normalization: str | None = None,
        reg: float = 0.0,
        weight_scale: float = 1e-2,
        dtype: Any = np.float32,
        seed: int | None = None,
    ) -> None:
        if normalization not in (None, "batchnorm", "layernorm"):
            raise ValueError(
                f"FullyConnectedNet: normalization is {normalization!r}, "
                "expected 'batchnorm', 'layernorm' or None"
            )
        if not 0 < dropout <= 1:
            raise ValueError(
                f"FullyConnectedNet: dropout is {dropout!r}, expected the probability of keeping "
                "an entry, above 0 and at most 1"
            )
        self.normalization = normalization
        self.use_dropout = dropout != 1
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        self.params: dict[str, Array] = {}

        ### BEGIN SOLUTION
        dims = [input_dim, *hidden_dims, num_classes]
        for layer in range(1, self.num_layers + 1):
            fan_in, fan_out = dims[layer - 1], dims[layer]
            self.params[f"W{layer}"] = weight_scale * np.random.randn(fan_in, fan_out)
            self.params[f"b{layer}"] = np.zeros(fan_out)
            if normalization and layer < self.num_layers:
                ### BEGIN PART normalization
                self.params[f"gamma{layer}"] = np.ones(fan_out)
                self.params[f"beta{layer}"] = np.zeros(fan_out)
                ### END PART
        ### END SOLUTION

        self.dropout_param: dict[str, Any] = {}
        if self.use_dropout:
            self.dropout_param = {"mode": "train", "p": dropout}
            if seed is not None:
                self.dropout_param["seed"] = seed
        # One dict a layer: batch norm keeps its running averages there.
        self.bn_params: list[dict[str, Any]] = []
        if normalization == "batchnorm":
            self.bn_params = [{"mode": "train"} for _ in hidden_dims]
        if normalization == "layernorm":
            self.bn_params = [{} for _ in hidden_dims]
        for name, value in self.params.items():
            self.params[name] = value.astype(dtype)

    def loss(self, X: Array, y: Array | None = None) -> Any:
        """Scores (in test mode), or loss and gradients (in training mode).

        Parameters
        ----------
        X : ndarray, shape (N, d_1, ..., d_k)
        y : ndarray of int, shape (N,), optional

        Returns
        -------
        scores : ndarray, shape (N, C)
            If `y` is None.
        loss, grads : float, dict
            Otherwise: as in `TwoLayerNet.loss`.
        """
        shapes.check_samples("FullyConnectedNet.loss", X, y)
        X = X.astype(self.dtype, copy=False)
        mode = "test" if y is None else "train"
        if self.use_dropout:
            self.dropout_param["mode"] = mode
        if self.normalization == "batchnorm":
            for bn_param in self.bn_params:
                bn_param["mode"] = mode

        ### BEGIN SOLUTION
        normalise = {"batchnorm": batchnorm_forward, "layernorm": layernorm_forward}
        denormalise = {"batchnorm": batchnorm_backward, "layernorm": layernorm_backward}
        last = self.num_layers
        p = self.params

        out = X
        caches = []
        for layer in range(1, last):
            norm_cache = dropout_cache = None
            out, affine_cache = affine_forward(out, p[f"W{layer}"], p[f"b{layer}"])
            if self.normalization:
                ### BEGIN PART normalization
                out, norm_cache = normalise[self.normalization](
                    out, p[f"gamma{layer}"], p[f"beta{layer}"], self.bn_params[layer - 1]
                )
                ### END PART
            out, relu_cache = relu_forward(out)
            if self.use_dropout:
                ### BEGIN PART dropout
                out, dropout_cache = dropout_forward(out, self.dropout_param)
                ### END PART
            caches.append((affine_cache, norm_cache, relu_cache, dropout_cache))
        scores, scores_cache = affine_forward(out, p[f"W{last}"], p[f"b{last}"])
        if y is None:
            return scores

        loss, dscores = softmax_loss(scores, y)
        grads = {}
        dout, grads[f"W{last}"], grads[f"b{last}"] = affine_backward(dscores, scores_cache)
        for layer in range(last - 1, 0, -1):
            affine_cache, norm_cache, relu_cache, dropout_cache = caches[layer - 1]
            if self.use_dropout:
                ### BEGIN PART dropout
                dout = dropout_backward(dout, dropout_cache)
                ### END PART
            dout = relu_backward(dout, relu_cache)
            if self.normalization:
                ### BEGIN PART normalization
                dout, grads[f"gamma{layer}"], grads[f"beta{layer}"] = denormalise[
                    self.normalization
                ](dout, norm_cache)
                ### END PART
            dout, grads[f"W{layer}"], grads[f"b{layer}"] = affine_backward(dout, affine_cache)
        for layer in range(1, last + 1):
            W = p[f"W{layer}"]
            loss += 0.5 * self.reg * float(np.vdot(W, W))
            grads[f"W{layer}"] += self.reg * W
        ### END SOLUTION
        return loss, grads
