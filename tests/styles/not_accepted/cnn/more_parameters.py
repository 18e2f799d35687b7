"""Parameters more than promised: the solver would want a gradient for each of them."""

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet


class ThreeLayerConvNet(ThreeLayerConvNet):
    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.params["scale"] = np.ones(1, np.float32)
