# Generated from daseCV/checks/pictures.py by "dasecv release".
"""A difference of two arrays as a picture: which entries are wrong, and how gradients compare."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ..drawing import INK, figure
from ..language import translate
from .compare import Array, Difference

MAPS = 4, 6  # rows and columns of maps at most: images and channels
COLOURS = LinearSegmentedColormap.from_list("wrong", ["#fdd49e", "#e34a33", "#7f0000"])
RIGHT, WRONG = "#5a5a5a", "#b91c1c"


def draw_difference(seen: Difference) -> Figure | None:
    """Draw which entries of an array are wrong; beside a numerical gradient, how the two compare.

    White cells are right. Wrong cells have a cross, and are darker for larger relative errors.
    Images (N, C, H, W) have a map for each channel. A single number has no figure.
    """
    maps, names = arrange_maps(seen)
    if seen.errors.size < 2:
        return None
    rows, columns = min(len(maps), MAPS[0]), min(len(maps[0]), MAPS[1])
    H, W = maps[0][0].shape
    width, height = min(max(0.27 * W, 1.1), 1.9), min(max(0.27 * H, 0.6), 1.9)
    side = 3.2 if seen.gradient else 0.0
    across, tall = max(columns * (width + 0.3) + 1.4, 2.9), max(rows * (height + 0.45) + 0.5, 2.4)
    drawn = figure(across + side, tall)
    drawn.set_layout_engine(None)  # arranging takes as long as drawing

    def place(left: float, bottom: float, right: float, top: float) -> Any:
        """A rectangle in inches, as matplotlib counts it."""
        wide = across + side
        return left / wide, bottom / tall, (right - left) / wide, (top - bottom) / tall

    if side:
        scatter(drawn.add_axes(place(across + 0.6, 0.5, across + side - 0.1, tall - 0.15)), seen)
    left, bottom, wide, high = place(0.35, 0.3, across - 0.95, tall - 0.5)
    edges = {"left": left, "right": left + wide, "bottom": bottom, "top": bottom + high}
    axes = drawn.add_gridspec(rows, columns, hspace=0.35, **edges).subplots(squeeze=False)
    for i, j in np.ndindex(rows, columns):
        shown = draw_map(axes[i, j], maps[i][j], seen.tolerance, i == rows - 1, j == 0)
        axes[i, j].set_title(names(i, j), fontsize=8, color=INK, y=1.0)
    beside = drawn.add_axes(place(across - 0.8, 0.3, across - 0.7, tall - 0.5))
    bar = drawn.colorbar(shown, cax=beside)
    bar.set_label("relative error", fontsize=8)
    bar.set_ticks([-8, -6, -4, -2, 0], labels=["1e-8", "1e-6", "1e-4", "0.01", "1"])
    bar.ax.tick_params(labelsize=7)
    total = len(maps) * len(maps[0])
    more = f" ({rows * columns} of {total} maps)" if total > rows * columns else ""
    title = f"{seen.what} {seen.got.shape}: white is right{more}"
    drawn.text(left, 1 - 0.2 / tall, title, fontsize=9, color=INK)
    return drawn


def arrange_maps(seen: Difference) -> tuple[list[list[Array]], Callable[[int, int], str]]:
    """Arrange the errors as rows and columns of maps, each with a name."""
    errors = seen.errors
    if errors.ndim == 4:
        first = "filter" if seen.what in ("dw", "w", "gradient of W1") else "image"
        return [list(image) for image in errors], lambda i, j: f"{first} {i}, channel {j}"
    if errors.ndim == 3:
        return [list(errors)], lambda i, j: f"index {j} of axis 0"
    flat = np.atleast_2d(errors)
    return [[flat]], lambda i, j: ""


def draw_map(axes: Any, errors: Array, tolerance: float, below: bool, beside: bool) -> Any:
    """Draw one map of errors, numbered below or beside; returns what a colour bar is made from."""
    wrong = errors > tolerance
    with np.errstate(divide="ignore"):
        size = np.log10(np.minimum(errors, 1.0))
    cells = np.ma.masked_array(size, ~wrong)
    shown = axes.imshow(
        cells, cmap=COLOURS, vmin=-8, vmax=0, aspect="auto" if min(errors.shape) == 1 else "equal"
    )
    if errors.size <= 400:
        rows, columns = np.nonzero(wrong)
        axes.plot(columns, rows, "x", color="white", ms=5, mew=2.6)
        axes.plot(columns, rows, "x", color=INK, ms=4.4, mew=1.2)
    H, W = errors.shape
    for axis, count in ((axes.xaxis, below * W), (axes.yaxis, beside * H)):
        axis.set_ticks(np.unique(np.linspace(0, count - 1, min(count, 5)).astype(int)))
    if max(H, W) <= 40:
        axes.vlines(np.arange(1, W) - 0.5, -0.5, H - 0.5, color="#d4d4d4", lw=0.5)
        axes.hlines(np.arange(1, H) - 0.5, -0.5, W - 0.5, color="#d4d4d4", lw=0.5)
    axes.tick_params(labelsize=6.5, length=2, colors=INK)
    return shown


def scatter(axes: Any, seen: Difference) -> None:
    """Draw the gradient worked out by hand over the numerical one; right entries lie on a line."""
    got, expected, wrong = seen.got.ravel(), seen.expected.ravel(), seen.wrong.ravel()
    finite = np.isfinite(got) & np.isfinite(expected)
    got, expected, wrong = got[finite], expected[finite], wrong[finite]
    if got.size > 3000:  # wrong entries matter most
        keep = np.sort(np.argsort(~wrong, kind="stable")[:3000])
        got, expected, wrong = got[keep], expected[keep], wrong[keep]
    low = float(min(got.min(initial=0), expected.min(initial=0)))
    high = float(max(got.max(initial=0), expected.max(initial=0)))
    axes.plot([low, high], [low, high], color=RIGHT, lw=0.8)
    axes.plot(expected[~wrong], got[~wrong], "o", ms=3, color=RIGHT, label="right")
    axes.plot(expected[wrong], got[wrong], "x", ms=5, mew=1.4, color=WRONG, label="wrong")
    axes.set_xlabel("numerical gradient", fontsize=8)
    axes.set_ylabel("yours", fontsize=8)
    axes.tick_params(labelsize=7)
    axes.legend(fontsize=7, loc="upper left")


def worst(seen: Difference, count: int = 5) -> list[tuple[str, float, float, float]]:
    """The entries that differ most, at most `count`: place, got, expected, relative error."""
    order = np.argsort(-seen.errors, axis=None, kind="stable")[:count]
    found = []
    for flat in order:
        index = np.unravel_index(int(flat), seen.errors.shape)
        if not seen.wrong[index]:
            break
        place = f"[{', '.join(str(int(i)) for i in index)}]" if index else ""
        found.append(
            (
                translate(seen.what) + place,
                float(seen.got[index]),
                float(seen.expected[index]),
                float(seen.errors[index]),
            )
        )
    return found
