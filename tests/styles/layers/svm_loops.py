"""The margin loss by loops over samples and classes."""

import numpy as np


def svm_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros(x.shape)
    for n in range(N):
        for c in range(C):
            if c == y[n]:
                continue
            margin = x[n, c] - x[n, y[n]] + 1.0
            if margin > 0:
                loss += margin / N
                dx[n, c] += 1.0 / N
                dx[n, y[n]] -= 1.0 / N
    return loss, dx
