"""Convolution by a dataclass with methods, a property, a generator and type hints."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np


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
        return tuple(
            1 + (n + 2 * self.pad - k) // self.stride
            for n, k in zip(self.x.shape[2:], self.w.shape[2:])
        )

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
