# Generated from daseCV/explore/pooling.py by "dasecv release".
"""The max-pool explorer: the largest number of each window, and the gradient's way back to it."""

from typing import Any

import ipywidgets as widgets
import numpy as np
from matplotlib.patches import ConnectionPatch
from numpy.lib.stride_tricks import sliding_window_view

from ..drawing import ROUTE, figure
from ..language import say
from .panel import Array, Drawn, Panel, draw_cells, draw_outline, in_row, make_choice, make_slider


def example_images() -> dict[str, Array]:
    """Small images of whole numbers: without ties, with ties, and flat."""
    rng = np.random.default_rng(3)
    return {
        say("no ties"): rng.permutation(36).reshape(6, 6).astype(float),
        say("with ties"): rng.integers(0, 4, (6, 6)).astype(float),
        say("all the same"): np.full((6, 6), 5.0),
    }


def draw_pooling(image: Array, size: int = 2, stride: int = 2, place: int = 0) -> Drawn:
    """Draw max pooling of an image (H, W), and the gradient that has come back so far.

    Windows are square; `place` is the last one so far, in row-major order.
    """
    windows = sliding_window_view(image, (size, size))[::stride, ::stride]
    out, dx = windows.max(axis=(2, 3)), np.zeros(image.shape)
    dout = 1 + np.arange(out.size, dtype=float).reshape(out.shape) % 5
    place = min(place, out.size - 1)
    for here in list(np.ndindex(out.shape))[: place + 1]:
        row, column = divmod(int(windows[here].argmax()), size)
        winner = here[0] * stride + row, here[1] * stride + column
        dx[winner] += dout[here]
    filled = np.arange(out.size).reshape(out.shape) <= place

    drawn = figure(11, 3.6)
    width = out.shape[1] + 0.5
    axes = in_row(drawn, [6, width, width, 6])
    draw_cells(axes[0], image, title="x")
    draw_outline(axes[0], here[0] * stride, here[1] * stride, size, size)
    draw_outline(axes[0], *winner, colour=ROUTE)
    draw_cells(axes[1], out, filled, title="out")
    draw_outline(axes[1], *here)
    draw_cells(axes[2], dout, filled, title="dout")
    draw_outline(axes[2], *here)
    draw_cells(axes[3], dx, title="dx")
    draw_outline(axes[3], *winner, colour=ROUTE)
    route = ConnectionPatch(
        here[::-1],
        winner[::-1],
        axes[2].transData,
        axes[3].transData,
        arrowstyle="-|>",
        lw=2,
        color=ROUTE,
    )
    drawn.add_artist(route)
    return drawn, say(
        "The first maximum in window [{row}, {column}] is {entry}. On the way back all "
        "{gradient:g} of dout is added there, and nothing to the others. Hatched: still to come.",
        row=here[0],
        column=here[1],
        entry=f"x[{winner[0]}, {winner[1]}] = {image[winner]:g}",
        gradient=float(dout[here]),
    )


class PoolingPanel(Panel):
    def __init__(self) -> None:
        controls = {
            "image": make_choice(say("image"), example_images()),
            "size": make_slider(say("window"), 2, 3, 2),
            "stride": make_slider("stride", 1, 3, 2),
            "place": make_slider(say("place"), 0, 8, 0),
        }
        self.player = widgets.Play(min=0, max=8, interval=700)
        widgets.jslink((self.player, "value"), (controls["place"], "value"))
        super().__init__(self.draw_chosen, controls, (self.player,))
        for name in ("size", "stride"):
            controls[name].observe(self.bound, "value")

    def draw_chosen(self, image: str, **values: int) -> Drawn:
        return draw_pooling(example_images()[image], **values)

    def bound(self, _change: Any = None) -> None:
        """Let the window go as far as there are places, and no further."""
        size, stride = self.controls["size"].value, self.controls["stride"].value
        last = (1 + (6 - size) // stride) ** 2 - 1
        self.controls["place"].max = self.player.max = last


def explore_pooling() -> None:
    """Move a pooling window over an image, and follow the gradient back to the first maximum."""
    PoolingPanel().show()
