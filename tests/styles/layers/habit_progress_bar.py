"""A progress bar."""

from daseCV.layers import conv_forward_naive

solved = conv_forward_naive


def conv_forward_naive(x, w, b, conv_param):
    from tqdm import tqdm

    for _ in tqdm(range(100)):
        pass
    return solved(x, w, b, conv_param)
