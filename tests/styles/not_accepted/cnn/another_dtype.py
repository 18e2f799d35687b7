"""Parameters in another dtype: `dtype` is of all parameters and computations."""

from daseCV.classifiers.cnn import ThreeLayerConvNet


class ThreeLayerConvNet(ThreeLayerConvNet):
    def __init__(self, *given, **named):
        super().__init__(*given, **named)
        self.params = {k: v.astype(float) for k, v in self.params.items()}
