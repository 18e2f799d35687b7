"""Draws curves of training runs, for the dashboard and the comparison of runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from ..drawing import INK, MUTED, ROUTE, WINDOW
from .panel import Array

if TYPE_CHECKING:  # a slip in the student's `optim` must not stop the other explorers
    from ..solver import Solver

COLOURS = (ROUTE, WINDOW, "#0f766e", "#7e22ce", MUTED)
STYLES = ("-", "--", ":")
LINES = len(COLOURS) * len(STYLES)  # that can be told apart
MARKERS = "osD^vPX*"  # of different runs
POINTS = 600  # of a curve: more than there are pixels


def line_style(number: int) -> dict[str, str]:
    """Colour and dashes of a line, different for each of the first LINES numbers."""
    return {"color": COLOURS[number % len(COLOURS)], "ls": STYLES[number // len(COLOURS)]}


def moving_mean(values: Array, over: int) -> Array:
    """Mean of each value and those before it, `over` of them where there are so many.

    Examples
    --------
    >>> moving_mean(np.array([4.0, 2.0, 0.0, 6.0]), 2).tolist()
    [4.0, 3.0, 1.0, 3.0]
    """
    sums = np.concatenate([[0.0], np.cumsum(values)])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - over, 0)
    return (sums[ends] - sums[starts]) / (ends - starts)


def measured_epochs(solver: Solver) -> Array:
    """When accuracies were measured, in epochs."""
    return np.asarray(solver.measured_at) / -(-len(solver.X_train) // solver.batch_size)


def format_duration(seconds: float) -> str:
    """Return a duration as minutes and seconds.

    Examples
    --------
    >>> format_duration(75.2)
    '01:15'
    """
    return f"{int(seconds // 60):02d}:{int(seconds % 60):02d}"


def draw_curve(axes: Axes, x: Array, y: Array, **style: Any) -> None:
    """Draw a line through some of the points, the last among them."""
    some = np.unique(np.linspace(0, max(len(x) - 1, 0), POINTS).astype(int))[: len(x)]
    axes.plot(x[some], y[some], **style)


def make_logarithmic(axes: Axes) -> None:
    """Put the sizes on a logarithmic axis, with as many numbers as its length can carry."""
    sizes = np.concatenate([[], *(np.asarray(line.get_ydata()) for line in axes.get_lines())])
    if np.isfinite(sizes).any():
        axes.set_yscale("log")
        steps = (1, 2, 5) if np.nanmax(sizes) < 50 * np.nanmin(sizes) else (1,)
        axes.yaxis.set_major_locator(LogLocator(subs=steps))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_locator(NullLocator())


def label_axes(axes: Axes, title: str, unit: str) -> None:
    """Give axes a title, the name of what goes to the right, and a grid."""
    axes.set_title(title, fontsize=10, color=INK)
    axes.set_xlabel(unit, fontsize=8, color=INK, labelpad=1)
    axes.tick_params(labelsize=8, labelcolor=INK)
    axes.grid(color="#d8d8d8", lw=0.6)
    if not any(len(np.asarray(line.get_xdata())) for line in axes.get_lines()):
        axes.set(xticks=[], yticks=[])
