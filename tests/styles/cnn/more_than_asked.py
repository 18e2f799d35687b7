"""More gradients than asked for, all read-only; a history of the loss, and prints."""

import numpy as np

from daseCV.classifiers.cnn import ThreeLayerConvNet

solved = ThreeLayerConvNet.loss


def loss(self, X, y=None):
    if y is None:
        self.last_scores = solved(self, X)
        return self.last_scores.copy(order="F")
    self.loss_history = getattr(self, "loss_history", [])
    value, grads = solved(self, X, y)
    grads["X"], grads["norm"] = np.zeros_like(X), float(abs(grads["W1"]).max())
    for name in self.params:
        grads[name] = np.asfortranarray(grads[name])
        grads[name].flags.writeable = False
    self.loss_history.append(value)
    print(f"loss {value:.3f}")
    return value, grads


ThreeLayerConvNet.loss = loss
