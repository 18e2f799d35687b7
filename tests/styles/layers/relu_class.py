"""ReLU by an object that is its own cache; the gradient is read-only."""

import numpy as np

ZERO = 0.0


class ReLU:
    def forward(self, x):
        self.slope = np.heaviside(x, ZERO)
        return np.multiply(x, self.slope), self

    def backward(self, dout):
        dx = np.asfortranarray(np.multiply(dout, self.slope))
        dx.flags.writeable = False
        return dx


def relu_forward(x):
    return ReLU().forward(x)


def relu_backward(dout, cache):
    return cache.backward(dout)
