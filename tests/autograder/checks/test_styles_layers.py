"""ReLU, affine layer and softmax: right is right, however it is written.

They are seen through what is built on them. Each of these stands at the end of layers.py, takes the
reference's place and gets its full share.
"""

from collections.abc import Callable

import pytest

SANDWICHES = ("conv_relu", "conv_relu_pool")
NETWORK = ("cnn_loss", "cnn_gradients")
RELU = ("relu_forward", "relu_backward", *SANDWICHES)
AFFINE = ("affine_forward", "affine_backward", "two_layer_net", *NETWORK)
SOFTMAX = ("softmax_loss", "fully_connected_net", *NETWORK)

RELU_BY_MASK = """
    def relu_forward(x):
        out = x.copy()
        out[out < 0] = 0
        return out, out > 0

    def relu_backward(dout, cache):
        return np.where(cache, dout, 0)
"""

RELU_CLIP = """
    def relu_forward(x):
        return np.clip(x, 0, None), x

    def relu_backward(dout, cache):
        dx = dout.copy()
        dx[cache <= 0] = 0.0
        return dx
"""

RELU_ABSOLUTE = """
    def relu_forward(x):
        return (np.abs(x) + x) / 2, {"sign": np.sign(x)}

    def relu_backward(dout, cache):
        return dout * np.maximum(cache["sign"], 0)
"""

RELU_VECTORISED = """
    @np.vectorize
    def relu(value: float) -> float:
        return value if value > 0 else 0.0

    def relu_forward(x):
        return relu(x), x.ravel()

    def relu_backward(dout, cache):
        flat = [d if value > 0 else 0 * d for d, value in zip(dout.ravel(), cache)]
        return np.array(flat).reshape(dout.shape)
"""

RELU_HEAVISIDE = """
    ZERO = 0.0

    class ReLU:
        def forward(self, x):
            self.slope = np.heaviside(x, ZERO)
            return np.multiply(x, self.slope), self

        def backward(self, dout):
            dx = np.asfortranarray(np.multiply(dout, self.slope))
            dx.flags.writeable = False
            return dx

    def relu_forward(x):
        return ReLU().forward(x)

    def relu_backward(dout, cache):
        return cache.backward(dout)
"""

RELU_PUTMASK = """
    def relu_forward(x):
        out = np.array(x)
        np.putmask(out, out < 0, 0)
        return out, np.nonzero(x > 0)

    def relu_backward(dout, cache):
        dx = np.zeros_like(dout)
        dx[cache] = dout[cache]
        return dx
"""

AFFINE_LOOPS = """
    def affine_forward(x, w, b):
        N, M = x.shape[0], w.shape[1]
        out = np.zeros((N, M))
        for n in range(N):
            sample = x[n].flatten()
            for m in range(M):
                out[n, m] = sum(sample[d] * w[d, m] for d in range(len(sample))) + b[m]
        return out, (x, w, b)

    def affine_backward(dout, cache):
        x, w, b = cache
        dx, dw, db = np.zeros_like(x), np.zeros_like(w), np.zeros_like(b)
        for n in range(len(x)):
            parts = [dout[n, m] * w[:, m] for m in range(len(b))]
            dx[n] = np.sum(parts, axis=0).reshape(x[n].shape)
            dw += np.outer(x[n], dout[n])
            db += dout[n]
        return dx, dw, db
"""

AFFINE_ONES = """
    # the bias is the weight of an input that is always 1
    def affine_forward(x, w, b):
        flat = np.hstack([x.reshape(x.shape[0], np.prod(x.shape[1:])), np.ones((len(x), 1))])
        both = np.vstack([w, b])
        return flat.dot(both), {"flat": flat, "both": both, "shape": x.shape}

    def affine_backward(dout, cache):
        dboth = cache["flat"].T.dot(dout)
        dflat = dout.dot(cache["both"].T)
        return dflat[:, :-1].reshape(cache["shape"]), dboth[:-1], dboth[-1]
"""

AFFINE_TENSORDOT = """
    def affine_forward(x, w, b):
        letters = "bcdefgh"[: x.ndim - 1]
        shaped = w.reshape(*x.shape[1:], -1)
        out = np.einsum(f"a{letters},{letters}z->az", x, shaped)
        return np.add(out, np.tile(b, (len(x), 1))), (x, shaped)

    def affine_backward(dout, cache):
        x, shaped = cache
        dx = np.tensordot(dout, shaped, axes=(1, -1))
        dw = np.tensordot(x, dout, axes=(0, 0)).reshape(-1, dout.shape[1])
        return [dx, dw, np.ones(len(dout)) @ dout]
"""

SOFTMAX_LOOPS = """
    import math

    def softmax_loss(x, y):
        N, C = x.shape
        loss, dx = 0.0, np.zeros((N, C))
        for i in range(N):
            largest = max(x[i])
            exps = [math.exp(score - largest) for score in x[i]]
            total = sum(exps)
            loss += math.log(total) - (x[i][y[i]] - largest)
            for j in range(C):
                dx[i][j] = exps[j] / total
                if j == y[i]:
                    dx[i][j] -= 1
        return loss / N, dx / N
"""

SOFTMAX_LOGADDEXP = """
    def softmax_loss(x, y):
        log_sum = np.logaddexp.reduce(x, axis=1, keepdims=True)
        log_p = x - log_sum
        target = np.eye(x.shape[1])[y]
        loss = -np.sum(target * log_p) / np.float64(len(y))
        return loss, (np.exp(log_p) - target) / len(y)
"""

SOFTMAX_PROBABILITIES = """
    def softmax(scores):
        scores = scores - np.max(scores, axis=-1).reshape(-1, 1)
        e = np.exp(scores)
        return np.divide(e, e.sum(axis=-1, keepdims=True))

    def softmax_loss(x, y):
        p = softmax(x)
        correct = p[range(x.shape[0]), y]
        loss = np.asarray(np.mean(-np.log(correct)))
        p[range(x.shape[0]), y] -= 1
        return loss, p / x.shape[0]
"""

STYLES = {
    "ReLU by a mask": (RELU_BY_MASK, RELU),
    "ReLU by clip": (RELU_CLIP, (*RELU, "cnn_gradients")),
    "ReLU by an absolute value": (RELU_ABSOLUTE, RELU),
    "ReLU by np.vectorize and a list": (RELU_VECTORISED, RELU),
    "ReLU by a class, read-only": (RELU_HEAVISIDE, (*RELU, "cnn_gradients")),
    "ReLU by putmask and nonzero": (RELU_PUTMASK, (*RELU, "cnn_gradients")),
    "affine by loops": (AFFINE_LOOPS, AFFINE),
    "affine with a column of ones": (AFFINE_ONES, AFFINE),
    "affine by einsum and tensordot": (AFFINE_TENSORDOT, AFFINE),
    "softmax by loops": (SOFTMAX_LOOPS, SOFTMAX),
    "softmax by logaddexp": (SOFTMAX_LOGADDEXP, SOFTMAX),
    "softmax by probabilities, the loss an array": (SOFTMAX_PROBABILITIES, SOFTMAX),
}


@pytest.mark.parametrize(("solution", "checks"), STYLES.values(), ids=STYLES)
def test_a_right_layer_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str, checks: tuple[str, ...]
) -> None:
    assert_full_share("daseCV/layers.py", solution, *checks)
