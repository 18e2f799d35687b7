"""Max pooling as a maximum over shifted images."""

import numpy as np


def max_pool_forward_naive(x, pool_param):
    HH, WW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    rows, columns = (x.shape[2] - HH) // s + 1, (x.shape[3] - WW) // s + 1
    places = [(k, l) for k in range(HH) for l in range(WW)]
    layers = [
        x[:, :, k : k + s * rows : s, l : l + s * columns : s][:, :, :rows, :columns]
        for k, l in places
    ]
    out = np.maximum.reduce(layers)
    winner, taken = np.zeros(out.shape, dtype=int), np.zeros(out.shape, dtype=bool)
    for number, layer in enumerate(layers):
        new = (layer == out) & ~taken
        winner[new], taken = number, taken | new
    return out, {"shape": x.shape, "places": places, "winner": winner, "s": s}


def max_pool_backward_naive(dout, cache):
    dx, s = np.zeros(cache["shape"], dtype=dout.dtype), cache["s"]
    _, _, rows, columns = dout.shape
    for number, (k, l) in enumerate(cache["places"]):
        part = dx[:, :, k : k + s * (rows - 1) + 1 : s, l : l + s * (columns - 1) + 1 : s]
        part += dout * (cache["winner"] == number)
    return dx
