"""Convolution, with loops and classes, and in odd packing: right is right, however it is written.

Each of these stands at the end of layers.py, takes the reference's place and gets its full share.
"""

from collections.abc import Callable

import pytest

CHECKS = ("conv_forward_naive", "conv_image_filters", "conv_backward_naive", "conv_fast")

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

CONV_GLOBAL_CACHE = """
    forward, backward, remembered = conv_forward_naive, conv_backward_naive, {}

    def conv_forward_naive(x, w, b, conv_param):
        out, remembered["cache"] = forward(x.copy(), w.copy(), b.copy(), dict(conv_param))
        return out, None

    def conv_backward_naive(dout, cache):
        return backward(dout, remembered["cache"])
"""

ALL_FILTERS_AT_ONCE = """
    def conv_forward_naive(x, w, b, conv_param):
        # 卷积: one place at a time, all filters at once
        N, C, H, W = x.shape
        F, C, HH, WW = w.shape
        S = conv_param.get('stride', 1)
        P = conv_param.get('pad', 0)
        Hout = int((H + 2 * P - HH) / S + 1)
        Wout = int((W + 2 * P - WW) / S + 1)
        out = np.zeros([N, F, Hout, Wout])
        X = np.zeros([N, C, H + 2 * P, W + 2 * P])
        X[:, :, P:P + H, P:P + W] = x
        for i in range(0, Hout):
            for j in range(0, Wout):
                patch = X[:, np.newaxis, :, i * S:i * S + HH, j * S:j * S + WW]
                out[:, :, i, j] = np.sum(patch * w[np.newaxis], axis=(2, 3, 4)) + b
        print('conv forward', x.shape, '->', out.shape)
        cache = (X, x, w, b, conv_param)
        return out, cache

    def conv_backward_naive(dout, cache):
        X, x, w, b, conv_param = cache
        S = conv_param.get('stride', 1)
        P = conv_param.get('pad', 0)
        _, _, H, W = x.shape
        _, _, HH, WW = w.shape
        dX = np.zeros_like(X)
        dw = np.zeros(w.shape)
        db = np.zeros(b.shape)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                d = dout[:, :, i, j]
                db += d.sum(0)
                dw += (d.T @ X[:, :, i*S:i*S+HH, j*S:j*S+WW].reshape(len(x), -1)).reshape(w.shape)
                dX[:, :, i*S:i*S+HH, j*S:j*S+WW] += np.tensordot(d, w, axes=1)
        dx = dX[:, :, P:P + H, P:P + W]
        return (dx, dw, db)
"""

CLOSURE = """
    pad_image = lambda image, p: np.pad(image, ((0, 0), (p, p), (p, p)))

    def conv_forward_naive(x, w, b, conv_param):
        s, p = conv_param["stride"], conv_param["pad"]

        def one_image(image):
            image, (HH, WW) = pad_image(image, p), w.shape[2:]
            return np.array([[[np.vdot(image[:, i : i + HH, j : j + WW], kernel) + bias
                               for j in range(0, image.shape[2] - WW + 1, s)]
                              for i in range(0, image.shape[1] - HH + 1, s)]
                             for kernel, bias in zip(w, b)])

        def gradients(dout):
            dx, dw = [], 0
            for image, d in zip(x, dout):
                image = pad_image(image, p)
                dimage, dwn = np.zeros(image.shape), np.zeros(w.shape)
                for f, i, j in np.ndindex(d.shape):
                    seen = np.s_[:, s * i : s * i + w.shape[2], s * j : s * j + w.shape[3]]
                    dwn[f] += d[f, i, j] * image[seen]
                    dimage[seen] += d[f, i, j] * w[f]
                dx.append(dimage[:, p : p + x.shape[2], p : p + x.shape[3]])
                dw = dw + dwn
            return np.stack(dx), dw, np.sum(dout, axis=(0, 2, 3))

        return np.stack([one_image(image) for image in x]), gradients

    def conv_backward_naive(dout, cache):
        return cache(dout)
"""

CLASSES_AND_TYPES = """
    from dataclasses import dataclass
    from typing import Iterator, NamedTuple

    class Place(NamedTuple):
        row: int
        column: int
        window: tuple

    @dataclass(frozen=True)
    class Convolution:
        x: np.ndarray
        w: np.ndarray
        b: np.ndarray
        stride: int = 1
        pad: int = 0

        @property
        def padded(self) -> np.ndarray:
            return np.pad(self.x, ((0, 0), (0, 0), (self.pad, self.pad), (self.pad, self.pad)))

        @property
        def size(self) -> tuple[int, int]:
            return tuple(1 + (n + 2 * self.pad - k) // self.stride
                         for n, k in zip(self.x.shape[2:], self.w.shape[2:]))

        def places(self) -> Iterator[Place]:
            for i in range(self.size[0]):
                for j in range(self.size[1]):
                    top, left = i * self.stride, j * self.stride
                    rows = slice(top, top + self.w.shape[2])
                    yield Place(i, j, (Ellipsis, rows, slice(left, left + self.w.shape[3])))

        def forward(self) -> np.ndarray:
            out = np.empty((self.x.shape[0], self.w.shape[0], *self.size))
            padded = self.padded
            for i, j, window in self.places():
                out[..., i, j] = np.einsum("nckl,fckl->nf", padded[window], self.w) + self.b
            return out

        def backward(self, dout: np.ndarray) -> tuple[np.ndarray, ...]:
            padded = self.padded
            dpadded, dw = np.zeros(padded.shape), np.zeros(self.w.shape)
            for i, j, window in self.places():
                dw += np.einsum("nf,nckl->fckl", dout[..., i, j], padded[window])
                dpadded[window] += np.einsum("nf,fckl->nckl", dout[..., i, j], self.w)
            H, W = self.x.shape[2:]
            dx = dpadded[:, :, self.pad : self.pad + H, self.pad : self.pad + W]
            return dx, dw, dout.sum(axis=(0, 2, 3))

    def conv_forward_naive(x, w, b, conv_param):
        layer = Convolution(x=x, w=w, b=b, **conv_param)
        return layer.forward(), layer

    def conv_backward_naive(dout, cache):
        return cache.backward(dout)
"""

ONE_CHANNEL_AT_A_TIME = """
    def correlate(image, kernel, stride):
        height, width = kernel.shape

        @np.vectorize
        def at(i, j):
            return (image[i : i + height, j : j + width] * kernel).sum()

        return at(*np.ix_(range(0, image.shape[0] - height + 1, stride),
                          range(0, image.shape[1] - width + 1, stride)))

    def conv_forward_naive(x, w, b, conv_param):
        stride, pad = conv_param["stride"], conv_param["pad"]
        out = [[bias + sum(correlate(np.pad(channel, pad), kernel, stride)
                           for channel, kernel in zip(image, kernels, strict=True))
                for kernels, bias in zip(w, b)]
               for image in x]
        return np.array(out), (x, w, b, conv_param)

    def conv_backward_naive(dout, cache):
        x, w, b, conv_param = cache
        stride, pad = conv_param["stride"], conv_param["pad"]
        dx, dw = np.zeros(x.shape), np.zeros(w.shape)
        db = np.array([d.sum() for d in dout.swapaxes(0, 1)])
        for n, image in enumerate(x):
            for c, channel in enumerate(image):
                channel, dchannel = np.pad(channel, pad), np.zeros(np.add(channel.shape, 2 * pad))
                for f in range(len(w)):
                    for (i, j), d in np.ndenumerate(dout[n, f]):
                        rows = slice(i * stride, i * stride + w.shape[2])
                        columns = slice(j * stride, j * stride + w.shape[3])
                        dw[f, c] += d * channel[rows, columns]
                        dchannel[rows, columns] += d * w[f, c]
                stop = np.subtract(dchannel.shape, pad)
                dx[n, c] = dchannel[pad : stop[0], pad : stop[1]]
        return dx, dw, db
"""

OWN_COPIES_IN_PLACE = """
    conv_forward_old, conv_backward_old = conv_forward_naive, conv_backward_naive

    def conv_forward_naive(x, w, b, conv_param):
        x, w, b = x.copy(), w.copy(), b.copy()
        out, cache = conv_forward_old(x, w, 0 * b, conv_param)
        for f, bias in enumerate(b):
            out[:, f] += bias
        return out, [cache, out.shape]

    def conv_backward_naive(dout, cache):
        (x, w, b, conv_param), shape = cache
        assert dout.shape == shape, f"dout {dout.shape} instead of {shape}"
        dout = np.array(dout, dtype=np.float64, order="F")
        grads = conv_backward_old(dout, (x, w, b, conv_param))
        dout *= 0
        x *= 0
        return grads
"""

STYLES = {
    "scalar loops, an object as cache": (CONV_SCALARS, CHECKS),
    "lists instead of tuples": (CONV_LISTS, CHECKS),
    "read-only and in Fortran order": (CONV_LAID_OUT, CHECKS),
    "a cache in a global variable": (CONV_GLOBAL_CACHE, CHECKS),
    "all filters at once, and prints": (ALL_FILTERS_AT_ONCE, CHECKS),
    "a closure as cache": (CLOSURE, CHECKS),
    "a dataclass with methods": (CLASSES_AND_TYPES, CHECKS),
    "one channel at a time by np.vectorize": (ONE_CHANNEL_AT_A_TIME, CHECKS),
    "in place on own copies": (OWN_COPIES_IN_PLACE, CHECKS),
}


@pytest.mark.parametrize(("solution", "checks"), STYLES.values(), ids=STYLES)
def test_a_right_convolution_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str, checks: tuple[str, ...]
) -> None:
    assert_full_share("daseCV/layers.py", solution, *checks)
