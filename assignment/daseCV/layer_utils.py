# Generated from daseCV/layer_utils.py by "dasecv release".
"""Sandwich layers: layers that are often used together, as one forward and one backward.

The functions in here are given: they call your `layers` and the given `fast_layers`. Add sandwich
layers of your own at the end; they are handed in with your work. Changes to the given functions do
not count.
"""

from typing import Any

import numpy as np

from .fast_layers import (
    conv_backward_fast,
    conv_forward_fast,
    max_pool_backward_fast,
    max_pool_forward_fast,
)
from .layers import (
    affine_backward,
    affine_forward,
    relu_backward,
    relu_forward,
    spatial_batchnorm_backward,
    spatial_batchnorm_forward,
)

Array = np.ndarray
Cache = Any


def affine_relu_forward(x: Array, w: Array, b: Array) -> tuple[Array, Cache]:
    """Affine, then ReLU: (N, d_1, ..., d_k) to (N, M); arguments as in `affine_forward`."""
    a, affine_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Return dx, dw, db of affine - ReLU."""
    affine_cache, relu_cache = cache
    return affine_backward(relu_backward(dout, relu_cache), affine_cache)


def conv_relu_forward(
    x: Array, w: Array, b: Array, conv_param: dict[str, int]
) -> tuple[Array, Cache]:
    """Convolution, then ReLU: (N, C, H, W) to (N, F, H', W'); as in `conv_forward_fast`."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, relu_cache = relu_forward(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(
    dout: Array, cache: Cache, *, need_dx: bool = True
) -> tuple[Array, Array, Array]:
    """Return dx (None unless needed), dw, db of convolution - ReLU."""
    conv_cache, relu_cache = cache
    return conv_backward_fast(relu_backward(dout, relu_cache), conv_cache, need_dx=need_dx)


def conv_bn_relu_forward(
    x: Array,
    w: Array,
    b: Array,
    gamma: Array,
    beta: Array,
    conv_param: dict[str, int],
    bn_param: dict[str, Any],
) -> tuple[Array, Cache]:
    """Convolution, spatial batch norm, ReLU: (N, C, H, W) to (N, F, H', W')."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    normalised, bn_cache = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward(normalised)
    return out, (conv_cache, bn_cache, relu_cache)


def conv_bn_relu_backward(dout: Array, cache: Cache) -> tuple[Array, Array, Array, Array, Array]:
    """Return dx, dw, db, dgamma, dbeta of convolution - spatial batch norm - ReLU."""
    conv_cache, bn_cache, relu_cache = cache
    dnormalised = relu_backward(dout, relu_cache)
    da, dgamma, dbeta = spatial_batchnorm_backward(dnormalised, bn_cache)
    dx, dw, db = conv_backward_fast(da, conv_cache)
    return dx, dw, db, dgamma, dbeta


def conv_relu_pool_forward(
    x: Array, w: Array, b: Array, conv_param: dict[str, int], pool_param: dict[str, int]
) -> tuple[Array, Cache]:
    """Convolution, ReLU, max pooling: (N, C, H, W) to (N, F, H', W').

    Pooling comes before the ReLU here: the largest number of a window is the same before and after,
    and so is the gradient, but there are fewer numbers to clip.
    """
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    pooled, pool_cache = max_pool_forward_fast(a, pool_param)
    out, relu_cache = relu_forward(pooled)
    return out, (conv_cache, pool_cache, relu_cache)


def conv_relu_pool_backward(
    dout: Array, cache: Cache, *, need_dx: bool = True
) -> tuple[Array, Array, Array]:
    """Return dx (None unless needed), dw, db of convolution - ReLU - max pooling."""
    conv_cache, pool_cache, relu_cache = cache
    da = max_pool_backward_fast(relu_backward(dout, relu_cache), pool_cache)
    return conv_backward_fast(da, conv_cache, need_dx=need_dx)


# Your own sandwich layers: below this line.
