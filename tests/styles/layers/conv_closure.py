"""Convolution whose cache is a function that computes the gradients."""

import numpy as np

pad_image = lambda image, p: np.pad(image, ((0, 0), (p, p), (p, p)))


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]

    def one_image(image):
        image, (HH, WW) = pad_image(image, p), w.shape[2:]
        return np.array(
            [
                [
                    [
                        np.vdot(image[:, i : i + HH, j : j + WW], kernel) + bias
                        for j in range(0, image.shape[2] - WW + 1, s)
                    ]
                    for i in range(0, image.shape[1] - HH + 1, s)
                ]
                for kernel, bias in zip(w, b)
            ]
        )

    def gradients(dout):
        dx, dw = [], 0
        for image, d in zip(x, dout):
            image = pad_image(image, p)
            dimage, dwn = np.zeros(image.shape), np.zeros(w.shape)
            for f, i, j in np.ndindex(d.shape):
                seen = np.s_[:, s * i : s * i + w.shape[2], s * j : s * j + w.shape[3]]
                dwn[f] += d[f, i, j] * image[seen]
                dimage[seen] += d[f, i, j] * w[f]
            dx.append(dimage[:, p : p + x.shape[2], p : p + x.shape[3]])
            dw = dw + dwn
        return np.stack(dx), dw, np.sum(dout, axis=(0, 2, 3))

    return np.stack([one_image(image) for image in x]), gradients


def conv_backward_naive(dout, cache):
    return cache(dout)
