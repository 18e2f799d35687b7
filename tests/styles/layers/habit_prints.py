"""Two hundred prints that were left in."""

from daseCV.layers import conv_forward_naive

solved = conv_forward_naive


def conv_forward_naive(x, w, b, conv_param):
    for i in range(200):
        print("x is", x[0, 0, 0])
    return solved(x, w, b, conv_param)
