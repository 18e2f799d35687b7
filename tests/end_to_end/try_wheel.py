"""Convolve with an installed wheel in a clean environment: `test_wheel` and releases run this."""

import numpy as np

from daseCV import fast_layers

x, w, b = np.ones((2, 3, 8, 9)), np.ones((4, 3, 3, 3)), np.zeros(4)
out, cache = fast_layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 0})
dx, dw, db = fast_layers.conv_backward_fast(np.ones_like(out), cache)

assert (out == 27).all()  # each window holds 3 * 3 * 3 ones
assert (db == out[:, 0].size).all()
assert dx[0, 0, 4, 4] == 4 * 9  # four filters, nine windows
assert fast_layers.backend() == "compiled", fast_layers.__file__
print("compiled kernels from", fast_layers.__file__)
