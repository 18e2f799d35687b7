"""Compares finished training runs, in a picture and in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..drawing import figure
from ..language import Message, join, say, show_number
from .curves import (
    MARKERS,
    draw_curve,
    label_axes,
    line_style,
    make_logarithmic,
    measured_epochs,
    moving_mean,
)
from .panel import Drawn, Panel, make_slider

if TYPE_CHECKING:  # a slip in the student's `optim` must not stop the other explorers
    from ..solver import Solver


def compare_training(solvers: Mapping[str, Solver]) -> None:
    """Show finished runs in one picture, and say which did better and by how much.

    Parameters
    ----------
    solvers : dict of Solver
        Two or more trained ones, by the names to show.
    """
    if not isinstance(solvers, Mapping) or len(solvers) < 2:
        got = f"{len(solvers)}" if isinstance(solvers, Mapping) else type(solvers).__name__
        raise ValueError(
            f"compare_training: got {got}, expected a dict of two or more solvers, such as "
            '{"sgd": solver_1, "adam": solver_2}'
        )
    if len(solvers) > len(MARKERS):
        raise ValueError(
            f"compare_training: got {len(solvers)} runs, expected at most {len(MARKERS)}; "
            "choose some of them"
        )
    for name, solver in solvers.items():
        if not getattr(solver, "loss_history", None) or not solver.val_acc_history:
            raise ValueError(
                f"compare_training: {name!r} has no losses and accuracies, expected a Solver that "
                "was trained; call its train() first"
            )
    ComparisonPanel(solvers).show()


class ComparisonPanel(Panel):
    """Runs side by side, smoothed as the slider says."""

    def __init__(self, solvers: Mapping[str, Solver]) -> None:
        longest = max(len(solver.loss_history) for solver in solvers.values())
        name = say("mean over iterations")
        over = make_slider(name, 1, max(2, min(200, longest)), max(1, min(50, longest // 20)))
        over.continuous_update = False
        super().__init__(lambda over: draw_comparison(solvers, over), {"over": over})


def draw_comparison(solvers: Mapping[str, Solver], over: int) -> Drawn:
    """Draw the runs' losses, each the mean over so many iterations, and their accuracies.

    Norms of gradients are drawn if all runs were watched.
    """
    drawn = figure(10, 3.6)
    watched = all(solver.gradient_norms for solver in solvers.values())
    left, right, *norms = drawn.subplots(1, 3 if watched else 2)
    ends, tops, labels, named = {}, {}, [], []
    for number, (name, solver) in enumerate(solvers.items()):
        # The fonts of figures may lack Chinese; the caption explains the letters.
        label = name if name.isascii() else chr(ord("A") + number)
        if label != name:
            labels.append(f"{label} = {name}")
        look = {**line_style(number), "label": label}
        losses = moving_mean(np.asarray(solver.loss_history), over)
        draw_curve(left, 1 + np.arange(len(losses)), losses, **look)
        when = measured_epochs(solver)
        right.plot(when, solver.train_acc_history, ":", lw=1.2, color=look["color"])
        named += right.plot(when, solver.val_acc_history, marker=MARKERS[number], ms=4, **look)
        for axes in norms:
            iterations, sizes = np.transpose(solver.gradient_norms)
            mean = moving_mean(sizes, over)
            mean[mean <= 0] = np.nan  # has no place on a logarithmic axis
            draw_curve(axes, iterations, mean, **look)
        best = int(np.argmax(solver.val_acc_history))
        tops[name] = float(solver.val_acc_history[best]), float(when[best])
        ends[name] = losses[-1]
    label_axes(left, "loss" if over == 1 else f"loss, mean of {over}", "iteration")
    label_axes(right, "accuracy: validation (marks), train (dots)", "epoch")
    for axes in norms:
        make_logarithmic(axes)
        label_axes(axes, "gradient norm", "iteration")
    drawn.legend(handles=named, loc="outside right upper", fontsize=8)
    first, *others = sorted(tops, key=lambda name: tops[name][0], reverse=True)
    second = others[0]
    gap = 100 * (tops[first][0] - tops[second][0])
    leader = Message(
        "{first} reached the best validation accuracy, {accuracy:.4f} (after epoch {epoch:.3g}), "
        "{gap:.2f} percentage points more than {second}"
        if gap
        else "{first} and {second} reached the same validation accuracy, {accuracy:.4f}",
        first=first,
        second=second,
        accuracy=tops[first][0],
        epoch=tops[first][1],
        gap=gap,
    )
    caption = say(
        "{best} (the others: {others}). Mean loss of the last {over} iterations: {losses}.",
        best=leader,
        others=join([f"{name} {tops[name][0]:.4f}" for name in others]),
        over=over,
        losses=join([f"{name} {show_number(end)}" for name, end in ends.items()]),
    )
    if len({len(solver.loss_history) for solver in solvers.values()}) > 1:
        caption = say("{text} The runs differ in their number of iterations.", text=caption)
    if labels:
        caption = say("{text} In the picture {labels}.", text=caption, labels=join(labels))
    return drawn, caption
