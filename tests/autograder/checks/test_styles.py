"""Right is right, however it is written: each of these gets its full share.

A solution here stands at the end of layers.py or cnn.py and so takes the reference's place.
"""

import textwrap
from collections.abc import Callable

import pytest

from autograder.grading.report import Report

Owned = dict[str, bytes]

LAYERS, CNN = "daseCV/layers.py", "daseCV/classifiers/cnn.py"

CONVOLUTION = ("conv_forward_naive", "conv_image_filters", "conv_backward_naive", "conv_fast")
POOLING = ("max_pool_forward_naive", "max_pool_backward_naive", "max_pool_fast")
BATCHNORM = ("spatial_batchnorm_forward", "spatial_batchnorm_backward")
GROUPNORM = ("spatial_groupnorm_forward", "spatial_groupnorm_backward")
NETWORK = ("cnn_loss", "cnn_gradients")
SANDWICHES = ("conv_relu", "conv_relu_pool")

WINDOWS = """
    from numpy.lib.stride_tricks import sliding_window_view

    def windows(x, w, conv_param):
        stride, pad = conv_param["stride"], conv_param["pad"]
        padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
        return sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
"""

CONV_EINSUM = (
    WINDOWS
    + """
    def conv_forward_naive(x, w, b, conv_param):
        out = np.einsum("ncijkl,fckl->nfij", windows(x, w, conv_param), w)
        return out + b[:, None, None], (x, w, b, conv_param)

    def conv_backward_naive(dout, cache):
        x, w, b, conv_param = cache
        stride, pad = conv_param["stride"], conv_param["pad"]
        dw = np.einsum("nfij,ncijkl->fckl", dout, windows(x, w, conv_param))
        N, C, H, W = x.shape
        padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
        for k in range(w.shape[2]):
            for l in range(w.shape[3]):
                rows = slice(k, k + stride * dout.shape[2], stride)
                columns = slice(l, l + stride * dout.shape[3], stride)
                padded[:, :, rows, columns] += np.einsum("nfij,fc->ncij", dout, w[:, :, k, l])
        return padded[:, :, pad : pad + H, pad : pad + W], dw, np.einsum("nfij->f", dout)
"""
)

CONV_MATRICES = """
    def places(x, w, conv_param):
        s, p = conv_param["stride"], conv_param["pad"]
        H, W = x.shape[2] + 2 * p - w.shape[2], x.shape[3] + 2 * p - w.shape[3]
        return [(i, j) for i in range(0, H + 1, s) for j in range(0, W + 1, s)], 1 + H // s

    def conv_forward_naive(x, w, b, conv_param):
        p, (HH, WW) = conv_param["pad"], w.shape[2:]
        padded = np.pad(x, ((0,), (0,), (p,), (p,)))
        where, height = places(x, w, conv_param)
        columns = np.stack([padded[:, :, i : i + HH, j : j + WW].reshape(len(x), -1)
                            for i, j in where])
        out = columns @ w.reshape(len(w), -1).T + b
        out = out.transpose(1, 2, 0).reshape(len(x), len(w), height, -1)
        return out, {"columns": columns, "x": x, "w": w, "conv_param": conv_param}

    def conv_backward_naive(dout, cache):
        x, w, p = cache["x"], cache["w"], cache["conv_param"]["pad"]
        HH, WW = w.shape[2:]
        rows = dout.reshape(*dout.shape[:2], -1).transpose(2, 0, 1)
        dw = np.tensordot(rows, cache["columns"], axes=((0, 1), (0, 1))).reshape(w.shape)
        padded = np.zeros(np.add(x.shape, (0, 0, 2 * p, 2 * p)))
        where, _ = places(x, w, cache["conv_param"])
        for (i, j), row in zip(where, rows):
            padded[:, :, i : i + HH, j : j + WW] += (
                row @ w.reshape(len(w), -1)).reshape(len(x), -1, HH, WW)
        dx = padded[:, :, p : padded.shape[2] - p, p : padded.shape[3] - p]
        return dx, dw, rows.sum(axis=(0, 1))
"""

CONV_SCALARS = """
    class Saved:
        def __init__(self, **values):
            self.__dict__.update(values)

    def inside(i, size):
        return 0 <= i < size

    def conv_forward_naive(x, w, b, conv_param):
        s, p = conv_param["stride"], conv_param["pad"]
        (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
        out = np.empty((N, F, (H + 2 * p - HH) // s + 1, (W + 2 * p - WW) // s + 1))
        for n, f, i, j in np.ndindex(*out.shape):
            total = float(b[f])
            for c, k, l in np.ndindex(C, HH, WW):
                row, column = i * s + k - p, j * s + l - p
                if inside(row, H) and inside(column, W):
                    total += float(x[n, c, row, column]) * float(w[f, c, k, l])
            out[n, f, i, j] = total
        return out, Saved(x=x, w=w, s=s, p=p)

    def conv_backward_naive(dout, cache):
        x, w, s, p = cache.x, cache.w, cache.s, cache.p
        dx, dw, db = np.zeros(x.shape), np.zeros(w.shape), np.zeros(len(w))
        for n, f, i, j in np.ndindex(*dout.shape):
            db[f] += dout[n, f, i, j]
            for c, k, l in np.ndindex(*w.shape[1:]):
                row, column = i * s + k - p, j * s + l - p
                if inside(row, x.shape[2]) and inside(column, x.shape[3]):
                    dx[n, c, row, column] += dout[n, f, i, j] * w[f, c, k, l]
                    dw[f, c, k, l] += dout[n, f, i, j] * x[n, c, row, column]
        return dx, dw, db
"""

CONV_LISTS = """
    forward, backward = conv_forward_naive, conv_backward_naive

    def conv_forward_naive(x, w, b, conv_param):
        return list(forward(x, w, b, conv_param))

    def conv_backward_naive(dout, cache):
        return list(backward(dout, cache))
"""

CONV_LAID_OUT = """
    forward, backward = conv_forward_naive, conv_backward_naive

    def frozen(array):
        array = np.asfortranarray(array)
        array.flags.writeable = False
        return array

    def conv_forward_naive(x, w, b, conv_param):
        out, cache = forward(x, w, b, conv_param)
        return frozen(out), cache

    def conv_backward_naive(dout, cache):
        return tuple(frozen(grad) for grad in backward(dout, cache))
"""

CONV_FLOAT32 = (
    WINDOWS
    + """
    reference = conv_backward_naive

    def conv_forward_naive(x, w, b, conv_param):
        out = np.zeros((), x.dtype) + b[:, None, None]
        for c in range(x.shape[1]):
            for k in range(w.shape[2]):
                for l in range(w.shape[3]):
                    seen = windows(x, w, conv_param)[:, None, c, :, :, k, l]
                    out = out + seen * w[:, c, k, l, None, None]
        return out.astype(x.dtype), (x, w, b, conv_param)

    def conv_backward_naive(dout, cache):
        return tuple(grad.astype(cache[0].dtype) for grad in reference(dout, cache))
"""
)

CONV_GLOBAL_CACHE = """
    forward, backward, remembered = conv_forward_naive, conv_backward_naive, {}

    def conv_forward_naive(x, w, b, conv_param):
        out, remembered["cache"] = forward(x.copy(), w.copy(), b.copy(), dict(conv_param))
        return out, None

    def conv_backward_naive(dout, cache):
        return backward(dout, remembered["cache"])
"""

POOL_WINDOWS = """
    from numpy.lib.stride_tricks import sliding_window_view

    def max_pool_forward_naive(x, pool_param):
        size, s = (pool_param["pool_height"], pool_param["pool_width"]), pool_param["stride"]
        seen = sliding_window_view(x, size, axis=(2, 3))[:, :, ::s, ::s]
        flat = seen.reshape(*seen.shape[:4], -1)
        return np.asfortranarray(flat.max(-1)), {"x": x, "first": flat.argmax(-1), **pool_param}

    def max_pool_backward_naive(dout, cache):
        row, column = np.divmod(cache["first"], cache["pool_width"])
        n, c, i, j = np.indices(dout.shape)
        dx = np.zeros_like(cache["x"], dtype=float)
        np.add.at(dx, (n, c, i * cache["stride"] + row, j * cache["stride"] + column), dout)
        return dx
"""

POOL_SCALARS = """
    def winner(x, n, c, top, left, height, width):
        best, place = -float("inf"), None
        for row in range(top, top + height):
            for column in range(left, left + width):
                if x[n, c, row, column] > best:
                    best, place = x[n, c, row, column], (n, c, row, column)
        return best, place

    def max_pool_forward_naive(x, pool_param):
        height, width, s = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
        H, W = (x.shape[2] - height) // s + 1, (x.shape[3] - width) // s + 1
        out, places = np.zeros((*x.shape[:2], H, W)), {}
        for n, c, i, j in np.ndindex(*out.shape):
            out[n, c, i, j], places[n, c, i, j] = winner(x, n, c, i * s, j * s, height, width)
        return out, (x.shape, places)

    def max_pool_backward_naive(dout, cache):
        shape, places = cache
        dx = np.zeros(shape)
        for place, source in places.items():
            dx[source] += dout[place]
        return dx
"""

BATCHNORM_DIRECT = """
    AXES = (0, 2, 3)

    def spatial_batchnorm_forward(x, gamma, beta, bn_param):
        eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
        bn_param.setdefault("running_mean", np.zeros(x.shape[1]))
        bn_param.setdefault("running_var", np.zeros(x.shape[1]))
        if bn_param["mode"] == "test":
            mean, var = bn_param["running_mean"], bn_param["running_var"]
        else:
            mean = np.einsum("nchw->c", x) / (x.size / x.shape[1])
            var = ((x - mean[:, None, None]) ** 2).mean(AXES)
            bn_param["running_mean"] = momentum * bn_param["running_mean"] + (1 - momentum) * mean
            bn_param["running_var"] = momentum * bn_param["running_var"] + (1 - momentum) * var
        normal = (x - mean[:, None, None]) * (var[:, None, None] + eps) ** -0.5
        out = gamma[:, None, None] * normal + beta[:, None, None]
        return out, {"normal": normal, "scale": gamma * (var + eps) ** -0.5}

    def spatial_batchnorm_backward(dout, cache):
        normal = cache["normal"]
        dgamma, dbeta = (dout * normal).sum(AXES), dout.sum(AXES)
        means = [g[:, None, None] * len(dgamma) / dout.size for g in (dbeta, dgamma)]
        dx = cache["scale"][:, None, None] * (dout - means[0] - normal * means[1])
        return [dx, dgamma, dbeta]
"""

GROUPNORM_FLAT_GAMMA = """
    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        N, C, H, W = x.shape
        grouped = x.reshape(N, G, C // G, H, W)
        mean = grouped.mean((2, 3, 4), keepdims=True)
        std = np.sqrt(grouped.var((2, 3, 4), keepdims=True) + gn_param.get("eps", 1e-5))
        normal = ((grouped - mean) / std).reshape(N, C, H, W)
        assert gamma.shape == beta.shape == (C,)
        return gamma[:, None, None] * normal + beta[:, None, None], (normal, std, gamma, G)

    def spatial_groupnorm_backward(dout, cache):
        normal, std, gamma, G = cache
        N, C, H, W = dout.shape
        grouped = normal.reshape(N, G, C // G, H, W)
        dnormal = (dout * gamma[:, None, None]).reshape(grouped.shape)
        axes = (2, 3, 4)
        dx = (dnormal - dnormal.mean(axes, keepdims=True)
              - grouped * (dnormal * grouped).mean(axes, keepdims=True)) / std
        return dx.reshape(dout.shape), (dout * normal).sum((0, 2, 3)), dout.sum((0, 2, 3))
"""

GROUPNORM_BROADCAST_GAMMA = """
    def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
        assert gamma.shape == beta.shape == (1, x.shape[1], 1, 1)
        normal, stds = np.empty(x.shape), []
        for n in range(len(x)):
            for group in np.split(np.arange(x.shape[1]), G):
                part = x[n, group]
                stds.append((part.var() + gn_param.get("eps", 1e-5)) ** 0.5)
                normal[n, group] = (part - part.mean()) / stds[-1]
        return gamma * normal + beta, (normal, gamma, stds, G)

    def spatial_groupnorm_backward(dout, cache):
        normal, gamma, stds, G = cache
        dx, stds = np.empty(dout.shape), iter(stds)
        for n in range(len(dout)):
            for group in np.split(np.arange(dout.shape[1]), G):
                d, z = (dout * gamma)[n, group], normal[n, group]
                dx[n, group] = (d - d.mean() - z * (d * z).mean()) / next(stds)
        axes = (0, 2, 3)
        return dx, (dout * normal).sum(axes, keepdims=True), dout.sum(axes, keepdims=True)
"""

RELU_BY_MASK = """
    def relu_forward(x):
        out = x.copy()
        out[out < 0] = 0
        return out, out > 0

    def relu_backward(dout, cache):
        return np.where(cache, dout, 0)
"""

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

STYLES = [
    ("einsum over sliding windows", LAYERS, CONV_EINSUM, CONVOLUTION),
    ("matrix products, a dict as cache", LAYERS, CONV_MATRICES, CONVOLUTION),
    ("scalar loops, an object as cache", LAYERS, CONV_SCALARS, CONVOLUTION),
    ("lists instead of tuples", LAYERS, CONV_LISTS, CONVOLUTION),
    ("read-only and in Fortran order", LAYERS, CONV_LAID_OUT, CONVOLUTION),
    ("float32 inside for float32", LAYERS, CONV_FLOAT32, CONVOLUTION),
    ("a cache in a global variable", LAYERS, CONV_GLOBAL_CACHE, CONVOLUTION),
    ("pooling by sliding windows and add.at", LAYERS, POOL_WINDOWS, POOLING),
    ("pooling by scalar loops and helpers", LAYERS, POOL_SCALARS, POOLING),
    ("batch norm without reshaping", LAYERS, BATCHNORM_DIRECT, BATCHNORM),
    ("group norm with gamma (C,)", LAYERS, GROUPNORM_FLAT_GAMMA, GROUPNORM),
    ("group norm with gamma (1, C, 1, 1)", LAYERS, GROUPNORM_BROADCAST_GAMMA, GROUPNORM),
    ("ReLU by a mask", LAYERS, RELU_BY_MASK, SANDWICHES),
    ("a network by hand, its loss an array", CNN, NETWORK_BY_HAND, NETWORK),
    ("training by hand", CNN, NETWORK_BY_HAND, ("cnn_overfit",)),
]


@pytest.mark.parametrize(
    ("file", "solution", "checks"),
    [style[1:] for style in STYLES],
    ids=[style[0] for style in STYLES],
)
def test_a_right_solution_gets_its_full_share(
    grade: Callable[..., Report],
    reference: Owned,
    file: str,
    solution: str,
    checks: tuple[str, ...],
) -> None:
    source = reference[file] + b"\n\n" + textwrap.dedent(solution).encode()

    report = grade(reference | {file: source}, *checks)

    assert {check.name: (check.share, check.reasons) for check in report.checks} == {
        name: (1.0, ()) for name in checks
    }
