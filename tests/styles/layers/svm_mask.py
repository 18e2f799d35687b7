"""The margin loss by a mask of the right classes; the loss is an array without axes."""

import numpy as np


def svm_loss(x, y):
    right = np.eye(x.shape[1], dtype=bool)[y]
    margins = np.where(right, 0, (x.T - x[right]).T + 1).clip(min=0)
    violated = (margins > 0).astype(float)
    dx = violated - right * np.sum(violated, axis=1, keepdims=True)
    return np.asarray(margins.sum(axis=1).mean()), dx / x.shape[0]
