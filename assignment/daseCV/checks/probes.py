# Generated from daseCV/checks/probes.py by "dasecv release".
"""Questions to layers that recognise mistakes: small, and different for each mistake.

Sides differ, to show exchanged axes; strides and pads vary; some windows have ties, or do not fit
the image; integer inputs show results that are stored as integers. Probes of random layers, such as
dropout, do not depend on how numbers are drawn. `probes_normalisation` asks the layers that
normalise, `probes_networks` update rules and networks.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .library import Library
from .probing import INTEGERS, Array, Random, Seen, ask, cache_of, out_and_cache_of, probe

Questions = Iterator[tuple[str, tuple[Any, ...], Array]]

# x, w, stride, pad
CONVOLUTIONS = [
    ((2, 3, 5, 5), (4, 3, 3, 3), 1, 1),
    ((2, 2, 7, 6), (3, 2, 3, 2), 2, 1),
    ((1, 3, 8, 5), (2, 3, 4, 3), 3, 2),
    ((3, 2, 5, 7), (4, 2, 2, 3), 2, 0),
]
# x, pool_height, pool_width, stride
POOLINGS = [
    ((2, 3, 4, 4), 2, 2, 2),
    ((1, 2, 7, 7), 3, 3, 2),
    ((2, 2, 7, 6), 2, 3, 1),
    ((1, 3, 6, 9), 3, 2, 4),
]


def probe_layer(
    forward: str, backward: str, gradients: str, questions: Callable[[Random], Questions]
) -> None:
    """Register the probes of a layer: its output, and its gradients from its own cache."""

    @probe(f"layers.{forward}")
    def ask_forward(library: Library, rng: Random) -> Seen:
        for key, arguments, _ in questions(rng):
            yield from ask(key, "out -", getattr(library("layers"), forward), *arguments)

    @probe(f"layers.{backward}")
    def ask_backward(library: Library, rng: Random) -> Seen:
        layers = library("layers")
        for key, arguments, dout in questions(rng):
            for cache in cache_of(getattr(layers, forward), *arguments):
                yield from ask(key, gradients, getattr(layers, backward), dout, cache)


def convolutions(rng: Random) -> Questions:
    """A key, the arguments and `dout` of several convolutions, the last of a random size."""
    HH, WW, pad = rng.randint(1, 4), rng.randint(2, 5), rng.randint(0, 3)
    N, C, F = rng.randint(2, 4), rng.randint(2, 4), rng.randint(2, 5)
    other = (N, C, HH + rng.randint(2, 5), WW + rng.randint(1, 4)), (F, C, HH, WW), 2, pad
    for number, (x_shape, w_shape, stride, pad) in enumerate([*CONVOLUTIONS, other], start=1):
        x, w, b = (rng.standard_normal(shape) for shape in (x_shape, w_shape, w_shape[:1]))
        param = {"stride": stride, "pad": pad}
        sizes = [1 + (x_shape[a] + 2 * pad - w_shape[a]) // stride for a in (2, 3)]
        dout = rng.standard_normal((x_shape[0], w_shape[0], *sizes))
        yield f"convolution {number}", (x, w, b, param), dout
        if number == 1:
            yield INTEGERS, (np.round(9 * x).astype(np.int64), w, b, param), dout


def poolings(rng: Random) -> Questions:
    """A key, the arguments and `dout` of several poolings: numbers that differ, ties, negatives."""
    height, width = rng.randint(1, 4), rng.randint(2, 4)
    other = (2, 2, height + rng.randint(2, 6), width + rng.randint(2, 6)), height, width, 2
    for number, (shape, height, width, stride) in enumerate([*POOLINGS, other], start=1):
        x = rng.permutation(int(np.prod(shape))).reshape(shape) + 0.5
        param = {"pool_height": height, "pool_width": width, "stride": stride}
        sizes = [1 + (s - p) // stride for s, p in zip(shape[2:], (height, width), strict=True)]
        dout = rng.standard_normal((*shape[:2], *sizes))
        yield f"pooling {number}", (x, param), dout
        if number in (2, 5):  # most windows are negative, which shows a maximum that starts at 0
            yield f"pooling {number}, negative", (x - np.quantile(x, 0.9), param), dout
        if number in (1, 5):
            yield f"pooling {number}, ties", (x // 7, param), dout
        if number == 1:
            yield INTEGERS, (x.astype(np.int64), param), dout


def samples(rng: Random) -> Questions:
    """A key, the arguments and `dout` of fully connected layers."""
    for shape in ((4, 2, 3), (3, 5), (2, 3, 2, 2)):
        x, w = rng.standard_normal(shape), rng.standard_normal((np.prod(shape[1:]), 7))
        dout, b = rng.standard_normal((shape[0], 7)), rng.standard_normal(7)
        yield f"x {shape}", (x, w, b), dout


def signs(rng: Random) -> Questions:
    """A key, the argument and `dout` of ReLU, with and without zeros."""
    for shape in ((4, 6), (2, 3, 2, 4)):
        x = rng.standard_normal(shape)
        yield f"x {shape}", (x,), rng.standard_normal(shape)
        x.flat[::3] = 0
        yield f"x {shape}, zeros", (x,), rng.standard_normal(shape)


probe_layer("conv_forward_naive", "conv_backward_naive", "dx dw db", convolutions)
probe_layer("max_pool_forward_naive", "max_pool_backward_naive", "dx", poolings)
probe_layer("affine_forward", "affine_backward", "dx dw db", samples)
probe_layer("relu_forward", "relu_backward", "dx", signs)


# Dropout: the student's generator decides which entries are kept, but not how many, nor their
# values.

ENTRIES = (200, 150)


def factors(values: Array) -> str:
    """The share of entries that are not 0, and the smallest and largest of these."""
    kept = values[values != 0]
    if not kept.size:
        return "none kept"
    return f"{kept.size / values.size:.1f} kept, times {kept.min():.5g} to {kept.max():.5g}"


@probe("layers.dropout_forward")
def dropout_forward(library: Library, rng: Random) -> Seen:
    for p in (0.3, 0.8):
        x = rng.uniform(1, 2, ENTRIES)
        for mode in ("train", "test"):
            what, param = f"{mode}, p {p}", {"mode": mode, "p": p}
            results = yield from ask(what, "- -", library("layers").dropout_forward, x, param)
            for out in (results or ())[:1]:
                if np.shape(out) != x.shape:
                    yield f"{what}: out", f"returned shape {np.shape(out)}"
                    continue
                yield f"{what}: out", factors(out / x)
                kept = out != 0
                alike = (kept == kept[0]).all(), (kept.T[0] == kept.T).all()
                yield f"{what}: alike", f"rows {alike[0]}, columns {alike[1]}"


@probe("layers.dropout_backward")
def dropout_backward(library: Library, rng: Random) -> Seen:
    """The gradient must follow the student's own forward pass, whatever it kept."""
    layers = library("layers")
    for p in (0.3, 0.8):
        for mode in ("train", "test"):
            x, dout = rng.uniform(1, 2, ENTRIES), rng.uniform(1, 2, ENTRIES)
            for out, cache in out_and_cache_of(layers.dropout_forward, x, {"mode": mode, "p": p}):
                if np.shape(out) != x.shape:
                    continue
                what, kept = f"{mode}, p {p}", out != 0
                results = yield from ask(what, "-", layers.dropout_backward, dout, cache)
                for dx in results or ():
                    if np.shape(dx) != x.shape:
                        yield f"{what}: dx", f"returned shape {np.shape(dx)}"
                        continue
                    # 1 where the gradient and the entry have the same factor.
                    yield f"{what}: dx of kept", factors((dx / dout)[kept] / (out / x)[kept])
                    if not kept.all():
                        yield f"{what}: dx of dropped", factors((dx / dout)[~kept])


# Losses


def scores(rng: Random) -> Iterator[tuple[str, Array, Array]]:
    for shape in ((4, 3), (5, 7)):
        x, y = 2 * rng.standard_normal(shape), rng.randint(shape[1], size=shape[0])
        yield f"x {shape}", x, y
    yield "rounded", x.round(), y
    yield "two samples with large scores", x * np.array([1, 1000, 1000, 1, 1])[:, None], y
    x[0] -= 1000
    yield "one sample far below the others", x, y


@probe("layers.svm_loss")
def svm_loss(library: Library, rng: Random) -> Seen:
    for key, x, y in scores(rng):
        yield from ask(key, "loss dx", library("layers").svm_loss, x, y)


@probe("layers.softmax_loss")
def softmax_loss(library: Library, rng: Random) -> Seen:
    for key, x, y in scores(rng):
        yield from ask(key, "loss dx", library("layers").softmax_loss, x, y)
