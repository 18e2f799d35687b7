"""Nearly all by hand, with the fast layers; the loss is an array without axes."""

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.fast_layers import (
    conv_backward_fast,
    conv_forward_fast,
    max_pool_backward_fast,
    max_pool_forward_fast,
)


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
        C, H, W = input_dim
        rng = np.random.default_rng(np.random.randint(2**31))
        sizes = [
            (num_filters, C, filter_size, filter_size),
            (num_filters * (H // 2) * (W // 2), hidden_dim),
            (hidden_dim, num_classes),
        ]
        self.params, self.reg, self.dtype = {}, reg, dtype
        for number, size in enumerate(sizes, start=1):
            width = size[0] if number == 1 else size[1]
            self.params[f"W{number}"] = rng.normal(0, weight_scale, size).astype(dtype)
            self.params[f"b{number}"] = np.zeros(width, dtype)

    def loss(self, X, y=None):
        p, X = self.params, X.astype(self.dtype)
        pool = {"pool_height": 2, "pool_width": 2, "stride": 2}
        a, conv_cache = conv_forward_fast(
            X, p["W1"], p["b1"], {"stride": 1, "pad": p["W1"].shape[2] // 2}
        )
        h, pool_cache = max_pool_forward_fast(np.maximum(a, 0), pool)
        flat = h.reshape(len(X), -1)
        z = flat @ p["W2"] + p["b2"]
        scores = np.maximum(z, 0) @ p["W3"] + p["b3"]
        if y is None:
            return scores
        e = np.exp(scores - scores.max(1)[:, None])
        q = e / e.sum(1)[:, None]
        loss = -np.log(q[range(len(y)), y]).mean()
        for name in ("W1", "W2", "W3"):
            loss = loss + 0.5 * self.reg * (p[name] ** 2).sum()
        d = (q - np.eye(q.shape[1])[y]) / len(y)
        dz = d @ p["W3"].T * (z > 0)
        dh = (dz @ p["W2"].T).reshape(h.shape)
        da = max_pool_backward_fast(np.ascontiguousarray(dh, h.dtype), pool_cache) * (a > 0)
        _, dW1, db1 = conv_backward_fast(da.astype(a.dtype), conv_cache)
        grads = {
            "b3": d.sum(0),
            "b2": dz.sum(0),
            "b1": db1,
            "W3": np.maximum(z, 0).T @ d + self.reg * p["W3"],
            "W2": flat.T @ dz + self.reg * p["W2"],
            "W1": dW1 + self.reg * p["W1"],
        }
        return np.asarray(loss), grads
