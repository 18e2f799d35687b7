"""The softmax loss by loops over samples and classes, with `math`."""

import math

import numpy as np


def softmax_loss(x, y):
    N, C = x.shape
    loss, dx = 0.0, np.zeros((N, C))
    for i in range(N):
        largest = max(x[i])
        exps = [math.exp(score - largest) for score in x[i]]
        total = sum(exps)
        loss += math.log(total) - (x[i][y[i]] - largest)
        for j in range(C):
            dx[i][j] = exps[j] / total
            if j == y[i]:
                dx[i][j] -= 1
    return loss / N, dx / N
