"""A picture of the input."""

from daseCV.layers import conv_forward_naive

solved = conv_forward_naive


def conv_forward_naive(x, w, b, conv_param):
    import matplotlib.pyplot as plt

    plt.imshow(x[0, 0])
    plt.show()
    return solved(x, w, b, conv_param)
