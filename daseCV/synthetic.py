"""Synthetic images in the layout of CIFAR-10, for machines without the real ones.

Ten classes of shapes and patterns, drawn in random colours, places and sizes over clutter, in
files with the names, sizes and keys of `cifar-10-batches-py`. The same images come out on every
machine: all numbers derive from the raw words of PCG64, which NumPy promises not to change, by
float32 operations that IEEE 754 rounds exactly (so no `sin`, no `exp`, no matrix product).

Results do not carry over to CIFAR-10: an accuracy on these images says nothing about photographs.
This module reads no images (`data_utils` does).
"""

import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from .language import Message, say

__all__ = ["CLASS_NAMES", "make_images", "synthetic_cifar10_dir"]

VERSION = "synthetic-v1"  # folder in the cache: change it whenever the images change

_ROWS = 10_000  # images in each file
_SIZE = 32  # pixels, height and width
_CHUNK = 500  # images drawn at once; the stream of random numbers depends on it

Array = np.ndarray
Draw = Callable[..., Array]  # draw(low, high, *shape): float32, (n, *shape), uniform

# Pixel coordinates with the origin in the middle; y points down.
_X = (np.arange(_SIZE, dtype=np.float32) - (_SIZE - 1) / 2)[None, None, :]
_Y = _X.transpose(0, 2, 1)


# Signed distances, in pixels, to the edge of a figure: negative inside. u and v are coordinates in
# the figure's own frame; `size` is the radius of a shape or the period of a pattern.


def _disc(u: Array, v: Array, size: Array | float) -> Array:
    return np.sqrt(u * u + v * v) - size


def _ring(u: Array, v: Array, size: Array) -> Array:
    return np.abs(_disc(u, v, 0.75 * size)) - 0.25 * size


def _square(u: Array, v: Array, size: Array) -> Array:
    return np.maximum(np.abs(u), np.abs(v)) - 0.85 * size


def _triangle(u: Array, v: Array, size: Array) -> Array:
    return np.maximum(v, 0.866 * np.abs(u) - 0.5 * v) - 0.6 * size


def _cross(u: Array, v: Array, size: Array) -> Array:
    a, b = np.abs(u), np.abs(v)
    half = 0.3 * size
    return np.minimum(np.maximum(a - half, b - size), np.maximum(a - size, b - half))


def _stripes(_u: Array, v: Array, size: Array) -> Array:
    return (np.abs(_fraction(v / size) - 0.5) - 0.25) * size


def _checkerboard(u: Array, v: Array, size: Array) -> Array:
    a, b = _stripes(v, u, 2 * size), _stripes(u, v, 2 * size)
    return np.maximum(np.minimum(a, b), np.minimum(-a, -b))


def _dots(u: Array, v: Array, size: Array) -> Array:
    pitch = 1.2 * size
    a, b = _fraction(u / pitch) - 0.5, _fraction(v / pitch) - 0.5
    return _disc(a, b, 0.3) * pitch


def _zigzag(u: Array, v: Array, size: Array) -> Array:
    return _stripes(u, v + 2 * _stripes(v, u, 2 * size), 1.3 * size)


def _fraction(x: Array) -> Array:
    return x - np.floor(x)


class _Figure(NamedTuple):
    """What defines a class. Angles are given as tan(angle / 2), for rational sine and cosine."""

    name: Message
    distance: Callable[[Array, Array, Array], Array]
    is_pattern: bool  # seen through a round window
    lean: float  # fixed rotation, to either side
    tilt: float  # largest random rotation on top


_FIGURES = (
    _Figure(Message("disc"), _disc, False, 0.0, 0.18),
    _Figure(Message("ring"), _ring, False, 0.0, 0.18),
    _Figure(Message("square"), _square, False, 0.0, 0.18),
    _Figure(Message("triangle"), _triangle, False, 0.0, 0.12),
    _Figure(Message("cross"), _cross, False, 0.0, 0.41),
    _Figure(Message("stripes"), _stripes, True, 0.0, 0.10),
    _Figure(Message("diagonal"), _stripes, True, 0.4142, 0.10),
    _Figure(Message("checkerboard"), _checkerboard, True, 0.0, 0.12),
    _Figure(Message("dots"), _dots, True, 0.0, 0.20),
    _Figure(Message("zigzag"), _zigzag, True, 0.0, 0.10),
)

CLASS_NAMES = tuple(figure.name for figure in _FIGURES)


def synthetic_cifar10_dir(cache: Path | None = None) -> Path:
    """Return the folder of the synthetic set; draw it, in about ten seconds, on first use.

    Any number of processes may ask at once: the folder appears complete or not at all.

    Parameters
    ----------
    cache : pathlib.Path, optional
        Folder in which `synthetic-v1/cifar-10-batches-py` (270 MB) is kept. The default is the
        user's cache.

    Returns
    -------
    pathlib.Path
        A folder `cifar-10-batches-py` with `data_batch_1` to `data_batch_5`, `test_batch` and
        `batches.meta`: 10,000 images a file, 1,000 of each class, in random order.
    """
    import pooch  # drawing images does without it

    from .download import FOLDER, locate

    place = (pooch.os_cache("dasecv") if cache is None else Path(cache)) / VERSION
    folder = place / FOLDER
    if locate(folder):
        return folder
    shutil.rmtree(folder, ignore_errors=True)  # it is incomplete
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix="part-") as scratch:
        # A folder inside the scratch, which only its owner may read: a cache can be shared.
        part = Path(scratch) / FOLDER
        part.mkdir()
        _write_set(part)
        try:
            os.replace(part, folder)
        except OSError:
            if not locate(folder):  # else another process was faster, with the same images
                raise
    return folder


def _write_set(folder: Path) -> None:
    """Write all files of the set, with the keys and the pickle protocol of the official ones."""
    from tqdm import tqdm

    from .download import META_FILE, TEST_FILE, TRAIN_FILES

    titles = {name: f"training batch {k} of 5" for k, name in enumerate(TRAIN_FILES, start=1)}
    titles[TEST_FILE] = "testing batch 1 of 1"
    # On stdout, because nbgrader marks a cell that writes to stderr as failed.
    bar = tqdm(titles.items(), desc=say("drawing images"), unit="file", file=sys.stdout)
    for seed, (name, title) in enumerate(bar):
        order = np.argsort(np.random.PCG64([seed, 1]).random_raw(_ROWS), kind="stable")
        labels = order % len(_FIGURES)
        batch = {
            "batch_label": title,
            "labels": labels.tolist(),
            "data": make_images(labels, seed).reshape(_ROWS, -1),
            "filenames": [f"{CLASS_NAMES[y]}_{seed}_{k:05d}.png" for k, y in enumerate(labels)],
        }
        (folder / name).write_bytes(pickle.dumps(batch, protocol=2))
    meta = {
        "label_names": [str(name) for name in CLASS_NAMES],
        "num_cases_per_batch": _ROWS,
        "num_vis": 3 * _SIZE * _SIZE,
    }
    (folder / META_FILE).write_bytes(pickle.dumps(meta, protocol=2))


def make_images(labels: Array, seed: int) -> Array:
    """Draw one image for each label.

    Parameters
    ----------
    labels : ndarray of int, shape (N,)
        Classes, as positions in `CLASS_NAMES`.
    seed : int
        The same labels and seed give the same images.

    Returns
    -------
    ndarray of uint8, shape (N, 3, 32, 32)
        Channels are red, green, blue.

    Raises
    ------
    ValueError
        If `labels` is not a list of classes.

    Examples
    --------
    >>> make_images(np.array([0, 9]), seed=0).shape
    (2, 3, 32, 32)
    """
    labels = np.asarray(labels)
    classes = len(_FIGURES)
    if labels.ndim != 1 or not np.isin(labels, np.arange(classes)).all():
        raise ValueError(
            f"labels: got shape {labels.shape} with values {np.unique(labels)[: classes + 1]}, "
            f"expected shape (N,) with values 0..{classes - 1}"
        )
    bits = np.random.PCG64(seed)
    images = np.empty((len(labels), 3, _SIZE, _SIZE), np.uint8)
    for start in range(0, len(labels), _CHUNK):
        part = slice(start, start + _CHUNK)
        images[part] = _draw_chunk(labels[part], bits)
    return images


def _draw_chunk(labels: Array, bits: np.random.PCG64) -> Array:
    """Paint from back to front: background, strokes, another figure, the figure, noise."""
    n = len(labels)
    draw: Draw = partial(_uniform, bits, n)
    # Light on dark as often as dark on light, so that no single pixel reveals the class.
    sign = np.where(draw(0, 1) < 0.5, np.float32(-1), np.float32(1))
    contrast = sign * draw(20, 64)
    middle = draw(100, 155)

    image = _background(draw, middle - contrast, contrast)
    for _ in range(2):
        stroke_light = middle - 0.5 * contrast + draw(-60, 60)
        _paint(image, _stroke(draw), _colour(draw(0, 1), draw(20, 150), stroke_light))
    cover = _figures(labels, draw)
    # Each image also shows the figure of another image, mirrored and paler, as a distraction.
    other = cover[np.argsort(bits.random_raw(n), kind="stable"), :, ::-1]
    other_light = middle + contrast * draw(-0.4, 0.8)
    _paint(image, other * draw(0, 0.75, 1, 1), _colour(draw(0, 1), draw(20, 140), other_light))
    # A class leans towards a hue: a weak cue, which makes the first filters learn colour.
    hue = labels.astype(np.float32) / len(_FIGURES) + draw(-0.25, 0.25)
    _paint(image, cover * draw(0.8, 1, 1, 1), _colour(hue, draw(20, 140), middle + contrast))

    words = bits.random_raw(image.size // 8).astype("<u8")  # little-endian on every machine
    noise = words.view(np.uint8).reshape(image.shape).astype(np.float32)
    noise -= 127.5
    noise *= draw(7, 30, 1, 1, 1) / 127.5
    image += noise
    return np.clip(image, 0, 255).astype(np.uint8)


def _uniform(bits: np.random.PCG64, n: int, low: float, high: float, *shape: int) -> Array:
    """Return n * shape float32 numbers in [low, high)."""
    words = bits.random_raw(n * int(np.prod(shape))).reshape(n, *shape)
    # 24 bits: as many as a float32 holds without rounding.
    return low + (words >> np.uint64(40)).astype(np.float32) * 2.0**-24 * (high - low)


def _background(draw: Draw, light: Array, contrast: Array) -> Array:
    """Return clouds between two related colours, (n, 3, 32, 32)."""
    hue, vividness = draw(0, 1), draw(20, 110)
    first = _colour(hue, vividness, light)
    second = _colour(hue + draw(-0.2, 0.2), vividness, light + 0.2 * contrast + draw(-70, 70))
    clouds = _enlarge(draw(0, 1, 5, 5)) + draw(-0.02, 0.02, 1, 1) * _X
    clouds += draw(-0.02, 0.02, 1, 1) * _Y
    return first + (second - first) * clouds[:, None]


def _enlarge(grid: Array) -> Array:
    """Interpolate (n, k, k) smoothly to (n, 32, 32)."""
    position = np.arange(_SIZE, dtype=np.float32) * ((grid.shape[-1] - 1) / _SIZE)
    low = position.astype(np.intp)
    t = position - low.astype(np.float32)
    t = t * t * (3 - 2 * t)
    rows = grid[:, low] + (grid[:, low + 1] - grid[:, low]) * t[:, None]
    return rows[:, :, low] + (rows[:, :, low + 1] - rows[:, :, low]) * t


def _stroke(draw: Draw) -> Array:
    """Return the cover of a short round-ended line, (n, 32, 32)."""
    x, y = _X - draw(-15, 15, 1, 1), _Y - draw(-15, 15, 1, 1)
    u, v = _rotate(x, y, draw(-1, 1, 1, 1))
    beyond = np.maximum(np.abs(u) - draw(0, 9, 1, 1), 0)
    return _smooth_step(_disc(beyond, v, draw(0.7, 3, 1, 1))) * draw(0, 0.9, 1, 1)


def _figures(labels: Array, draw: Draw) -> Array:
    """Return the cover of each label's figure, (n, 32, 32) in 0..1."""
    x, y = _X - draw(-8, 8, 1, 1), _Y - draw(-8, 8, 1, 1)
    side = np.where(draw(0, 1, 1, 1) < 0.5, np.float32(-1), np.float32(1))
    tilt = draw(-1, 1, 1, 1)
    radius, window = draw(5.5, 12, 1, 1), draw(8, 16, 1, 1)
    period, shift_u, shift_v = draw(5, 9, 1, 1), draw(0, 20, 1, 1), draw(0, 20, 1, 1)
    blur = draw(1, 2, 1, 1)
    cover = np.empty((len(labels), _SIZE, _SIZE), np.float32)
    for label, figure in enumerate(_FIGURES):
        i = np.flatnonzero(labels == label)
        u, v = _rotate(x[i], y[i], figure.lean * side[i] + figure.tilt * tilt[i])
        if figure.is_pattern:
            distance = figure.distance(u + shift_u[i], v + shift_v[i], period[i])
            distance = np.maximum(distance, _disc(u, v, window[i]))
        else:
            distance = figure.distance(u, v, radius[i])
        cover[i] = _smooth_step(distance / blur[i])
    return cover


def _rotate(x: Array, y: Array, tan_half: Array) -> tuple[Array, Array]:
    square = tan_half * tan_half
    cosine, sine = (1 - square) / (1 + square), 2 * tan_half / (1 + square)
    return cosine * x + sine * y, cosine * y - sine * x


def _smooth_step(distance: Array) -> Array:
    """Return how much of a pixel a figure covers, from its distance to the figure's edge."""
    return np.clip(0.5 - distance, 0, 1)


def _colour(hue: Array, vividness: Array, light: Array) -> Array:
    """Return colours (n, 3, 1, 1) of a given mean grey level; `hue` counts turns."""
    turns = hue[:, None] + np.array([0, 1 / 3, 2 / 3], np.float32)
    rgb = np.clip(np.abs(_fraction(turns) * 6 - 3) - 1, 0, 1)
    grey = 0.3 * rgb[:, 0:1] + 0.5 * rgb[:, 1:2] + 0.2 * rgb[:, 2:3]
    return (light[:, None] + vividness[:, None] * (rgb - grey))[:, :, None, None]


def _paint(image: Array, cover: Array, colour: Array) -> None:
    """Blend `colour` into `image` where `cover` is not 0, in place."""
    image += cover[:, None] * (colour - image)
