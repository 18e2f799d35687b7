"""Initial parameters by a table, drawn number by number."""

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet


def table(C, H, W, F, k, M, K):
    yield "1", (F, C, k, k), F
    yield "2", (F * (H >> 1) * (W >> 1), M), M
    yield "3", (M, K), K


class ThreeLayerConvNet(ThreeLayerConvNet):
    def __init__(
        self,
        input_dim=(3, 32, 32),
        num_filters=32,
        filter_size=7,
        hidden_dim=100,
        num_classes=10,
        weight_scale=1e-3,
        reg=0.0,
        dtype=np.float32,
    ):
        self.reg, self.dtype, self.params = reg, dtype, dict()
        rows = table(*input_dim, num_filters, filter_size, hidden_dim, num_classes)
        for number, shape, width in rows:
            count = int(np.prod(shape))
            W = np.array([np.random.randn() for _ in range(count)]) * weight_scale
            self.params["W" + number] = np.asarray(W, dtype=dtype).reshape(shape, order="F")
            self.params["b" + number] = np.asarray([0] * width, dtype=dtype)
