"""Hidden checks of the naive convolution."""

from collections.abc import Iterator, Sequence

import numpy as np

from daseCV.checks.compare import expect, other_shape
from daseCV.checks.convolution import filters_question
from daseCV.fast_layers import conv_backward_fast, conv_forward_fast
from daseCV.language import Message

from .registry import Array, Ask, hidden_check

FORWARD, BACKWARD = "layers:conv_forward_naive", "layers:conv_backward_naive"

# x, w, stride, pad, memory order or dtype. One of everything that goes wrong somewhere: square and
# not, filters wider than high and higher than wide, strides that leave a rest, no padding, much
# padding, one channel, one filter, one image, one pixel, a filter as large as the image, a last
# window that reaches to the end of a padding wider than the stride.
GEOMETRIES = [
    ((2, 3, 6, 6), (4, 3, 3, 3), 1, 1, "C"),
    ((2, 2, 7, 5), (3, 2, 3, 2), 2, 1, "F"),
    ((1, 3, 5, 9), (2, 3, 1, 4), 1, 0, "strided"),
    ((3, 1, 8, 4), (2, 1, 4, 3), 3, 2, "C"),
    ((2, 2, 4, 4), (1, 2, 4, 4), 1, 0, "C"),
    ((2, 3, 1, 1), (3, 3, 1, 1), 1, 0, "C"),
    ((1, 1, 5, 7), (2, 1, 3, 3), 2, 3, "F"),
    ((2, 3, 6, 7), (4, 3, 3, 3), 1, 1, "float32"),
]

REST = (
    "Where the stride does not divide evenly, the last rows and columns that do not fill a window"
)
SUM = "out[n, f, i, j] = b[f] + sum over c, k, l of"
GRADIENTS = "Gradients of the convolution, one output value at a time."


@hidden_check(out=3, rest=1)
def conv_forward_naive(ask: Ask) -> None:
    """Convolutions of many shapes, against the reference."""
    for x, w, b, param, how, asked in draw_geometries(ask):
        part, promise = (
            ("rest", REST) if leaves_remainder(x, w.shape[2:], **param) else ("out", SUM)
        )
        with ask.part(part, promise), ask.question(asked):
            out, _ = ask.call(FORWARD, x, w, b, param, count=2, keep=[1], how=how)
            ask.close("out", out, conv_forward_fast(x, w, b, param)[0], dtype_of(how))


@hidden_check(grey=1, edges=1)
def conv_image_filters(ask: Ask) -> None:
    """A grey filter and an edge filter, on a picture that nobody has seen."""
    picture = ask.draw.normal(1, 3, 14, 17, scale=40, shift=128).clip(0, 255)
    w = np.zeros((2, 3, 3, 3))
    w[0, :, 1, 1] = 0.3, 0.6, 0.1
    w[1, 2] = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]
    b, param = np.array([0.0, 128.0]), {"stride": 1, "pad": 1}
    expected = conv_forward_fast(picture, w, b, param)[0]
    with ask.question(filters_question(picture)):
        out, _ = ask.call(FORWARD, picture, w, b, param, count=2, keep=[1])
        expect(
            isinstance(out, np.ndarray) and out.shape == expected.shape,
            other_shape("out", getattr(out, "shape", ()), expected.shape),
        )
        for channel, name in enumerate(("grey", "edges")):
            with ask.part(name, SUM):
                ask.close(f"out[:, {channel}]", out[:, channel], expected[:, channel])


@hidden_check(dx=3, dw=3, db=1)
def conv_backward_naive(ask: Ask) -> None:
    """Gradients of many shapes, against the reference, after the student's own forward pass."""
    for x, w, b, param, how, asked in draw_geometries(ask):
        expected_out, cache = conv_forward_fast(x, w, b, param)
        dout = ask.draw.normal(*expected_out.shape)
        expected = conv_backward_fast(dout, cache)
        with ask.question(asked):
            _, kept = ask.call(FORWARD, x, w, b, param, count=2, keep=[1], how=how)
            grads = ask.call(BACKWARD, dout, kept, count=3, how=how)
            for name, got, right in zip(("dx", "dw", "db"), grads, expected, strict=True):
                with ask.part(name, GRADIENTS):
                    ask.close(name, got, right, dtype_of(how))


def draw_geometries(ask: Ask) -> Iterator[tuple[Array, Array, Array, dict[str, int], str, str]]:
    """Draw x, w and b for each geometry, and say what is asked."""
    for x_shape, w_shape, stride, pad, how in GEOMETRIES:
        x, w, b = (ask.draw.normal(*shape) for shape in (x_shape, w_shape, w_shape[:1]))
        asked = laid_out(f"x {x_shape}, w {w_shape}, stride {stride}, pad {pad}", how)
        yield x, w, b, {"stride": stride, "pad": pad}, how, asked


def leaves_remainder(x: Array, window: Sequence[int], stride: int, pad: int = 0) -> bool:
    """Whether the last rows or columns do not fill a window."""
    sizes = zip(x.shape[2:], window, strict=True)
    return any((size + 2 * pad - extent) % stride for size, extent in sizes)


def laid_out(question: str, how: str) -> str:
    """A question with the layout of its arrays."""
    if how == "F":
        return Message("{question}; Fortran order", question=question)
    if how == "strided":
        return Message("{question}; not contiguous", question=question)
    if how == "float32":
        return Message("{question}; float32", question=question)
    return question


def dtype_of(how: str) -> str:
    return "float32" if how == "float32" else "float64"
