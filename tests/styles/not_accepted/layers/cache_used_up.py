"""A cache that is used up: a gradient check calls the backward pass more than once."""

from daseCV.layers import spatial_batchnorm_backward, spatial_batchnorm_forward

forward, backward = spatial_batchnorm_forward, spatial_batchnorm_backward


def spatial_batchnorm_forward(*given):
    out, cache = forward(*given)
    return out, [cache]


def spatial_batchnorm_backward(dout, cache):
    return backward(dout, cache.pop())
