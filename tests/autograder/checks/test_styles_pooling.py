"""Max pooling: right is right, however it is written.

Each of these stands at the end of layers.py, takes the reference's place and gets its full share.
"""

from collections.abc import Callable

import pytest

CHECKS = ("max_pool_forward_naive", "max_pool_backward_naive", "max_pool_fast")

POOL_WINDOWS = """
    from numpy.lib.stride_tricks import sliding_window_view

    def max_pool_forward_naive(x, pool_param):
        size, s = (pool_param["pool_height"], pool_param["pool_width"]), pool_param["stride"]
        seen = sliding_window_view(x, size, axis=(2, 3))[:, :, ::s, ::s]
        flat = seen.reshape(*seen.shape[:4], -1)
        return np.asfortranarray(flat.max(-1)), {"x": x, "first": flat.argmax(-1), **pool_param}

    def max_pool_backward_naive(dout, cache):
        row, column = np.divmod(cache["first"], cache["pool_width"])
        n, c, i, j = np.indices(dout.shape)
        dx = np.zeros_like(cache["x"], dtype=float)
        np.add.at(dx, (n, c, i * cache["stride"] + row, j * cache["stride"] + column), dout)
        return dx
"""

POOL_SCALARS = """
    def winner(x, n, c, top, left, height, width):
        best, place = -float("inf"), None
        for row in range(top, top + height):
            for column in range(left, left + width):
                if x[n, c, row, column] > best:
                    best, place = x[n, c, row, column], (n, c, row, column)
        return best, place

    def max_pool_forward_naive(x, pool_param):
        height, width, s = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
        H, W = (x.shape[2] - height) // s + 1, (x.shape[3] - width) // s + 1
        out, places = np.zeros((*x.shape[:2], H, W)), {}
        for n, c, i, j in np.ndindex(*out.shape):
            out[n, c, i, j], places[n, c, i, j] = winner(x, n, c, i * s, j * s, height, width)
        return out, (x.shape, places)

    def max_pool_backward_naive(dout, cache):
        shape, places = cache
        dx = np.zeros(shape)
        for place, source in places.items():
            dx[source] += dout[place]
        return dx
"""

RESHAPED_WHERE_IT_FITS = """
    forward_by_loops, backward_by_loops = max_pool_forward_naive, max_pool_backward_naive

    def fits(x, p):
        return (p["pool_height"] == p["pool_width"] == p["stride"]
                and x.shape[2] % p["stride"] == x.shape[3] % p["stride"] == 0)

    def max_pool_forward_naive(x, pool_param):
        if not fits(x, pool_param):
            return forward_by_loops(x, pool_param)
        k = pool_param["stride"]
        N, C, H, W = x.shape
        tiles = x.reshape(N, C, H // k, k, W // k, k)
        return tiles.max(axis=(3, 5)), (x, pool_param)

    def max_pool_backward_naive(dout, cache):
        x, pool_param = cache
        if not fits(x, pool_param):
            return backward_by_loops(dout, cache)
        k = pool_param["stride"]
        N, C, H, W = x.shape
        tiles = x.reshape(N, C, H // k, k, W // k, k).transpose(0, 1, 2, 4, 3, 5)
        tiles = tiles.reshape(N, C, H // k, W // k, k * k)
        mask = np.arange(k * k) == np.argmax(tiles, axis=-1)[..., None]
        spread = np.where(mask, dout[..., None], 0).reshape(N, C, H // k, W // k, k, k)
        return spread.transpose(0, 1, 2, 4, 3, 5).reshape(x.shape)
"""

FIRST_OF_A_MASK = """
    def views(x, pool_param):
        p, q, s = [pool_param[key] for key in ["pool_height", "pool_width", "stride"]]
        N, C, H, W = x.shape
        a, b, c, d = x.strides
        return np.lib.stride_tricks.as_strided(
            x, (N, C, (H - p) // s + 1, (W - q) // s + 1, p, q), (a, b, s * c, s * d, c, d))

    def max_pool_forward_naive(x, pool_param):
        x = np.ascontiguousarray(x)
        return np.amax(views(x, pool_param), (-2, -1)), (x, pool_param)

    def max_pool_backward_naive(dout, cache):
        x, pool_param = cache
        seen = views(x, pool_param)
        mask = (seen == seen.max((-2, -1), keepdims=True)).reshape(*seen.shape[:4], -1)
        first = mask & (mask.cumsum(-1) == 1)
        amounts = (first * dout[..., None]).reshape(seen.shape)
        dx = np.zeros(x.shape)
        for i in range(amounts.shape[2]):
            for j in range(amounts.shape[3]):
                rows = slice(i * pool_param["stride"], i * pool_param["stride"] + seen.shape[4])
                columns = slice(j * pool_param["stride"], j * pool_param["stride"] + seen.shape[5])
                dx[:, :, rows, columns] += amounts[:, :, i, j]
        return dx
"""

RUNNING_MAXIMUM = """
    def max_pool_forward_naive(x, pool_param):
        HH, WW, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
        rows, columns = (x.shape[2] - HH) // s + 1, (x.shape[3] - WW) // s + 1
        places = [(k, l) for k in range(HH) for l in range(WW)]
        layers = [x[:, :, k : k + s * rows : s, l : l + s * columns : s][:, :, :rows, :columns]
                  for k, l in places]
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
"""

REDUCEAT = """
    def along(x, size, stride):
        # maxima of windows along the last axis: reduceat of starts and ends, every other one
        count = (x.shape[-1] - size) // stride + 1
        starts = stride * np.arange(count)
        ends = np.stack([starts, starts + size], axis=1).ravel()
        x = np.concatenate([x, x[..., -1:]], axis=-1)
        return np.maximum.reduceat(x, ends, axis=-1)[..., ::2]

    def max_pool_forward_naive(x, pool_param):
        s = pool_param["stride"]
        wide = along(x, pool_param["pool_width"], s)
        out = along(wide.swapaxes(2, 3), pool_param["pool_height"], s).swapaxes(2, 3)
        return out, (x, out, pool_param)

    def max_pool_backward_naive(dout, cache):
        x, out, pool_param = cache
        dx, s = np.zeros_like(x, dtype=dout.dtype), pool_param["stride"]
        for n, c, i, j in np.ndindex(out.shape):
            done = False
            for row in range(i * s, i * s + pool_param["pool_height"]):
                for column in range(j * s, j * s + pool_param["pool_width"]):
                    if x[n, c, row, column] == out[n, c, i, j]:
                        dx[n, c, row, column] += dout[n, c, i, j]
                        done = True
                        break
                if done:
                    break
        return dx
"""

FLAT_PLACES = """
    from collections import namedtuple

    PoolCache = namedtuple("PoolCache", "shape places")

    def max_pool_forward_naive(x, pool_param):
        N, C, H, W = x.shape
        numbers = np.arange(x.size).reshape(x.shape)
        window = pool_param["pool_height"], pool_param["pool_width"]
        step = slice(None, None, pool_param["stride"])
        seen = np.lib.stride_tricks.sliding_window_view(numbers, window, (2, 3))[:, :, step, step]
        seen = seen.reshape(*seen.shape[:4], -1)
        values = x.reshape(-1)[seen]
        best = np.expand_dims(values.argmax(axis=-1), -1)
        places = np.take_along_axis(seen, best, axis=-1)[..., 0]
        return np.take(x, places), PoolCache(shape=x.shape, places=places)

    def max_pool_backward_naive(dout, cache):
        total = np.bincount(
            cache.places.ravel(), weights=dout.ravel(), minlength=np.prod(cache.shape))
        return total.reshape(cache.shape)
"""

PLAIN_PYTHON = """
    def max_pool_forward_naive(x, pool_param):
        height = pool_param['pool_height']
        width = pool_param['pool_width']
        stride = pool_param['stride']
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
                        block = [r[j * stride:j * stride + width]
                                 for r in channel[i * stride:i * stride + height]]
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
                        block = [(-x[n, c, row, column], row, column)
                                 for row in range(i * stride, i * stride + height)
                                 for column in range(j * stride, j * stride + width)]
                        _, row, column = min(block)
                        dx[n][c][row][column] += dout[n][c][i][j]
        return np.array(dx)
"""

ONE_HOT = """
    # a student who likes one-liners
    params = lambda p: (p["pool_height"], p["pool_width"], p["stride"])

    def max_pool_forward_naive(x, pool_param):
        h, w, s = params(pool_param)
        blocks = [[x[..., i : i + h, j : j + w].reshape(*x.shape[:2], -1)
                   for j in range(0, x.shape[3] - w + 1, s)]
                  for i in range(0, x.shape[2] - h + 1, s)]
        blocks = np.array(blocks).transpose(2, 3, 0, 1, 4)
        return blocks.max(-1), (x.shape, np.eye(h * w)[blocks.argmax(-1)], pool_param)

    def max_pool_backward_naive(dout, cache):
        shape, hot, pool_param = cache
        h, w, s = params(pool_param)
        dx = np.zeros(shape)
        for (i, j) in np.ndindex(*dout.shape[2:]):
            gradient = hot[:, :, i, j] * dout[:, :, i, j, None]
            dx[:, :, s * i : s * i + h, s * j : s * j + w] += gradient.reshape(*shape[:2], h, w)
        return dx
"""

SPLIT_UP = """
    def pool(image, height, width, stride):
        # recursive: an image of many channels is many images
        if image.ndim > 2:
            return np.stack([pool(part, height, width, stride) for part in image])
        top = range(0, image.shape[0] - height + 1, stride)
        left = range(0, image.shape[1] - width + 1, stride)
        return np.fromiter((image[i : i + height, j : j + width].max() for i in top for j in left),
                           dtype=image.dtype).reshape(len(top), len(left))

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
"""

STYLES = {
    "sliding windows and add.at": (POOL_WINDOWS, CHECKS),
    "scalar loops and helpers": (POOL_SCALARS, CHECKS),
    "a reshape where windows fit": (RESHAPED_WHERE_IT_FITS, CHECKS),
    "the first of a mask by cumsum": (FIRST_OF_A_MASK, CHECKS),
    "a maximum over shifted images": (RUNNING_MAXIMUM, CHECKS),
    "maximum.reduceat, and a search": (REDUCEAT, CHECKS),
    "places in the flat image and bincount": (FLAT_PLACES, CHECKS),
    "lists of Python's": (PLAIN_PYTHON, CHECKS),
    "one-hot rows": (ONE_HOT, CHECKS),
    "recursion and generators": (SPLIT_UP, CHECKS),
}


@pytest.mark.parametrize(("solution", "checks"), STYLES.values(), ids=STYLES)
def test_a_right_pooling_gets_its_full_share(
    assert_full_share: Callable[..., None], solution: str, checks: tuple[str, ...]
) -> None:
    assert_full_share("daseCV/layers.py", solution, *checks)
