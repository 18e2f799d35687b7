"""A deep network that draws its weights from a generator of its own."""

import numpy as np

from daseCV.classifiers.fc_net import FullyConnectedNet

given = FullyConnectedNet.__init__


def init(
    self,
    hidden_dims,
    input_dim=3 * 32 * 32,
    num_classes=10,
    dropout=1,
    normalization=None,
    reg=0.0,
    weight_scale=1e-2,
    dtype=np.float32,
    seed=None,
):
    given(
        self,
        hidden_dims,
        input_dim,
        num_classes,
        dropout,
        normalization,
        reg,
        weight_scale,
        dtype,
        seed,
    )
    rng = np.random.default_rng()
    for name, value in self.params.items():
        if name[0] == "W":
            drawn = rng.normal(scale=weight_scale, size=value.shape)
            self.params[name] = drawn.astype(dtype)


FullyConnectedNet.__init__ = init
