"""ThreeLayerConvNet: right is right, however it is written.

Each of these stands at the end of cnn.py, takes the reference's place and gets its full share.
"""

from collections.abc import Callable

import pytest

CHECKS = ("cnn_loss", "cnn_gradients")
TRAINING = ("cnn_overfit",)

NETWORK_BY_HAND = """
    from .. import layers
    from ..fast_layers import (conv_backward_fast, conv_forward_fast, max_pool_backward_fast,
                               max_pool_forward_fast)

    class ThreeLayerConvNet(ThreeLayerConvNet):
        def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100,
                     num_classes=10, weight_scale=1e-3, reg=0.0, dtype=np.float32):
            C, H, W = input_dim
            rng = np.random.default_rng(np.random.randint(2**31))
            sizes = [(num_filters, C, filter_size, filter_size),
                     (num_filters * H * W // 4, hidden_dim), (hidden_dim, num_classes)]
            self.params, self.reg, self.dtype = {}, reg, dtype
            for number, size in enumerate(sizes, start=1):
                width = size[0] if number == 1 else size[1]
                self.params[f"W{number}"] = rng.normal(0, weight_scale, size).astype(dtype)
                self.params[f"b{number}"] = np.zeros(width, dtype)

        def loss(self, X, y=None):
            p, X = self.params, X.astype(self.dtype)
            pool = {"pool_height": 2, "pool_width": 2, "stride": 2}
            a, conv_cache = conv_forward_fast(X, p["W1"], p["b1"],
                                              {"stride": 1, "pad": p["W1"].shape[2] // 2})
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
            grads = {"b3": d.sum(0), "b2": dz.sum(0), "b1": db1,
                     "W3": np.maximum(z, 0).T @ d + self.reg * p["W3"],
                     "W2": flat.T @ dz + self.reg * p["W2"], "W1": dW1 + self.reg * p["W1"]}
            return np.asarray(loss), grads
"""

GIVEN_SANDWICHES = """
    class ThreeLayerConvNet(ThreeLayerConvNet):
        def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100,
                     num_classes=10, weight_scale=1e-3, reg=0.0, dtype=np.float32):
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
                loc=0.0, scale=weight_scale, size=(num_filters * (H // 2) * (W // 2), hidden_dim))
            self.params["W1"] = np.random.normal(
                scale=weight_scale, size=(num_filters, C, filter_size, filter_size))
            for k, v in self.params.items():
                self.params[k] = v.astype(dtype)

        def loss(self, X, y=None):
            conv_param = {"stride": 1, "pad": (self.params["W1"].shape[2] - 1) // 2}
            pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
            out, cache1 = conv_relu_pool_forward(
                X, self.params["W1"], self.params["b1"], conv_param, pool_param)
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
"""

NAIVE_LAYERS = """
    from ..layers import (conv_backward_naive, conv_forward_naive, max_pool_backward_naive,
                          max_pool_forward_naive, relu_backward, relu_forward)

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
"""

A_LIST_OF_LAYERS = """
    from collections import OrderedDict

    from ..fast_layers import (conv_backward_fast, conv_forward_fast, max_pool_backward_fast,
                               max_pool_forward_fast)
    from ..layers import relu_backward, relu_forward

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
            return [Layer(conv_forward_fast, conv_backward_fast, "W1", "b1", **conv),
                    Layer(relu_forward, relu_backward),
                    Layer(max_pool_forward_fast, max_pool_backward_fast, **pool),
                    Layer(affine_forward, affine_backward, "W2", "b2"),
                    Layer(relu_forward, relu_backward),
                    Layer(affine_forward, affine_backward, "W3", "b3")]

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
"""

MORE_THAN_ASKED = """
    solved = ThreeLayerConvNet.loss

    def loss(self, X, y=None):
        if y is None:
            self.last_scores = solved(self, X)
            return self.last_scores.copy(order="F")
        self.loss_history = getattr(self, "loss_history", [])
        value, grads = solved(self, X, y)
        grads["X"], grads["norm"] = np.zeros_like(X), float(abs(grads["W1"]).max())
        for name in self.params:
            grads[name] = np.asfortranarray(grads[name])
            grads[name].flags.writeable = False
        self.loss_history.append(value)
        print(f"loss {value:.3f}")
        return value, grads

    ThreeLayerConvNet.loss = loss
"""

INITIAL_BY_A_TABLE = """
    def table(C, H, W, F, k, M, K):
        yield "1", (F, C, k, k), F
        yield "2", (F * (H >> 1) * (W >> 1), M), M
        yield "3", (M, K), K

    class ThreeLayerConvNet(ThreeLayerConvNet):
        def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100,
                     num_classes=10, weight_scale=1e-3, reg=0.0, dtype=np.float32):
            self.reg, self.dtype, self.params = reg, dtype, dict()
            rows = table(*input_dim, num_filters, filter_size, hidden_dim, num_classes)
            for number, shape, width in rows:
                count = int(np.prod(shape))
                W = np.array([np.random.randn() for _ in range(count)]) * weight_scale
                self.params["W" + number] = np.asarray(W, dtype=dtype).reshape(shape, order="F")
                self.params["b" + number] = np.asarray([0] * width, dtype=dtype)
"""

CLIPPED_LOSS = """
    def loss(self, X, y=None):
        conv_param = {"stride": 1, "pad": int((self.params["W1"].shape[2] - 1) / 2)}
        pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}

        def forward(X):
            h1, c1 = conv_relu_pool_forward(
                X, *self.layer(1), conv_param=conv_param, pool_param=pool_param)
            h2, c2 = affine_relu_forward(h1.reshape(h1.shape[0], -1), *self.layer(2))
            return (*affine_forward(h2, *self.layer(3)), h1.shape, c1, c2)

        scores, c3, shape, c1, c2 = forward(X)
        if y is None:
            return scores
        shifted = scores - scores.max(axis=1, keepdims=True)
        log_p = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        n = X.shape[0]
        loss = -log_p[np.arange(n), y].sum() / n
        loss += 0.5 * self.reg * sum((self.params[k] ** 2).sum() for k in ("W1", "W2", "W3"))
        dscores = np.exp(log_p)
        dscores[np.arange(n), y] -= 1
        dh2, dW3, db3 = affine_backward(dscores / n, c3)
        dh1, dW2, db2 = affine_relu_backward(dh2, c2)
        dX, dW1, db1 = conv_relu_pool_backward(dh1.reshape(shape), c1)
        grads = dict(W1=dW1, b1=db1, W2=dW2, b2=db2, W3=dW3, b3=db3)
        for k in grads:
            if "W" in k:
                grads[k] = grads[k] + self.reg * self.params[k]
        return loss.item(), grads

    def layer(self, number):
        return self.params[f"W{number}"], self.params[f"b{number}"]

    ThreeLayerConvNet.loss, ThreeLayerConvNet.layer = loss, layer
"""

STYLES = {
    "by hand, its loss an array": (NETWORK_BY_HAND, CHECKS),
    "by hand, trained": (NETWORK_BY_HAND, TRAINING),
    "the given sandwiches, the last layer first": (GIVEN_SANDWICHES, CHECKS),
    "the naive layers": (NAIVE_LAYERS, CHECKS),
    "a list of layers": (A_LIST_OF_LAYERS, CHECKS),
    "a list of layers, trained": (A_LIST_OF_LAYERS, TRAINING),
    "more than was asked, read-only": (MORE_THAN_ASKED, CHECKS),
    "more than was asked, trained": (MORE_THAN_ASKED, TRAINING),
    "initial parameters by a table": (INITIAL_BY_A_TABLE, CHECKS),
    "its own softmax and helpers": (CLIPPED_LOSS, CHECKS),
}


@pytest.mark.parametrize(("solution", "checks"), STYLES.values(), ids=STYLES)
def test_a_right_network_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str, checks: tuple[str, ...]
) -> None:
    assert_full_share("daseCV/classifiers/cnn.py", solution, *checks)
