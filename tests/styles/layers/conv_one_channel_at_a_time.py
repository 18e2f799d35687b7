"""Convolution one channel at a time, by `np.vectorize`."""

import numpy as np


def correlate(image, kernel, stride):
    height, width = kernel.shape

    @np.vectorize
    def at(i, j):
        return (image[i : i + height, j : j + width] * kernel).sum()

    return at(
        *np.ix_(
            range(0, image.shape[0] - height + 1, stride),
            range(0, image.shape[1] - width + 1, stride),
        )
    )


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    out = [
        [
            bias
            + sum(
                correlate(np.pad(channel, pad), kernel, stride)
                for channel, kernel in zip(image, kernels, strict=True)
            )
            for kernels, bias in zip(w, b)
        ]
        for image in x
    ]
    return np.array(out), (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    dx, dw = np.zeros(x.shape), np.zeros(w.shape)
    db = np.array([d.sum() for d in dout.swapaxes(0, 1)])
    for n, image in enumerate(x):
        for c, channel in enumerate(image):
            channel, dchannel = np.pad(channel, pad), np.zeros(np.add(channel.shape, 2 * pad))
            for f in range(len(w)):
                for (i, j), d in np.ndenumerate(dout[n, f]):
                    rows = slice(i * stride, i * stride + w.shape[2])
                    columns = slice(j * stride, j * stride + w.shape[3])
                    dw[f, c] += d * channel[rows, columns]
                    dchannel[rows, columns] += d * w[f, c]
            stop = np.subtract(dchannel.shape, pad)
            dx[n, c] = dchannel[pad : stop[0], pad : stop[1]]
    return dx, dw, db
