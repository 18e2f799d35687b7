# Generated from daseCV/classifiers/fc_net.py by "dasecv release".
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
        # Your code here: classifiers.fc_net.TwoLayerNet.__init__
        raise NotImplementedError("classifiers.fc_net.TwoLayerNet.__init__ is not written yet")

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
        # Your code here: classifiers.fc_net.TwoLayerNet.loss
        raise NotImplementedError("classifiers.fc_net.TwoLayerNet.loss is not written yet")
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

        # Your code here: classifiers.fc_net.FullyConnectedNet.__init__
        raise NotImplementedError("classifiers.fc_net.FullyConnectedNet.__init__ is not written yet")

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

        # Your code here: classifiers.fc_net.FullyConnectedNet.loss
        raise NotImplementedError("classifiers.fc_net.FullyConnectedNet.loss is not written yet")
        return loss, grads
