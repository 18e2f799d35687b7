# Generated from daseCV/explore/training.py by "dasecv release".
"""Training that can be watched and stopped."""

from __future__ import annotations

import base64
import threading
import time
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
import numpy as np
from IPython import get_ipython
from IPython.display import display
from matplotlib.figure import Figure

from ..autoreload import require_current
from ..drawing import ROUTE, WINDOW, figure, picture, png
from ..language import say, show_number
from . import curves
from .events import take_clicks
from .filters import keep_filters
from .panel import Array, widget_view

if TYPE_CHECKING:  # a slip in the student's `optim` must not stop the other explorers
    from ..solver import Solver

EVERY = 1.0  # seconds from one drawing to the next, at least
LOOK = 0.1  # seconds between two looks for a click
DRAWING, NOTING = 0.07, 0.01  # shares of the time, at most


def watch_training(solver: Solver) -> None:
    """Train, and show how it goes: losses, accuracies, sizes of gradients and of parameters.

    The button stops training at the next iteration, and so does the notebook's own stop button:
    the model then has its best parameters so far. The picture stays below the cell. The lines that
    `Solver` prints otherwise are left out, since the picture says the same.

    Parameters
    ----------
    solver : Solver
        Its `train` is called. Filters of a first convolution are kept in `solver.snapshots`, and
        norms of gradients in `solver.gradient_norms`.
    """
    if not hasattr(solver, "measured_at"):
        raise TypeError(
            f"watch_training: got {type(solver).__name__}, expected a Solver; "
            "make one with Solver(model, data, ...) and hand it in instead of training it"
        )
    require_current()
    board = Dashboard(solver)
    board.show()
    verbose, solver.verbose = solver.verbose, False
    try:
        solver.train(watch=board)
    finally:
        solver.verbose = verbose
        board.finish()


class Norms:
    """Sizes of all parameters and of their gradients, at some of the iterations."""

    def __init__(self, names: list[str]) -> None:
        self.iterations: list[int] = []
        self.weights: dict[str, list[float]] = {name: [] for name in names}
        self.gradients: dict[str, list[float]] = {name: [] for name in names}

    def note(self, iteration: int, params: dict[str, Array], grads: dict[str, Array]) -> None:
        """Add an iteration; of more than twice POINTS, every other one is dropped."""
        self.iterations.append(iteration)
        for name in self.weights:
            self.weights[name].append(float(np.linalg.norm(params[name])))
            self.gradients[name].append(float(np.linalg.norm(grads[name])))
        if len(self.iterations) > 2 * curves.POINTS:
            for kept in (self.iterations, *self.weights.values(), *self.gradients.values()):
                del kept[1::2]  # type: ignore[attr-defined]

    def of_all_gradients(self) -> list[tuple[int, float]]:
        """Iterations, and the norm of all gradients together."""
        sizes = np.linalg.norm([*self.gradients.values()], axis=0)
        return list(zip(self.iterations, sizes.tolist(), strict=True))


class Dashboard:
    """The watcher behind `watch_training`: it draws now and then, and handles the button."""

    def __init__(self, solver: Solver) -> None:
        self.solver = solver
        self.norms = Norms(list(solver.model.params))
        self.stop = threading.Event()
        self.button = widgets.Button(description=say("Stop training"), icon="stop")
        self.button.on_click(self.on_stop)
        self.status = widgets.HTML()
        self.picture, self.image = b"", widgets.HTML()
        self.box = widgets.VBox([widgets.HBox([self.button, self.status]), self.image])
        self.shown: Any = None
        self.first = self.last = len(solver.loss_history)
        self.started = time.perf_counter()
        self.drawing = self.noting = 0.0  # seconds spent
        self.next_look = self.next_drawing = 0.0
        self.draw()

    def before_training(self, solver: Solver, iterations: int) -> None:
        self.last = self.first + iterations
        keep_filters(solver)

    def after_iteration(self, solver: Solver, loss: float, grads: dict[str, Array]) -> bool:
        now = time.perf_counter()
        if now >= self.next_look:
            take_clicks(self.button)
            self.next_look = now + LOOK
        if self.noting <= NOTING * (now - self.started):
            self.norms.note(len(solver.loss_history), solver.model.params, grads)
            self.noting += time.perf_counter() - now
        keep_filters(solver)
        if now >= self.next_drawing:
            self.draw()
        return self.stop.is_set()

    def after_epoch(self, solver: Solver) -> None:
        pass

    def on_stop(self, _button: Any = None) -> None:
        """Called in the middle of the cell, or at the same time in another thread."""
        self.stop.set()
        self.button.disabled = True

    def draw(self) -> None:
        """Draw again; the longer it takes, the later the next drawing."""
        began = time.perf_counter()
        self.picture = png(draw_training(self.solver, self.norms))
        self.image.value = picture(self.picture, self.progress())
        self.status.value = escape(self.progress())
        ended = time.perf_counter()
        self.drawing += ended - began
        self.next_drawing = ended + max(EVERY, (ended - began) / DRAWING)

    def progress(self) -> str:
        """How far training is, how fast, and how long it will still take."""
        iteration = len(self.solver.loss_history)
        done, seconds = iteration - self.first, time.perf_counter() - self.started
        rate = done / seconds
        return say(
            "iteration {iteration} / {last}, whole epochs: {epochs}; {rate:.1f} a second, "
            "{left} left",
            iteration=iteration,
            last=self.last,
            epochs=self.solver.epoch,
            rate=rate,
            left=curves.format_duration((self.last - iteration) / rate) if done else "?",
        )

    def bundle(self) -> dict[str, str]:
        """The picture, for every kind of page."""
        said = self.progress()
        page, data = picture(self.picture, said), base64.b64encode(self.picture).decode()
        return {"text/html": page, "image/png": data, "text/plain": said}

    def show(self) -> None:
        """Show the controls and the picture; outside of a notebook, nothing."""
        if get_ipython() is not None:
            self.shown = display(
                {**widget_view(self.box), **self.bundle()}, raw=True, display_id=True
            )

    def finish(self) -> None:
        """Replace the panel by the last picture, and print a summary."""
        self.solver.gradient_norms += self.norms.of_all_gradients()
        self.draw()
        if self.shown is not None:
            self.shown.update(self.bundle(), raw=True)
        for widget in (self.button, self.status, self.image, *self.box.children, self.box):
            widget.close()
        print(self.summary())

    def summary(self) -> str:
        """How training went, in words."""
        solver, seconds = self.solver, time.perf_counter() - self.started
        losses = solver.loss_history[self.first :]
        if not losses or not solver.val_acc_history:
            return say("Not a single iteration was completed.")
        over = max(1, len(losses) // 20)
        best = int(np.argmax(solver.val_acc_history))
        return say(
            "Iterations: {count}, in {time}. The loss went from {start} to {end}; "
            "the best validation accuracy was {accuracy:.4f} (after epoch {epoch:.3g}), and the "
            "model has the parameters of that moment.",
            count=len(losses),
            time=curves.format_duration(seconds),
            start=show_number(float(np.mean(losses[:over]))),
            end=show_number(float(np.mean(losses[-over:]))),
            accuracy=float(solver.val_acc_history[best]),
            epoch=float(curves.measured_epochs(solver)[best]),
        )


def draw_training(solver: Solver, norms: Norms) -> Figure:
    """Draw losses, accuracies, and norms of gradients and weights.

    Of more than LINES parameters, those with one axis (biases and the like) are left out.
    """
    drawn = figure(10, 5.4)
    drawn.set_layout_engine(None)  # arranging takes as long as drawing
    top, bottom = drawn.subplots(2, 2)
    drawn.subplots_adjust(0.06, 0.1, 0.84, 0.94, wspace=0.2, hspace=0.45)

    losses = np.asarray(solver.loss_history)
    steps = 1 + np.arange(len(losses))
    over = max(1, min(100, len(losses) // 20))
    mean = curves.moving_mean(losses, over)
    label = f"mean of {over}" if over > 1 else "mean"
    curves.draw_curve(top[0], steps, losses, color="#8a8a8a", lw=0.7, label="each batch")
    curves.draw_curve(top[0], steps, mean, color=ROUTE, label=label)
    when = curves.measured_epochs(solver)
    top[1].plot(when, solver.train_acc_history, "o--", ms=4, color=WINDOW, label="train")
    top[1].plot(when, solver.val_acc_history, "s-", ms=4, color=ROUTE, label="validation")
    names = list(norms.weights)
    if len(names) > curves.LINES:
        names = [name for name in names if np.ndim(solver.model.params[name]) > 1][: curves.LINES]
    for axes, sizes in ((bottom[0], norms.gradients), (bottom[1], norms.weights)):
        for number, name in enumerate(names):
            size = np.asarray(sizes[name], dtype=float)
            size[size <= 0] = np.nan  # has no place on a logarithmic axis
            style = curves.line_style(number)
            curves.draw_curve(axes, np.asarray(norms.iterations), size, label=name, **style)
        curves.make_logarithmic(axes)
    for axes, title, unit in (
        (top[0], "loss", "iteration"),
        (top[1], "accuracy", "epoch"),
        (bottom[0], "gradient norm", "iteration"),
        (bottom[1], "weight norm", "iteration"),
    ):
        curves.label_axes(axes, title, unit)
    handles = [*top[0].get_lines(), *top[1].get_lines()]
    drawn.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.85, 0.95), fontsize=8)
    if names:
        lines = bottom[1].get_lines()
        drawn.legend(handles=lines, loc="upper left", bbox_to_anchor=(0.85, 0.46), fontsize=7)
    return drawn
