"""Convolution, with NumPy's tools: right is right, however it is written.

Each of these stands at the end of layers.py, takes the reference's place and gets its full share.
"""

from collections.abc import Callable

import pytest

CHECKS = ("conv_forward_naive", "conv_image_filters", "conv_backward_naive", "conv_fast")

WINDOWS = """
    from numpy.lib.stride_tricks import sliding_window_view

    def windows(x, w, conv_param):
        stride, pad = conv_param["stride"], conv_param["pad"]
        padded = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
        return sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
"""

CONV_EINSUM = (
    WINDOWS
    + """
    def conv_forward_naive(x, w, b, conv_param):
        out = np.einsum("ncijkl,fckl->nfij", windows(x, w, conv_param), w)
        return out + b[:, None, None], (x, w, b, conv_param)

    def conv_backward_naive(dout, cache):
        x, w, b, conv_param = cache
        stride, pad = conv_param["stride"], conv_param["pad"]
        dw = np.einsum("nfij,ncijkl->fckl", dout, windows(x, w, conv_param))
        N, C, H, W = x.shape
        padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
        for k in range(w.shape[2]):
            for l in range(w.shape[3]):
                rows = slice(k, k + stride * dout.shape[2], stride)
                columns = slice(l, l + stride * dout.shape[3], stride)
                padded[:, :, rows, columns] += np.einsum("nfij,fc->ncij", dout, w[:, :, k, l])
        return padded[:, :, pad : pad + H, pad : pad + W], dw, np.einsum("nfij->f", dout)
"""
)

CONV_MATRICES = """
    def places(x, w, conv_param):
        s, p = conv_param["stride"], conv_param["pad"]
        H, W = x.shape[2] + 2 * p - w.shape[2], x.shape[3] + 2 * p - w.shape[3]
        return [(i, j) for i in range(0, H + 1, s) for j in range(0, W + 1, s)], 1 + H // s

    def conv_forward_naive(x, w, b, conv_param):
        p, (HH, WW) = conv_param["pad"], w.shape[2:]
        padded = np.pad(x, ((0,), (0,), (p,), (p,)))
        where, height = places(x, w, conv_param)
        columns = np.stack([padded[:, :, i : i + HH, j : j + WW].reshape(len(x), -1)
                            for i, j in where])
        out = columns @ w.reshape(len(w), -1).T + b
        out = out.transpose(1, 2, 0).reshape(len(x), len(w), height, -1)
        return out, {"columns": columns, "x": x, "w": w, "conv_param": conv_param}

    def conv_backward_naive(dout, cache):
        x, w, p = cache["x"], cache["w"], cache["conv_param"]["pad"]
        HH, WW = w.shape[2:]
        rows = dout.reshape(*dout.shape[:2], -1).transpose(2, 0, 1)
        dw = np.tensordot(rows, cache["columns"], axes=((0, 1), (0, 1))).reshape(w.shape)
        padded = np.zeros(np.add(x.shape, (0, 0, 2 * p, 2 * p)))
        where, _ = places(x, w, cache["conv_param"])
        for (i, j), row in zip(where, rows):
            padded[:, :, i : i + HH, j : j + WW] += (
                row @ w.reshape(len(w), -1)).reshape(len(x), -1, HH, WW)
        dx = padded[:, :, p : padded.shape[2] - p, p : padded.shape[3] - p]
        return dx, dw, rows.sum(axis=(0, 1))
"""

INDEX_ARRAYS = """
    def im2col_indices(x_shape, HH, WW, stride, pad):
        N, C, H, W = x_shape
        H_out = (H + 2 * pad - HH) // stride + 1
        W_out = (W + 2 * pad - WW) // stride + 1
        channel = np.repeat(np.arange(C), HH * WW)[:, None]
        row = np.tile(np.repeat(np.arange(HH), WW), C)[:, None]
        column = np.tile(np.arange(WW), HH * C)[:, None]
        row = row + stride * np.repeat(np.arange(H_out), W_out)[None, :]
        column = column + stride * np.tile(np.arange(W_out), H_out)[None, :]
        return channel, row, column, H_out, W_out

    def conv_forward_naive(x, w, b, conv_param):
        stride, pad = conv_param["stride"], conv_param["pad"]
        F, C, HH, WW = w.shape
        channel, row, column, H_out, W_out = im2col_indices(x.shape, HH, WW, stride, pad)
        x_padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
        x_col = x_padded[:, channel, row, column]
        out = np.matmul(w.reshape(F, -1), x_col) + b.reshape(1, F, 1)
        cache = (x, w, b, conv_param, x_col)
        return out.reshape(x.shape[0], F, H_out, W_out), cache

    def conv_backward_naive(dout, cache):
        x, w, b, conv_param, x_col = cache
        stride, pad = conv_param["stride"], conv_param["pad"]
        N, F, H_out, W_out = dout.shape
        d = dout.reshape(N, F, -1)
        db = d.sum(axis=2).sum(axis=0)
        dw = np.matmul(d, x_col.transpose(0, 2, 1)).sum(axis=0).reshape(w.shape)
        dx_col = np.matmul(w.reshape(F, -1).T, d)
        N, C, H, W = x.shape
        dx_padded = np.zeros((N, C, H + 2 * pad, W + 2 * pad))
        where = im2col_indices(x.shape, w.shape[2], w.shape[3], stride, pad)[:3]
        np.add.at(dx_padded, (slice(None), *where), dx_col)
        if pad == 0:
            return dx_padded, dw, db
        return dx_padded[:, :, pad:-pad, pad:-pad], dw, db
"""

AS_STRIDED = """
    from numpy.lib import stride_tricks

    def get_patches(xp, HH, WW, s):
        N, C, H, W = xp.shape
        sn, sc, sh, sw = xp.strides
        shape = (N, C, (H - HH) // s + 1, (W - WW) // s + 1, HH, WW)
        return stride_tricks.as_strided(
            xp, shape=shape, strides=(sn, sc, sh * s, sw * s, sh, sw), writeable=False)

    def conv_forward_naive(x, w, b, conv_param):
        p = conv_param["pad"]
        xp = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
        patches = get_patches(xp, w.shape[2], w.shape[3], conv_param["stride"])
        out = np.tensordot(patches, w, axes=([1, 4, 5], [1, 2, 3]))
        out += b
        return np.rollaxis(out, 3, 1), (xp, w, conv_param)

    def conv_backward_naive(dout, cache):
        xp, w, conv_param = cache
        s, p = conv_param["stride"], conv_param["pad"]
        HH, WW = w.shape[2:]
        dw = np.tensordot(dout, get_patches(xp, HH, WW, s), axes=([0, 2, 3], [0, 2, 3]))
        # dx: spread dout out, surround it with zeros, convolve with the flipped filters
        N, F, Ho, Wo = dout.shape
        Hp, Wp = xp.shape[2:]
        spread = np.zeros((N, F, Hp + HH - 1, Wp + WW - 1))
        spread[:, :, HH - 1 : HH - 1 + s * Ho : s, WW - 1 : WW - 1 + s * Wo : s] = dout
        flipped = w[:, :, ::-1, ::-1]
        dxp = np.tensordot(get_patches(spread, HH, WW, 1), flipped, axes=([1, 4, 5], [0, 2, 3]))
        dx = dxp.transpose(0, 3, 1, 2)[:, :, p : Hp - p, p : Wp - p]
        return dx, dw, np.einsum("ijkl->j", dout)
"""

SHIFTED_IMAGES = '''
    """Goes over the taps of a filter, not over the places of an image."""

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
                    np.dot(np.moveaxis(dout, 1, -1), w[:, :, k, l]), -1, 1)
        inside = slice(pad, -pad) if pad else slice(None)
        return dbig[..., inside, inside], dw, np.add.reduce(dout, axis=(0, 2, 3))
'''

FOURIER = """
    def conv_forward_naive(x, w, b, conv_param):
        s, p = conv_param["stride"], conv_param["pad"]
        xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        size = xp.shape[2:]
        product = np.einsum("nchw,fchw->nfhw", np.fft.rfft2(xp), np.conj(np.fft.rfft2(w, s=size)))
        everywhere = np.fft.irfft2(product, s=size)
        rows, columns = size[0] - w.shape[2] + 1, size[1] - w.shape[3] + 1
        return everywhere[:, :, :rows:s, :columns:s] + b[:, None, None], (x, xp, w, conv_param)

    def conv_backward_naive(dout, cache):
        x, xp, w, conv_param = cache
        s, p = conv_param["stride"], conv_param["pad"]
        size = xp.shape[2:]
        full = np.zeros((*dout.shape[:2], *size))
        full[:, :, : s * dout.shape[2] : s, : s * dout.shape[3] : s][
            :, :, : dout.shape[2], : dout.shape[3]] = dout
        d = np.fft.rfft2(full)
        dxp = np.fft.irfft2(np.einsum("nfhw,fchw->nchw", d, np.fft.rfft2(w, s=size)), s=size)
        dw = np.fft.irfft2(np.einsum("nfhw,nchw->fchw", np.conj(d), np.fft.rfft2(xp)), s=size)
        dx = dxp[:, :, p : p + x.shape[2], p : p + x.shape[3]]
        return dx, dw[:, :, : w.shape[2], : w.shape[3]], dout.sum((0, 2, 3))
"""

GATHER_AND_COUNT = """
    def taps(x, w, conv_param):
        # for every output pixel: the numbers, in the flat padded image, of what it sees
        s, p = conv_param["stride"], conv_param["pad"]
        C, (H, W) = x.shape[1], np.add(x.shape[2:], 2 * p)
        numbers = np.arange(C * H * W).reshape(C, H, W)
        seen = np.lib.stride_tricks.sliding_window_view(numbers, w.shape[1:])[0, ::s, ::s]
        return seen.reshape(*seen.shape[:2], -1), (C, H, W)

    def conv_forward_naive(x, w, b, conv_param):
        p = conv_param["pad"]
        where, _ = taps(x, w, conv_param)
        flat = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p))).reshape(len(x), -1)
        out = np.inner(flat[:, where], w.reshape(len(w), -1)) + b
        return out.swapaxes(2, 3).swapaxes(1, 2), (x, w, flat, conv_param)

    def conv_backward_naive(dout, cache):
        x, w, flat, conv_param = cache
        where, (C, H, W) = taps(x, w, conv_param)
        p = conv_param["pad"]
        dx = []
        for n in range(len(x)):
            weights = np.tensordot(dout[n], w.reshape(len(w), -1), (0, 0))
            counted = np.bincount(where.ravel(), weights.ravel(), minlength=C * H * W)
            dx.append(counted.reshape(C, H, W)[:, p : H - p, p : W - p])
        dw = np.tensordot(dout, flat[:, where], ((0, 2, 3), (0, 1, 2)))
        return np.array(dx), dw.reshape(w.shape), dout.sum(-1).sum(-1).sum(0)
"""

CONV_FLOAT32 = """
    from numpy.lib.stride_tricks import sliding_window_view

    reference = conv_backward_naive

    def conv_forward_naive(x, w, b, conv_param):
        s, p = conv_param["stride"], conv_param["pad"]
        padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
        seen = sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, None, :, ::s, ::s]
        out = np.zeros((), x.dtype) + b[:, None, None]
        for c in range(x.shape[1]):
            for k in range(w.shape[2]):
                for l in range(w.shape[3]):
                    out = out + seen[:, :, c, :, :, k, l] * w[:, c, k, l, None, None]
        return out.astype(x.dtype), (x, w, b, conv_param)

    def conv_backward_naive(dout, cache):
        return tuple(grad.astype(cache[0].dtype) for grad in reference(dout, cache))
"""

STYLES = {
    "einsum over sliding windows": (CONV_EINSUM, CHECKS),
    "matrix products, a dict as cache": (CONV_MATRICES, CHECKS),
    "index arrays and add.at": (INDEX_ARRAYS, CHECKS),
    "as_strided, and a backward pass by a convolution": (AS_STRIDED, CHECKS),
    "a loop over the taps": (SHIFTED_IMAGES, CHECKS),
    "float32 inside for float32": (CONV_FLOAT32, CHECKS),
    "Fourier transforms": (FOURIER, CHECKS),
    "a table of pixels and bincount": (GATHER_AND_COUNT, CHECKS),
}


@pytest.mark.parametrize(("solution", "checks"), STYLES.values(), ids=STYLES)
def test_a_right_convolution_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str, checks: tuple[str, ...]
) -> None:
    assert_full_share("daseCV/layers.py", solution, *checks)
