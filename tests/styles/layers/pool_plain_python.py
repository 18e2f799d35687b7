"""Max pooling by lists and loops of Python's."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    height = pool_param["pool_height"]
    width = pool_param["pool_width"]
    stride = pool_param["stride"]
    rows = 1 + (x.shape[2] - height) // stride
    columns = 1 + (x.shape[3] - width) // stride
    images = x.tolist()
    result = []
    for image in images:
        channels = []
        for channel in image:
            lines = []
            for i in range(rows):
                line = []
                for j in range(columns):
                    block = [
                        r[j * stride : j * stride + width]
                        for r in channel[i * stride : i * stride + height]
                    ]
                    line.append(max(max(r) for r in block))
                lines.append(line)
            channels.append(lines)
        result.append(channels)
    return np.array(result), (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    height, width, stride = pool_param.values()
    dx = np.zeros(x.shape).tolist()
    for n in range(len(dout)):
        for c in range(len(dout[n])):
            for i in range(len(dout[n][c])):
                for j in range(len(dout[n][c][i])):
                    block = [
                        (-x[n, c, row, column], row, column)
                        for row in range(i * stride, i * stride + height)
                        for column in range(j * stride, j * stride + width)
                    ]
                    _, row, column = min(block)
                    dx[n][c][row][column] += dout[n][c][i][j]
    return np.array(dx)
