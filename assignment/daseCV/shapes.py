# Generated from daseCV/shapes.py by "dasecv release".
"""Checks the arguments of layers and networks, and explains wrong ones.

Given. A check is one line at the top of a layer, and raises before NumPy would:
`function: what was got, what was expected`. Integers and booleans are numbers, N may be 0, nothing
is copied, and only values of class numbers are checked.
"""

import math
from typing import Any

import numpy as np

Array = np.ndarray
Shape = tuple[int, ...]

LARGEST = 2**30  # of strides, pads and windows: sizes computed from them fit the kernels' integers

SAMPLES = "(N, d_1, ..., d_k)"
ADVICE = {
    "None": ": did the layer before return something?",
    "a list": ": use np.array(...)",
    "a tuple": ": is it the (out, cache) of the layer before?",
}

_ARRAYS = (np.ndarray, np.generic)
_WHOLE = (int, np.integer)
_NUMBERS = (float, np.floating, *_WHOLE)


# Layers


def check_affine(name: str, x: Array, w: Array, b: Array) -> None:
    """Check x (N, d_1, ..., d_k), w (D, M) with D = d_1 * ... * d_k, and b (M,)."""
    samples = check_array(name, "x", x, SAMPLES)
    D, M = check_array(name, "w", w, "(D, M)")
    numbers = math.prod(samples[1:])
    if numbers != D:
        raise ValueError(
            f"{name}: w has {D} rows, x has {numbers} numbers a sample (x {samples}, w {w.shape})"
        )
    check_exactly(name, "b", b, (M,), ": one bias an output")


def check_batchnorm(
    name: str, axes: str, x: Array, gamma: Array, beta: Array, bn_param: dict[str, Any]
) -> None:
    """Check batch normalisation of features, axes (N, D), or of images, axes (N, C, H, W)."""
    _check_scales(name, check_array(name, "x", x, axes), gamma, beta)
    _check_mode(name, "bn_param", bn_param)


def check_layernorm(
    name: str, x: Array, gamma: Array, beta: Array, ln_param: dict[str, Any]
) -> None:
    """Check layer normalisation of features, x (N, D)."""
    _check_scales(name, check_array(name, "x", x, "(N, D)"), gamma, beta)
    _check_dict(name, "ln_param", ln_param)


def check_groupnorm(
    name: str, x: Array, gamma: Array, beta: Array, G: int, gn_param: dict[str, Any]
) -> None:
    """Check group normalisation: x (N, C, H, W), gamma and beta (1, C, 1, 1) or (C,), G."""
    shape = check_array(name, "x", x, "(N, C, H, W)")
    C = shape[1]
    _check_scales(name, shape, gamma, beta, (1, C, 1, 1))
    if not isinstance(G, _WHOLE) or G < 1 or C % G:
        raise ValueError(f"{name}: G is {G!r}, expected a divisor of the {C} channels of x {shape}")
    _check_dict(name, "gn_param", gn_param)


def check_dropout(name: str, x: Array, dropout_param: dict[str, Any]) -> None:
    """Check x of any shape, the probability p of keeping an entry, and the mode."""
    check_array(name, "x", x)
    p = _entry(name, "dropout_param", dropout_param, "p")
    if not isinstance(p, _NUMBERS) or not 0 < p <= 1:
        raise ValueError(
            f"{name}: p is {p!r}, expected the probability of keeping an entry, above 0 and "
            "at most 1"
        )
    _check_mode(name, "dropout_param", dropout_param)


def check_conv(name: str, x: Array, w: Array, b: Array, conv_param: dict[str, int]) -> Shape:
    """Check a convolution: `check_conv_sizes`, and b (F,)."""
    sizes = check_conv_sizes(name, x, w, conv_param)
    check_exactly(name, "b", b, w.shape[:1], ": one bias a filter")
    return sizes


def check_conv_sizes(name: str, x: Array, w: Array, conv_param: dict[str, int]) -> Shape:
    """Check x (N, C, H, W), w (F, C, HH, WW), stride and pad; return the last two."""
    stride = _whole(name, "conv_param", conv_param, "stride", 1)
    pad = _whole(name, "conv_param", conv_param, "pad", 0)
    images = check_array(name, "x", x, "(N, C, H, W)")
    filters = check_array(name, "w", w, "(F, C, HH, WW)")
    if images[1] != filters[1]:
        raise ValueError(
            f"{name}: w has {filters[1]} input channels, x has {images[1]} "
            f"(x {images}, w {filters})"
        )
    if 0 in filters or 0 in images[1:]:
        raise ValueError(f"{name}: only N may be 0, got x {images}, w {filters}")
    padded = images[2] + 2 * pad, images[3] + 2 * pad
    if filters[2] > padded[0] or filters[3] > padded[1]:
        raise ValueError(
            f"{name}: w has filters of {filters[2:]}, expected at most the padded image {padded}"
        )
    # A stride beyond the padded image leaves one window, however large it is.
    return min(stride, max(padded)), pad


def check_pool(name: str, x: Array, pool_param: dict[str, int]) -> Shape:
    """Check x (N, C, H, W), the window's height and width, and the stride; return these three."""
    height = _whole(name, "pool_param", pool_param, "pool_height", 1)
    width = _whole(name, "pool_param", pool_param, "pool_width", 1)
    stride = _whole(name, "pool_param", pool_param, "stride", 1)
    shape = check_array(name, "x", x, "(N, C, H, W)")
    if height > shape[2] or width > shape[3]:
        raise ValueError(
            f"{name}: the window is {(height, width)}, expected at most the image {shape[2:]}"
        )
    return height, width, stride


# Losses and networks


def check_loss(name: str, x: Array, y: Array) -> None:
    """Check scores x (N, C) and correct classes y (N,), whole numbers in 0..C-1."""
    shape = check_array(name, "x", x, "(N, C)")
    _check_classes(name, y, shape[0])
    if shape[0] and (np.minimum.reduce(y) < 0 or np.maximum.reduce(y) >= shape[1]):
        raise IndexError(
            f"{name}: y has classes from {y.min()} to {y.max()}, "
            f"expected 0 to {shape[1] - 1} (x {shape})"
        )


def check_samples(name: str, X: Array, y: Array | None, axes: str = SAMPLES) -> None:
    """Check the arguments of a network's loss: samples X, and correct classes y or None."""
    shape = check_array(name, "X", X, axes)
    if y is not None:
        _check_classes(name, y, shape[0])


# Common checks


def check_array(name: str, argument: str, value: Any, axes: str = "") -> Shape:
    """Check for real numbers, and for as many axes as there are names of axes; return the shape."""
    shape = _shape(name, argument, value)
    if axes and len(shape) != axes.count(", ") + 1 and not (axes == SAMPLES and shape):
        raise ValueError(f"{name}: {argument} has shape {shape}, expected {axes}")
    return shape


def check_exactly(name: str, argument: str, value: Any, expected: Shape, why: str) -> None:
    """Check for one shape."""
    shape = _shape(name, argument, value)
    if shape != expected:
        raise ValueError(f"{name}: {argument} has shape {shape}, expected {expected}{why}")


def _shape(name: str, argument: str, value: Any) -> Shape:
    """The shape of an array of real numbers, or of a single one."""
    if isinstance(value, _ARRAYS):
        if value.dtype.kind in "fiub":
            return value.shape
        raise TypeError(f"{name}: {argument} holds {value.dtype}, expected real numbers")
    if isinstance(value, _NUMBERS):
        return ()
    what = _what(value)
    raise TypeError(f"{name}: {argument} is {what}, expected an array{ADVICE.get(what, '')}")


def _what(value: Any) -> str:
    kind = type(value).__name__
    return "None" if value is None else f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"


def _check_scales(name: str, x: Shape, gamma: Array, beta: Array, *also: Shape) -> None:
    """Check gamma and beta: one number for each entry of the second axis of x.

    Layers that normalise features may get scales of any shape that broadcasts to x.
    """
    expected = *also, x[1:2]
    for argument, value in (("gamma", gamma), ("beta", beta)):
        shape = _shape(name, argument, value)
        if shape not in expected and not (len(x) == 2 and _spreads(shape, x)):
            wanted = " or ".join(map(str, expected))
            raise ValueError(f"{name}: {argument} has shape {shape}, expected {wanted} (x {x})")


def _spreads(shape: Shape, target: Shape) -> bool:
    """Whether broadcasting makes `target` of `shape`."""
    pairs = zip(reversed(shape), reversed(target), strict=False)
    return len(shape) <= len(target) and all(size in (1, other) for size, other in pairs)


def _check_classes(name: str, y: Array, count: int) -> None:
    check_exactly(name, "y", y, (count,), ": one class a sample")
    if y.dtype.kind not in "iu":
        raise TypeError(f"{name}: y holds {y.dtype}, expected whole numbers")


def _check_dict(name: str, argument: str, value: Any) -> None:
    if not isinstance(value, dict):
        raise TypeError(f"{name}: {argument} is {_what(value)}, expected a dict")


def _entry(
    name: str, argument: str, param: Any, key: str, missing: type[Exception] = KeyError
) -> Any:
    _check_dict(name, argument, param)
    if key not in param:
        raise missing(f"{name}: {key!r} is missing, got only {sorted(param)}")
    return param[key]


def _check_mode(name: str, argument: str, param: dict[str, Any]) -> None:
    mode = _entry(name, argument, param, "mode")
    if mode not in ("train", "test"):
        raise ValueError(f"{name}: mode is {mode!r}, expected 'train' or 'test'")


def _whole(name: str, argument: str, param: dict[str, int], key: str, least: int) -> int:
    value = _entry(name, argument, param, key, ValueError)
    if not isinstance(value, _WHOLE) or not least <= value <= LARGEST:
        raise ValueError(
            f"{name}: {key} is {value!r}, expected a whole number from {least} to {LARGEST}"
        )
    return int(value)
