"""Fully connected networks: right is right, however it is written.

Each of these stands at the end of fc_net.py, takes the reference's place and gets its full share.
"""

from collections.abc import Callable

import pytest

TWO = ("two_layer_net",)
DEEP = ("fully_connected_net", "batchnorm_net", "layernorm_net", "dropout_net")

TWO_BY_HAND = """
    def loss(self, X, y=None):
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        flat = X.reshape(X.shape[0], -1)
        before = flat.dot(W1) + b1
        hidden = before * (before > 0)
        scores = hidden.dot(W2) + b2
        if y is None:
            return scores
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        loss = -np.log(p[np.arange(len(y)), y]).mean()
        loss += 0.5 * self.reg * ((W1 ** 2).sum() + (W2 ** 2).sum())
        p[np.arange(len(y)), y] -= 1
        p /= len(y)
        back = p.dot(W2.T) * (before > 0)
        grads = {"W1": flat.T.dot(back) + self.reg * W1, "b1": back.sum(axis=0)}
        grads.update(W2=hidden.T.dot(p) + self.reg * W2, b2=p.sum(axis=0))
        return np.asarray(loss), grads

    TwoLayerNet.loss = loss
"""

TWO_BY_LAYERS = """
    class TwoLayerNet:
        def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10,
                     weight_scale=1e-3, reg=0.0):
            sizes = [input_dim, hidden_dim, num_classes]
            self.reg, self.params = reg, {}
            for n, shape in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
                self.params[f"W{n}"] = np.random.normal(0.0, weight_scale, size=shape)
                self.params[f"b{n}"] = np.zeros((shape[1],))

        def loss(self, X, y=None):
            p, caches = self.params, []
            out, cache = affine_forward(X, p["W1"], p["b1"])
            caches.append(cache)
            out, cache = relu_forward(out)
            caches.append(cache)
            out, cache = affine_forward(out, p["W2"], p["b2"])
            if y is None:
                return out
            data_loss, dout = softmax_loss(out, y)
            norms = [np.sum(np.square(w)) for name, w in p.items() if name[0] == "W"]
            grads = dict.fromkeys(p)
            dout, grads["W2"], grads["b2"] = affine_backward(dout, cache)
            dout = relu_backward(dout, caches.pop())
            grads["X"], grads["W1"], grads["b1"] = affine_backward(dout, caches.pop())
            for name in ("W1", "W2"):
                grads[name] = grads[name] + self.reg * p[name]
            return data_loss + self.reg / 2 * sum(norms), grads
"""

TWO_AS_A_DEEP_ONE = """
    class TwoLayerNet(FullyConnectedNet):
        def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10,
                     weight_scale=1e-3, reg=0.0):
            super().__init__([hidden_dim], input_dim, num_classes, reg=reg,
                             weight_scale=weight_scale, dtype=np.float64)
"""

DEEP_INIT = """
    given = FullyConnectedNet.__init__

    def init(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout=1,
             normalization=None, reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        given(self, hidden_dims, input_dim, num_classes, dropout, normalization, reg,
              weight_scale, dtype, seed)
        rng = np.random.default_rng(12)
        for name, value in self.params.items():
            if name[0] == "W":
                drawn = rng.normal(scale=weight_scale, size=value.shape)
                self.params[name] = drawn.astype(dtype)

    FullyConnectedNet.__init__ = init
"""

DEEP_BY_CLOSURES = """
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
"""

DEEP_BY_RECURSION = """
    from ..layers import batchnorm_backward_alt

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
"""

DEEP_BY_ITS_DTYPE = """
    def loss(self, X, y=None, loss=FullyConnectedNet.loss):
        assert self.dtype in (np.float32, np.float64), self.dtype
        if y is None:
            return loss(self, X)
        value, grads = loss(self, X, y)
        return self.dtype(value), grads

    FullyConnectedNet.loss = loss
"""

STYLES = {
    "two layers by hand, the loss an array": (TWO_BY_HAND, TWO),
    "two layers by layers, a gradient too many": (TWO_BY_LAYERS, TWO),
    "two layers as a deep network": (TWO_AS_A_DEEP_ONE, TWO),
    "another generator": (DEEP_INIT, DEEP),
    "closures": (DEEP_BY_CLOSURES, DEEP),
    "recursion, by the simplified gradients": (DEEP_BY_RECURSION, DEEP),
    "its dtype is a type of numbers": (DEEP_BY_ITS_DTYPE, DEEP),
}


@pytest.mark.parametrize(("solution", "checks"), STYLES.values(), ids=STYLES)
def test_a_right_network_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str, checks: tuple[str, ...]
) -> None:
    assert_full_share("daseCV/classifiers/fc_net.py", solution, *checks)
