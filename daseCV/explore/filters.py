"""What a network has learned: its first filters, as they changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..drawing import INK, ROUTE, figure
from ..language import Message, say
from ..vis_utils import visualize_grid
from .panel import Array, Drawn, Panel, in_row, make_slider

if TYPE_CHECKING:  # a slip in the student's `optim` must not stop the other explorers
    from ..solver import Solver

SNAPSHOTS = 20  # of the filters, at most


def explore_filters(filters_or_solver: Array | Solver) -> None:
    """Show the first convolution's filters, as they were from the start of training to now.

    Parameters
    ----------
    filters_or_solver : ndarray, shape (F, C, HH, WW), or Solver
        Filters for grey (C = 1) or colour (C = 3) images, or a Solver that was trained with
        `watch_training`, which keeps them. Any other Solver shows those that its model has now.
    """
    FiltersPanel(filters_in_time(filters_or_solver)).show()


def keep_filters(solver: Solver) -> None:
    """Keep the first convolution's filters, at most SNAPSHOTS of them, at equal distances."""
    W1, kept, iteration = solver.model.params.get("W1"), solver.snapshots, len(solver.loss_history)
    if np.ndim(W1) != 4:
        return
    distance = kept[1][0] - kept[0][0] if len(kept) > 1 else 1
    if not kept or iteration >= kept[-1][0] + distance:
        kept.append((iteration, np.array(W1)))
        if len(kept) > SNAPSHOTS:
            del kept[1::2]


def filters_in_time(filters_or_solver: Array | Solver) -> list[tuple[int | None, Array]]:
    """Iterations and the filters after them; None for the current ones."""
    kept: list[tuple[int | None, Array]] = []
    now: Any = filters_or_solver
    if hasattr(now, "snapshots"):
        kept.extend(now.snapshots)
        now = now.model.params.get("W1")
    shape = np.shape(now)
    if len(shape) != 4 or shape[1] not in (1, 3) or 0 in shape:
        raise ValueError(
            f"explore_filters: the filters have shape {shape}, expected (F, C, HH, WW) with C = 1 "
            "or 3; hand in the W1 of a network that begins with a convolution, or its Solver"
        )
    return [*kept, (None, np.asarray(now))]


class FiltersPanel(Panel):
    """A slider through time."""

    def __init__(self, kept: list[tuple[int | None, Array]]) -> None:
        last = len(kept) - 1
        control = make_slider(say("moment"), 0, max(last, 1), last)
        control.disabled = last == 0
        super().__init__(lambda moment: draw_filters(kept, moment), {"moment": control})


def draw_filters(kept: list[tuple[int | None, Array]], moment: int) -> Drawn:
    """Draw all filters of one moment, and how far each is from where it began."""
    moment = min(moment, len(kept) - 1)
    iteration, filters = kept[moment]
    began = kept[0][1]
    F, _, HH, WW = filters.shape
    distances = [np.linalg.norm((other - began).reshape(F, -1), axis=1) for _, other in kept]
    moved = distances[moment]
    side = int(np.ceil(np.sqrt(F)))

    alone = len(kept) == 1
    drawn = figure(4.6, 4.4) if alone else figure(10, 4.4)
    widths = [1.0] if alone else [1.0, 1.2]
    places = in_row(drawn, widths, left=0.05, bottom=0.12, top=0.92, wspace=0.12)
    left, *others = np.atleast_1d(places)
    for right in others:
        right.stairs(moved, np.arange(F + 1) - 0.5, fill=True, color=ROUTE)
        right.set_ylim(0, float(np.max(distances)) * 1.05 or 1.0)  # the same at every moment
        right.set_xlabel("filter", fontsize=8, color=INK)
        right.set_title("distance from the start", fontsize=10, color=INK)
        right.tick_params(labelsize=8, labelcolor=INK)
    grid = visualize_grid(filters.transpose(0, 2, 3, 1), ubound=1.0)
    left.imshow(np.broadcast_to(grid, (*grid.shape[:2], 3)), interpolation="nearest")
    rows = -(-F // side)
    left.set_ylim(rows * (HH + 1) - 1.5, -0.5)
    left.set_yticks(np.arange(rows) * (HH + 1) + HH / 2 - 0.5, labels=np.arange(rows) * side)
    left.set_xticks(np.arange(side) * (WW + 1) + WW / 2 - 0.5, labels=np.arange(side))
    left.tick_params(length=0, labelsize=8, labelcolor=INK)
    when = "now" if iteration is None else f"after iteration {iteration}"
    left.set_title(f"{F} filters, {when}", fontsize=10, color=INK)
    if alone:
        return drawn, say(
            "These are the current filters; none were kept during training. Train with "
            "watch_training(solver) to see how they change. Each is stretched to the full range of "
            "brightness by itself.",
        )
    if moment == 0:
        return drawn, say(
            "The filters before training, random numbers. Each is stretched to the full range of "
            "brightness by itself.",
        )
    return drawn, say(
        "{when}: filter {furthest} is furthest from where it began, {most:.3f}; filter {nearest} "
        "is nearest, {least:.3f}; the mean is {mean:.3f} (L2 norms of the change; the mean norm "
        "of a filter was {size:.3f} at the start). A filter's number is its row's plus its "
        "column's. Each is stretched to the full range of brightness by itself.",
        when=Message(
            "Now (best on validation)" if iteration is None else "After iteration {iteration}",
            iteration=iteration,
        ),
        furthest=moved.argmax(),
        most=moved.max(),
        nearest=moved.argmin(),
        least=moved.min(),
        mean=moved.mean(),
        size=float(np.linalg.norm(began.reshape(F, -1), axis=1).mean()),
    )
