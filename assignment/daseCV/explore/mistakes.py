# Generated from daseCV/explore/mistakes.py by "dasecv release".
"""Where a network is most wrong, and which classes it confuses."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from ..data_utils import are_synthetic
from ..drawing import INK, MUTED, figure
from ..language import Message, say, translate
from ..synthetic import CLASS_NAMES as SYNTHETIC_CLASSES
from ..vis_utils import visualize_grid
from .panel import Array, Drawn, Panel, draw_outline, draw_shapes, letters, make_choice

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
ROWS, COLUMNS = 3, 5  # of images that are shown
BATCH = 100  # images scored at a time
MANY = 20  # classes: with more, cells have no room for numbers


def explore_mistakes(model: Any, X: Array, y: Array, classes: Sequence[str] | None = None) -> None:
    """Show the images that a network gets most wrong, and which classes it confuses.

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


def count_pairs(y: Array, said: Array, C: int) -> Array:
    """The confusion matrix: rows are true classes, columns the answers."""
    return np.bincount(y * C + said, minlength=C * C).reshape(C, C)


class MistakesPanel(Panel):
    """A list of what may be shown: all mistakes, those about one class, or one pair of classes."""

    def __init__(self, X: Array, y: Array, p: Array, classes: tuple[str, ...]) -> None:
        said = p.argmax(axis=1)
        spoken = [translate(name) for name in classes]
        counts = count_pairs(y, said, len(classes))
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

    Each image has a row of probabilities in `p`. Only images of class `true` are drawn, and only
    those taken for class `other`, where these are given.
    """
    said = p.argmax(axis=1)
    loss = -np.log(np.maximum(p[np.arange(len(y)), y], np.finfo(np.float64).tiny))
    here = said != y
    here &= True if true is None else y == true
    here &= True if other is None else said == other
    wrong = np.flatnonzero(here)
    wrong = wrong[np.argsort(-loss[wrong], kind="stable")]

    drawn = figure(12.5, 5.2)
    drawn.set_layout_engine(None)  # arranging takes as long as drawing
    left, right = drawn.subfigures(1, 2, width_ratios=[1.25, 1], squeeze=False)[0]
    left.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.92, hspace=0.4)
    right.subplots_adjust(left=0.13, right=0.98, bottom=0.16, top=0.93)
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
            y=1.0,
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
    counts = count_pairs(y, said, C)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(0.45 * shares, cmap="Blues", vmin=0, vmax=1)  # light enough for dark numbers
    if C <= MANY:
        some, none = np.argwhere(counts > 0), np.argwhere(counts == 0)
        numbers = [letters(str(count)) for count in counts[counts > 0]]
        draw_shapes(axes, numbers, some - (0.2, 0), 0.6, fc=INK, lw=0)
        parts = [letters(f"{share:.0%}") for share in shares[counts > 0]]
        draw_shapes(axes, parts, some + (0.2, 0), 0.6, fc=INK, lw=0)
        draw_shapes(axes, [letters("0")] * len(none), none, 0.6, fc=MUTED, lw=0)
    axes.set_xticks(np.arange(C), labels=names, rotation=45, ha="right")
    axes.set_yticks(np.arange(C), labels=names)
    axes.tick_params(length=0, labelsize=8, labelcolor=INK)
    axes.set_xlabel("said", fontsize=9, color=INK)
    axes.set_ylabel("true", fontsize=9, color=INK)
    axes.set_title("confusion: counts and shares of the row", fontsize=10, color=INK)
    if true is not None:
        draw_outline(axes, true, 0 if other is None else other, 1, C if other is None else 1)
