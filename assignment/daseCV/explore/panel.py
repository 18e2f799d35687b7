# Generated from daseCV/explore/panel.py by "dasecv release".
"""What the explorers share: controls beside a picture, and how cells and numbers are drawn."""

import base64
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from ..autoreload import require_current
from ..drawing import INK, WINDOW, png

Array = np.ndarray
Drawn = tuple[Figure, str]


class Panel(widgets.VBox):
    """Controls above a picture and its caption, which follow them.

    `draw` takes the controls' values by name, and returns a figure and a caption. Words in a figure
    are English, since its fonts may lack other characters; the caption is in the set language.
    `more` widgets are shown with the controls and change these, as a player does.
    """

    def __init__(
        self, draw: Callable[..., Drawn], controls: Mapping[str, Any], more: tuple[Any, ...] = ()
    ) -> None:
        self.draw, self.controls = draw, dict(controls)
        self.image = widgets.Image(
            format="png", layout=widgets.Layout(max_width="100%", align_self="flex-start")
        )
        rows = widgets.Box(
            [*self.controls.values(), *more], layout=widgets.Layout(flex_flow="row wrap")
        )
        self.caption = widgets.HTML()
        super().__init__([rows, self.caption, self.image])
        for control in self.controls.values():
            control.observe(self.redraw, "value")
        self.redraw()

    def redraw(self, _change: Any = None) -> None:
        """Draw the picture for the controls' current values."""
        values = {name: control.value for name, control in self.controls.items()}
        drawn, caption = self.draw(**values)
        self.image.value, self.caption.value = png(drawn), f"<p>{escape(caption)}</p>"

    def show(self) -> None:
        """Show the panel; the picture alone in a page that has no widgets, such as feedback."""
        require_current()
        picture = base64.b64encode(self.image.value).decode()
        display(
            {**widget_view(self), "image/png": picture, "text/plain": type(self).__name__}, raw=True
        )


def widget_view(widget: Any) -> dict[str, Any]:
    """What a page needs to show a widget, in ipywidgets 7 (Colab's) and 8 alike."""
    data = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": data}


def make_slider(name: str, low: int, high: int, value: int) -> Any:
    """A slider of whole numbers that can be moved with the arrow keys."""
    return widgets.IntSlider(
        value, low, high, description=name, style={"description_width": "initial"}
    )


def make_choice(name: str, options: Iterable[str | tuple[str, str]]) -> Any:
    """A list of names to choose one of; a pair is what is shown, and the name."""
    return widgets.Dropdown(
        options=list(options), description=name, style={"description_width": "initial"}
    )


def draw_cells(
    axes: Axes,
    numbers: Array,
    filled: Array | None = None,
    *,
    title: str = "",
    digits: int = 0,
    signed: bool = False,
) -> None:
    """Draw a matrix as cells with their numbers; those that are not filled are hatched.

    With `signed`, signs are written and have a colour each; else, dark is large.
    """
    filled = np.ones(numbers.shape, dtype=bool) if filled is None else filled
    largest = float(np.abs(numbers).max(initial=0.0)) or 1.0
    H, W = numbers.shape
    signed = signed or bool((numbers < 0).any())
    colours, low = ("RdBu", -1) if signed else ("Greys", 0)
    # Light enough for dark numbers, of either sign.
    axes.imshow(np.where(filled, numbers / largest * 0.45, 0.0), cmap=colours, vmin=low, vmax=1)
    size = 11 - 0.45 * max(H, W)
    for i, j in np.ndindex(H, W):
        if filled[i, j]:
            text = f"{numbers[i, j]:{'+' if signed else ''}.{digits}f}"
            text = text.lstrip("+-") if float(text) == 0 else text
            axes.text(j, i, text, ha="center", va="center", size=max(size, 5.5), color=INK)
        else:
            axes.add_patch(
                Rectangle((j - 0.5, i - 0.5), 1, 1, fill=False, hatch="//", ec="#b8b8b8", lw=0)
            )
    axes.set_xticks(np.arange(W + 1) - 0.5, labels=[])
    axes.set_yticks(np.arange(H + 1) - 0.5, labels=[])
    axes.grid(color="#c8c8c8", lw=0.6)
    axes.tick_params(length=0)
    axes.set_title(title, fontsize=10, color=INK)


def draw_outline(
    axes: Axes, row: float, column: float, height: int = 1, width: int = 1, colour: str = WINDOW
) -> None:
    """Frame some cells, thick enough to be seen without its colour."""
    axes.add_patch(
        Rectangle((column - 0.5, row - 0.5), width, height, fill=False, lw=2.6, ec=colour, zorder=3)
    )
