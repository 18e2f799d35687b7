"""What a network has learned: its first filters as they changed, and where it is most wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes

from ..data_utils import are_synthetic
from ..drawing import INK, MUTED, ROUTE, figure
from ..language import Message, say, translate
from ..vis_utils import visualize_grid
from .panel import Array, Drawn, Panel, draw_outline, make_choice, make_slider

if TYPE_CHECKING:  # a slip in the student's `optim` must not stop the other explorers
    from ..solver import Solver

CLASSES = (
    Message("plane"),
    Message("car"),
    Message("bird"),
    Message("cat"),
    Message("deer"),
    Message("dog"),
    Message("frog"),
    Message("horse"),
    Message("ship"),
    Message("truck"),
)
SYNTHETIC_CLASSES = (
    Message("disc"),
    Message("ring"),
    Message("square"),
    Message("triangle"),
    Message("cross"),
    Message("stripes"),
    Message("diagonal"),
    Message("checkerboard"),
    Message("dots"),
    Message("zigzag"),
)
SNAPSHOTS = 20  # of the filters, at most
ROWS, COLUMNS = 3, 5  # of images that are shown
BATCH = 100  # images scored at a time
MANY = 20  # classes: cells of more have no room for numbers


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
    """Iterations and the filters after them; None stands for those of now.

    Raises
    ------
    ValueError
        If these are no filters that can be shown as images.
    """
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
    """Draw all filters of one moment, and how far each is from where it began.

    Parameters
    ----------
    kept : list of (int or None, ndarray)
        Iterations and filters, the earliest first.
    moment : int
        Which of them.
    """
    moment = min(moment, len(kept) - 1)
    iteration, filters = kept[moment]
    began = kept[0][1]
    moved = np.sqrt(np.sum((filters - began) ** 2, axis=(1, 2, 3), dtype=np.float64))
    F, _, HH, WW = filters.shape
    side = int(np.ceil(np.sqrt(F)))

    alone = len(kept) == 1
    drawn = figure(4.6, 4.4) if alone else figure(10, 4.4)
    left, *others = drawn.subplots(1, 1 if alone else 2, squeeze=False)[0]
    for right in others:
        right.bar(np.arange(F), moved, color=ROUTE)
        reach = [np.linalg.norm((other - began).reshape(F, -1), axis=1) for _, other in kept]
        right.set_ylim(0, float(np.max(reach)) * 1.05 or 1.0)  # the same at every moment
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


def explore_mistakes(model: Any, X: Array, y: Array, classes: Sequence[str] | None = None) -> None:
    """Show the images that a network gets most wrong, and what it takes for what.

    Parameters
    ----------
    model : object
        `model.loss(X)` returns scores, shape (N, C).
    X : ndarray, shape (N, 3, H, W) or (N, 1, H, W)
        Images as the network is given them; for the picture each is stretched to the full range
        of brightness.
    y : ndarray of int, shape (N,)
        The true classes.
    classes : sequence of str, optional
        Their names; CIFAR-10's are the default.
    """
    images, labels, X_shape = np.asarray(X), np.asarray(y), np.shape(X)
    if len(X_shape) != 4 or X_shape[1] not in (1, 3) or 0 in X_shape:
        raise ValueError(
            f"explore_mistakes: X has shape {X_shape}, expected (N, 3, H, W) or (N, 1, H, W) with "
            "N at least 1; hand in some images as the network is given them, such as X_val"
        )
    if labels.shape != X_shape[:1] or labels.dtype.kind not in "iu":
        raise ValueError(
            f"explore_mistakes: y has shape {labels.shape} and type {labels.dtype}, expected "
            f"{X_shape[:1]} whole numbers, one class for each image; hand in the y that goes with X"
        )
    scores = np.concatenate(
        [np.asarray(model.loss(images[at : at + BATCH])) for at in range(0, len(images), BATCH)]
    )
    if scores.ndim != 2 or len(scores) != len(images) or not np.isfinite(scores).all():
        raise ValueError(
            f"explore_mistakes: model.loss(X) returned scores of shape {scores.shape}"
            f"{'' if np.isfinite(scores).all() else ', some of them not finite'}, expected finite "
            f"numbers, shape ({len(images)}, C); train the network first, and check its loss"
        )
    C = scores.shape[1]
    if classes is None:
        names = SYNTHETIC_CLASSES if are_synthetic() else CLASSES
        classes = names if len(names) == C else [str(number) for number in range(C)]
    if len(classes) != C or not 0 <= labels.min() <= labels.max() < C:
        raise ValueError(
            f"explore_mistakes: got {len(classes)} names and classes {labels.min()} to "
            f"{labels.max()}, expected {C} names and classes from 0 to {C - 1}, since the network "
            "has so many scores; hand in classes=[...] and a y that fit it"
        )
    MistakesPanel(images, labels, probabilities(scores), tuple(classes)).show()


def probabilities(scores: Array) -> Array:
    """Softmax of each row.

    Examples
    --------
    >>> probabilities(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]])
    """
    powers = np.exp(scores - scores.max(axis=1, keepdims=True), dtype=np.float64)
    return powers / powers.sum(axis=1, keepdims=True)


class MistakesPanel(Panel):
    """A list of what may be shown: all mistakes, those about one class, or one pair of classes."""

    def __init__(self, X: Array, y: Array, p: Array, classes: tuple[str, ...]) -> None:
        said = p.argmax(axis=1)
        spoken = [translate(name) for name in classes]
        counts = np.zeros((len(classes), len(classes)), dtype=int)
        np.add.at(counts, (y, said), 1)
        np.fill_diagonal(counts, 0)
        self.parts: dict[str, tuple[int | None, int | None]] = {
            say("all mistakes ({count})", count=counts.sum()): (None, None)
        }
        for true, name in enumerate(spoken):
            named = say("true: {name} ({count})", name=name, count=counts[true].sum())
            self.parts[named] = true, None
        for pair in np.argsort(-counts, axis=None, kind="stable"):
            true, other = divmod(int(pair), len(classes))
            if counts[true, other]:
                named = f"{spoken[true]} → {spoken[other]} ({counts[true, other]})"
                self.parts[named] = true, other
        super().__init__(
            lambda part: draw_mistakes(X, y, p, classes, *self.parts[part]),
            {"part": make_choice(say("show"), self.parts)},
        )


def draw_mistakes(
    X: Array,
    y: Array,
    p: Array,
    classes: Sequence[str],
    true: int | None = None,
    other: int | None = None,
) -> Drawn:
    """Draw the mistakes with the largest losses, beside the confusion matrix.

    Parameters
    ----------
    X : ndarray, shape (N, C, H, W)
    y : ndarray of int, shape (N,)
    p : ndarray, shape (N, number of classes)
        Probabilities.
    classes : sequence of str
    true, other : int, optional
        Only images of this class, and only those taken for this one.
    """
    said = p.argmax(axis=1)
    loss = -np.log(np.maximum(p[np.arange(len(y)), y], np.finfo(np.float64).tiny))
    here = said != y
    here &= True if true is None else y == true
    here &= True if other is None else said == other
    wrong = np.flatnonzero(here)
    wrong = wrong[np.argsort(-loss[wrong], kind="stable")]

    drawn = figure(12.5, 5.2)
    left, right = drawn.subfigures(1, 2, width_ratios=[1.25, 1], squeeze=False)[0]
    places = left.subplots(ROWS, COLUMNS).ravel()
    names = [name if name.isascii() else str(number) for number, name in enumerate(classes)]
    for axes in places:
        axes.axis("off")
    for axes, index in zip(places, wrong, strict=False):
        grid = visualize_grid(X[index : index + 1].transpose(0, 2, 3, 1), ubound=1.0)
        axes.imshow(np.broadcast_to(grid, (*grid.shape[:2], 3)), interpolation="nearest")
        axes.set_title(
            f"true {names[y[index]]}\nsaid {names[said[index]]} {p[index].max():.0%}",
            fontsize=8,
            color=INK,
        )
    draw_confusion(right.subplots(), y, said, names, true, other)
    right_share = float(np.mean(said == y))
    if not len(wrong):
        return drawn, say(
            "No mistakes here. Accuracy on all images is {accuracy:.1%}.", accuracy=right_share
        )
    worst = wrong[0]
    return drawn, say(
        "Accuracy is {accuracy:.1%}. Mistakes chosen: {count}; the {shown} with the largest losses "
        "are on the left; the first gives its true class a probability of {probability:.2g}, a "
        "loss of {loss:.2f}. On the right, rows are true classes and columns the answers, with "
        "counts and shares of the row.",
        accuracy=right_share,
        count=len(wrong),
        shown=min(len(wrong), ROWS * COLUMNS),
        probability=float(p[worst, y[worst]]),
        loss=float(loss[worst]),
    )


def draw_confusion(
    axes: Axes, y: Array, said: Array, names: Sequence[str], true: int | None, other: int | None
) -> None:
    """Draw how often each class is taken for each, and frame the chosen ones."""
    C = len(names)
    counts = np.zeros((C, C), dtype=int)
    np.add.at(counts, (y, said), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(0.45 * shares, cmap="Blues", vmin=0, vmax=1)  # light enough for dark numbers
    for i, j in np.ndindex(C, C) if C <= MANY else ():
        text = f"{counts[i, j]}\n{shares[i, j]:.0%}" if counts[i, j] else "0"
        size = min(9, 72 / C)
        axes.text(
            j, i, text, ha="center", va="center", size=size, color=INK if counts[i, j] else MUTED
        )
    axes.set_xticks(np.arange(C), labels=names, rotation=45, ha="right")
    axes.set_yticks(np.arange(C), labels=names)
    axes.tick_params(length=0, labelsize=8, labelcolor=INK)
    axes.set_xlabel("said", fontsize=9, color=INK)
    axes.set_ylabel("true", fontsize=9, color=INK)
    axes.set_title("confusion: counts and shares of the row", fontsize=10, color=INK)
    if true is not None:
        draw_outline(axes, true, 0 if other is None else other, 1, C if other is None else 1)
