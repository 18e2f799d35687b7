"""Goes over the taps of a filter, not over the places of an image."""

import numpy as np


def _shifted(array, k: int, l: int, rows: int, columns: int, step: int):
    last_row, last_column = k + (rows - 1) * step, l + (columns - 1) * step
    return array[:, :, k : last_row + 1 : step, l : last_column + 1 : step]


def conv_forward_naive(x, w, b, conv_param):
    step, pad = conv_param["stride"], conv_param["pad"]
    rows = 1 + (x.shape[2] + 2 * pad - w.shape[2]) // step
    columns = 1 + (x.shape[3] + 2 * pad - w.shape[3]) // step
    big = np.zeros((x.shape[0], x.shape[1], x.shape[2] + 2 * pad, x.shape[3] + 2 * pad))
    big[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]] = x
    out = np.broadcast_to(b[None, :, None, None], (len(x), len(w), rows, columns)).copy()
    for k in range(w.shape[2]):
        for l in range(w.shape[3]):
            view = _shifted(big, k, l, rows, columns, step)
            out += np.einsum("nchw,fc->nfhw", view, w[:, :, k, l], optimize=True)
    return out, dict(big=big, w=w, step=step, pad=pad)


def conv_backward_naive(dout, cache):
    big, w, step, pad = cache.values()
    rows, columns = dout.shape[2:]
    dbig, dw = np.zeros_like(big), np.zeros_like(w, dtype=np.float64)
    for k in range(w.shape[2]):
        for l in range(w.shape[3]):
            view = _shifted(big, k, l, rows, columns, step)
            dw[:, :, k, l] = (dout[:, :, None] * view[:, None]).sum(axis=(0, 3, 4))
            _shifted(dbig, k, l, rows, columns, step)[...] += np.moveaxis(
                np.dot(np.moveaxis(dout, 1, -1), w[:, :, k, l]), -1, 1
            )
    inside = slice(pad, -pad) if pad else slice(None)
    return dbig[..., inside, inside], dw, np.add.reduce(dout, axis=(0, 2, 3))
