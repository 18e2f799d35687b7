"""Running averages in a dict of its own: the next call gets the given dict."""

from daseCV.layers import spatial_batchnorm_forward

honest = spatial_batchnorm_forward


def spatial_batchnorm_forward(*given):
    return honest(*given[:3], dict(given[3]))
