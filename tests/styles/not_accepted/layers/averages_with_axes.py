"""Running averages in (1, C, 1, 1): they have shape (C,)."""

from daseCV.layers import spatial_batchnorm_forward

honest = spatial_batchnorm_forward


def spatial_batchnorm_forward(*given):
    result = honest(*given)
    p = given[3]
    p["running_mean"] = p["running_mean"].reshape(1, -1, 1, 1)
    return result
