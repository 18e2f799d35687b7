"""Max pooling by recursion and generators; the cache is a function."""

import numpy as np


def pool(image, height, width, stride):
    # recursive: an image of many channels is many images
    if image.ndim > 2:
        return np.stack([pool(part, height, width, stride) for part in image])
    top = range(0, image.shape[0] - height + 1, stride)
    left = range(0, image.shape[1] - width + 1, stride)
    return np.fromiter(
        (image[i : i + height, j : j + width].max() for i in top for j in left), dtype=image.dtype
    ).reshape(len(top), len(left))


def unpool(image, d, height, width, stride):
    if image.ndim > 2:
        pairs = zip(image, d)
        return np.stack([unpool(part, dpart, height, width, stride) for part, dpart in pairs])
    result = np.zeros(image.shape)
    for i, j in np.ndindex(d.shape):
        window = image[i * stride :, j * stride :][:height, :width]
        k, l = np.argwhere(window == window.max())[0]
        result[i * stride + k, j * stride + l] += d[i, j]
    return result


def max_pool_forward_naive(x, pool_param):
    sizes = dict(height=pool_param["pool_height"], width=pool_param["pool_width"])
    out = pool(x, **sizes, stride=pool_param["stride"])
    out.setflags(write=False)
    return out, lambda dout: unpool(x, dout, **sizes, stride=pool_param["stride"])


def max_pool_backward_naive(dout, cache):
    return np.asfortranarray(cache(dout))
