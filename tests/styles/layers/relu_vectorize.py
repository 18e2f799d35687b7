"""ReLU number by number: by `np.vectorize`, and backward by a list."""

import numpy as np


@np.vectorize
def relu(value: float) -> float:
    return value if value > 0 else 0.0


def relu_forward(x):
    return relu(x), x.ravel()


def relu_backward(dout, cache):
    flat = [d if value > 0 else 0 * d for d, value in zip(dout.ravel(), cache)]
    return np.array(flat).reshape(dout.shape)
