"""Gradients of gamma in (1, C, 1, 1): batch norm takes gamma as (C,) alone."""

from daseCV.layers import spatial_batchnorm_backward

honest = spatial_batchnorm_backward


def spatial_batchnorm_backward(*given):
    dx, dgamma, dbeta = honest(*given)
    return dx, dgamma[None, :, None, None], dbeta
