# Generated from daseCV/checks/pictures.py by "dasecv release".
"""A difference of two arrays as a picture: which entries are wrong, and how gradients compare."""

from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from ..drawing import INK, figure
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
    across = max(columns * (width + 0.3) + 0.8, 2.6)
    drawn = figure(across + side, max(rows * (height + 0.45) + 0.3, 2.4))
    left: Any = drawn
    if side:
        halves: Any = drawn.subfigures(1, 2, width_ratios=[across, side])
        left = halves[0]
        scatter(halves[1].subplots(), seen)
    axes = left.subplots(rows, columns, squeeze=False)
    for i, j in np.ndindex(rows, columns):
        shown = draw_map(axes[i, j], maps[i][j], seen.tolerance)
        axes[i, j].set_title(names(i, j), fontsize=8, color=INK)
    bar = left.colorbar(shown, ax=axes, aspect=30)
    bar.set_label("relative error", fontsize=8)
    bar.set_ticks([-8, -6, -4, -2, 0], labels=["1e-8", "1e-6", "1e-4", "0.01", "1"])
    bar.ax.tick_params(labelsize=7)
    total = len(maps) * len(maps[0])
    more = f" ({rows * columns} of {total} maps)" if total > rows * columns else ""
    left.suptitle(f"{seen.what} {seen.got.shape}: white is right{more}", fontsize=9, color=INK)
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


def draw_map(axes: Any, errors: Array, tolerance: float) -> Any:
    """Draw one map of errors; returns what a colour bar is made from."""
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
    for axis, count in ((axes.xaxis, errors.shape[1]), (axes.yaxis, errors.shape[0])):
        if count <= 40:
            axis.set_ticks(np.arange(count + 1) - 0.5, minor=True)
        axis.set_ticks(np.unique(np.linspace(0, count - 1, min(count, 5)).astype(int)))
    axes.grid(which="minor", color="#d4d4d4", lw=0.5)
    axes.tick_params(which="minor", length=0)
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
    axes.legend(fontsize=7, loc="best")


def worst(seen: Difference, count: int = 5) -> list[tuple[str, float, float, float]]:
    """The entries that differ most, at most `count`: place, got, expected, relative error."""
    order = np.argsort(-seen.errors, axis=None, kind="stable")[:count]
    found = []
    for flat in order:
        index = np.unravel_index(int(flat), seen.errors.shape)
        if not seen.wrong[index]:
            break
        place = f"{seen.what}[{', '.join(str(int(i)) for i in index)}]" if index else seen.what
        found.append(
            (place, float(seen.got[index]), float(seen.expected[index]), float(seen.errors[index]))
        )
    return found
