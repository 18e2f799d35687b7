"""An initialisation of its own: `weight_scale` is the standard deviation."""

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet


class ThreeLayerConvNet(ThreeLayerConvNet):
    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.params["W1"] *= np.float32(
            1 / self.params["W1"].std() / self.params["W1"][0].size ** 0.5
        )
