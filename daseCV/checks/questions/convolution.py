"""Public checks of the naive convolution."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from ...fast_layers import conv_forward_fast
from ...language import Message
from ..compare import Array, expect_close, expect_shape
from ..library import student
from ..numerical import numerical_gradients
from ..registry import call_forward, call_layer, expect_results, public_check

# x, w, stride, pad: square and not, even strides and uneven ones, one channel, one pixel.
GEOMETRIES = [
    ((2, 3, 5, 5), (4, 3, 3, 3), 1, 1),
    ((2, 3, 7, 6), (2, 3, 3, 2), 2, 1),
    ((1, 2, 8, 5), (3, 2, 4, 3), 3, 2),
    ((3, 1, 4, 4), (2, 1, 1, 1), 1, 0),
]

# x counts 0.0, 0.1, ... and w 0.00, -0.05, ...; worked out by hand and rounded to 8 digits.
EXAMPLE = np.array([[[[-0.24, -0.3], [-0.3, -0.24]]], [[[-1.32, -1.2], [-0.84, -0.6]]]])

# Convolution is linear in x, w and b: central differences are exact, and a large step rounds less.
STEP = 0.1

_forward = partial(call_forward, "conv_forward_naive")


@public_check
def conv_forward_naive() -> Iterator[str]:
    """An example with known values, then other geometries against the given fast layer."""
    x = np.arange(18.0).reshape(2, 1, 3, 3) / 10
    w = -np.arange(9.0).reshape(1, 1, 3, 3) / 20
    conv_param = {"stride": 2, "pad": 1}
    out = _forward(x, w, np.array([0.05]), conv_param)
    asked = f"x {x.shape}, w {w.shape}, stride 2, pad 1"
    expect_close("out", out, EXAMPLE, 1e-7, asked)
    yield Message("{question}: known values", question=asked)

    for x, w, b, conv_param, asked in _questions():
        out = _forward(x, w, b, conv_param)
        expect_close("out", out, conv_forward_fast(x, w, b, conv_param)[0], 1e-8, asked)
        yield asked


@public_check
def conv_image_filters() -> Iterator[str]:
    """The two filters of the image section, on a picture whose result is known."""
    rows, columns = np.mgrid[0:12, 0:16]
    picture = np.stack([rows * 20.0, columns * 15.0, np.where(columns < 8, 0.0, 200.0)])[None]
    w = np.zeros((2, 3, 3, 3))
    w[0, :, 1, 1] = 0.3, 0.6, 0.1
    w[1, 2] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
    b = np.array([0.0, 128.0])
    out = _forward(picture, w, b, {"stride": 1, "pad": 1})
    asked = filters_question(picture)
    grey = 0.3 * picture[0, 0] + 0.6 * picture[0, 1] + 0.1 * picture[0, 2]
    expect_shape("out", out, (1, 2, 12, 16), asked)
    said = Message("{question}; the grey picture", question=asked)
    expect_close("out", out[0, 0], grey, 1e-8, said)
    yield Message("grey: 0.3 red + 0.6 green + 0.1 blue")
    # The blue picture has a vertical edge only, so a filter for horizontal edges sees none inside.
    none = np.full((10, 16), 128.0)
    said = Message("{question}; the edges", question=asked)
    expect_close("out", out[0, 1, 1:-1], none, 1e-8, said)
    yield Message("horizontal edges: none inside a picture with a vertical one")

    picture[0, 2] = np.where(rows < 6, 0.0, 200.0)
    out = _forward(picture, w, b, {"stride": 1, "pad": 1})
    edge = none[:, 1:-1].copy()
    edge[4:6] = 128 - 4 * 200  # dark above bright, seen with weights 1, 2, 1
    said = Message("{question}; a horizontal edge", question=asked)
    expect_close("out", out[0, 1, 1:-1, 1:-1], edge, 1e-8, said)
    yield Message("horizontal edges: one, dark above bright")


@public_check
def conv_backward_naive() -> Iterator[str]:
    """Gradients against numerical ones of the given fast layer."""
    layers = student("layers")
    for x, w, b, conv_param, asked in _questions():
        _, cache = expect_results(
            "conv_forward_naive", layers.conv_forward_naive(x, w, b, conv_param), 2
        )
        out = conv_forward_fast(x, w, b, conv_param)[0]
        dout = np.random.default_rng(7).standard_normal(out.shape)
        grads = call_layer("conv_backward_naive", 3, dout, cache)
        forward = partial(conv_forward_fast, conv_param=conv_param)
        numerical = numerical_gradients(forward, (x, w, b), dout, STEP)
        for what, got, expected in zip(("dx", "dw", "db"), grads, numerical, strict=True):
            expect_close(what, got, expected, 1e-8, asked, gradient=True)
        yield asked


def filters_question(picture: Array) -> Message:
    return Message(
        "a picture {shape}, a grey filter and an edge filter, stride 1, pad 1", shape=picture.shape
    )


def _questions() -> Iterator[tuple[Array, Array, Array, dict[str, int], str]]:
    rng = np.random.default_rng(231)
    for x_shape, w_shape, stride, pad in GEOMETRIES:
        x, w, b = (rng.standard_normal(shape) for shape in (x_shape, w_shape, w_shape[:1]))
        asked = f"x {x_shape}, w {w_shape}, stride {stride}, pad {pad}"
        yield x, w, b, {"stride": stride, "pad": pad}, asked
