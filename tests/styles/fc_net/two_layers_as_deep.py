"""Two layers as a deep network with one hidden layer."""

import numpy as np

from daseCV.classifiers.fc_net import FullyConnectedNet


class TwoLayerNet(FullyConnectedNet):
    def __init__(
        self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0
    ):
        super().__init__(
            [hidden_dim],
            input_dim,
            num_classes,
            reg=reg,
            weight_scale=weight_scale,
            dtype=np.float64,
        )
