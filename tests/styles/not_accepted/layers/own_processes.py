"""Processes of its own: the sandbox has no shared memory for them; threads work."""

from daseCV.layers import conv_forward_naive

honest = conv_forward_naive


def conv_forward_naive(*given):
    import multiprocessing

    multiprocessing.Pool(2)
    return honest(*given)
