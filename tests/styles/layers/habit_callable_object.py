"""An object that can be called, in the place of a function."""

from daseCV.layers import conv_forward_naive


class Convolve:
    def __init__(self, function):
        self.function, self.calls = function, 0

    def __call__(self, x, w, b, conv_param, verbose=False):
        self.calls += 1
        return self.function(x=x, w=w, b=b, conv_param=conv_param)


conv_forward_naive = Convolve(conv_forward_naive)
