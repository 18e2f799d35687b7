# Generated from daseCV/explore/normalisation.py by "dasecv release".
"""The normalisation explorer: which numbers share a mean and a variance, and the effect."""

import numpy as np
from matplotlib.axes import Axes

from ..drawing import MUTED, WINDOW, figure
from ..language import say
from .panel import (
    CELL,
    Array,
    Drawn,
    Panel,
    draw_outline,
    draw_shapes,
    in_row,
    make_choice,
    make_slider,
)

KINDS = ("batch", "layer", "instance", "group")
CHANNELS, PIXELS = 6, 16
CHOSEN = (1, 2)  # image and channel whose companions are shown


def find_shared_planes(kind: str, N: int, G: int) -> Array:
    """Which (image, channel) planes share statistics with the chosen one.

    Examples
    --------
    >>> [int(find_shared_planes(kind, N=5, G=2).sum()) for kind in KINDS]
    [5, 6, 1, 3]
    """
    image, channel = min(CHOSEN[0], N - 1), CHOSEN[1]
    shared = np.zeros((N, CHANNELS), dtype=bool)
    if kind == "batch":
        shared[:, channel] = True
    else:
        groups = shared.reshape(N, count_groups(kind, G), -1)
        groups[image, channel // groups.shape[2]] = True
    return shared


def count_groups(kind: str, G: int) -> int:
    """Into how many groups the channels of an image are cut."""
    return {"layer": 1, "instance": CHANNELS, "group": G}[kind]


def make_activations(N: int) -> Array:
    """Numbers as a layer might give them, shape (N, C, H * W): each channel on its own scale.

    With this seed, the mean of more images is closer to that of all, as it is on average.
    """
    rng = np.random.default_rng(35)
    shift, scale = rng.normal(0, 3, CHANNELS), rng.uniform(0.5, 3, CHANNELS)
    of_image = rng.normal(0, 1, (64, 1, 1))
    x = rng.normal(size=(64, CHANNELS, PIXELS)) * scale[:, None] + shift[:, None] + of_image
    return x[:N]


def normalise(x: Array, kind: str, G: int) -> Array:
    """Subtract from each number the mean of its group, and divide by the standard deviation."""
    N = len(x)
    if kind == "batch":
        mean, var = x.mean(axis=(0, 2), keepdims=True), x.var(axis=(0, 2), keepdims=True)
        return (x - mean) / np.sqrt(var + 1e-5)
    grouped = x.reshape(N, count_groups(kind, G), -1)
    mean, var = grouped.mean(axis=2, keepdims=True), grouped.var(axis=2, keepdims=True)
    return ((grouped - mean) / np.sqrt(var + 1e-5)).reshape(x.shape)


def draw_normalisation(kind: str = "batch", N: int = 4, G: int = 2) -> Drawn:
    """Draw which planes share statistics, and the chosen channel before and after."""
    x = make_activations(N)
    shared = find_shared_planes(kind, N, G)
    image, channel = min(CHOSEN[0], N - 1), CHOSEN[1]
    drawn = figure(11, 4.2)
    left, middle, right = in_row(drawn, [1.1, 1, 1], bottom=0.14, left=0.05, wspace=0.1)
    draw_planes(left, shared, (image, channel))
    left.set_title(f"{kind}: {int(shared.sum())} of {shared.size} cells together", fontsize=10)
    after = normalise(x, kind, G)
    for axes, values, title in ((middle, x, "before"), (right, after, "after")):
        own = values[:, channel].ravel()
        axes.stairs(*np.histogram(own, bins=24), fill=True, color="#8fb0ee")
        axes.axvline(own.mean(), color=WINDOW, lw=2, ls="--")
        axes.set_title(
            f"channel {channel}, {title}: mean {own.mean():.2f}, std {own.std():.2f}", fontsize=10
        )
        axes.set_yticks([])
    all_images = make_activations(64)[:, channel]
    far = abs(x[:, channel].mean() - all_images.mean()) / all_images.std()
    return drawn, say(
        "Hatched cells ({pixels} pixels each) share their mean and variance with the framed one: "
        "{count} numbers. At batch size {size}, this batch's mean of channel {channel} is "
        "{far:.2f} standard deviations away from that of 64 images: the smaller the batch, the "
        "less exact batch norm is. The other three look at one image and do not depend on the "
        "batch.",
        pixels=PIXELS,
        count=shared.sum() * PIXELS,
        size=N,
        channel=channel,
        far=float(far),
    )


def draw_planes(axes: Axes, shared: Array, chosen: tuple[int, int]) -> None:
    """One cell for each image and channel; those that share statistics are hatched."""
    N = len(shared)
    for cells, style in (
        (np.argwhere(shared), {"fc": "#fde3d3", "hatch": "///"}),
        (np.argwhere(~shared), {"fc": "white"}),
    ):
        draw_shapes(axes, [CELL] * len(cells), cells, 0.9, ec=MUTED, lw=0.8, **style)
    draw_outline(axes, *chosen)
    axes.set(xlim=(-0.6, CHANNELS - 0.4), ylim=(N - 0.4, -0.6), aspect="equal")
    axes.set_xlabel("channel C")
    axes.set_ylabel("image N")
    axes.set_xticks(range(CHANNELS))
    axes.set_yticks(range(0, N, max(1, N // 8)))


def explore_normalisation() -> None:
    """See which numbers batch, layer, instance and group norm normalise together."""
    controls = {
        "kind": make_choice(say("method"), KINDS),
        "N": make_slider(say("batch size N"), 1, 16, 4),
        "G": make_choice(say("groups G"), "2136"),
    }
    Panel(lambda kind, N, G: draw_normalisation(kind, N, int(G)), controls).show()
