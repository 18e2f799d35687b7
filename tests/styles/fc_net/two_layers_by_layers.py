"""Two layers by the layers' functions, with a gradient of X among the others."""

import numpy as np

from daseCV.layers import affine_backward, affine_forward, relu_backward, relu_forward, softmax_loss


class TwoLayerNet:
    def __init__(
        self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0
    ):
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
