# Generated from daseCV/explore/panel.py by "dasecv release".
"""What the explorers share: controls beside a picture, and how cells and numbers are drawn."""

import base64
import functools
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any

import ipywidgets as widgets
import numpy as np
from IPython.display import display
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.textpath import TextPath

from ..autoreload import require_current
from ..drawing import INK, WINDOW, picture, png

Array = np.ndarray
Drawn = tuple[Figure, str]

CELL = Path([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)], closed=True)


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
        self.picture, self.image, self.caption = b"", widgets.HTML(), widgets.HTML()
        rows = widgets.Box(
            [*self.controls.values(), *more], layout=widgets.Layout(flex_flow="row wrap")
        )
        super().__init__([rows, self.caption, self.image])
        for control in self.controls.values():
            control.observe(self.redraw, "value")
        self.redraw()

    def redraw(self, _change: Any = None) -> None:
        """Draw the picture for the controls' current values."""
        values = {name: control.value for name, control in self.controls.items()}
        drawn, caption = self.draw(**values)
        self.picture, self.caption.value = png(drawn), f"<p>{escape(caption)}</p>"
        self.image.value = picture(self.picture, caption)

    def show(self) -> None:
        """Show the panel; the picture alone in a page that has no widgets, such as feedback."""
        require_current()
        data = base64.b64encode(self.picture).decode()
        display(
            {**widget_view(self), "image/png": data, "text/plain": type(self).__name__}, raw=True
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


def in_row(drawn: Figure, widths: list[float], **margins: float) -> Any:
    """Axes in a row. Their places are fixed: arranging takes as long as drawing."""
    drawn.set_layout_engine(None)
    edges = {"left": 0.01, "right": 0.99, "bottom": 0.02, "top": 0.86, "wspace": 0.06}
    drawn.subplots_adjust(**{**edges, **margins})
    return drawn.subplots(1, len(widths), width_ratios=widths)


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

    With `signed`, signs are written and have a colour each; else, dark is large. All numbers are
    one shape: a picture that follows a slider has no time for a hundred texts.
    """
    filled = np.ones(numbers.shape, dtype=bool) if filled is None else filled
    largest = float(np.abs(numbers).max(initial=0.0)) or 1.0
    H, W = numbers.shape
    signed = signed or bool((numbers < 0).any())
    colours, low = ("RdBu", -1) if signed else ("Greys", 0)
    # Light enough for dark numbers, of either sign.
    axes.imshow(np.where(filled, numbers / largest * 0.45, 0.0), cmap=colours, vmin=low, vmax=1)
    written = [letters(write_number(number, digits, signed)) for number in numbers[filled]]
    width = max((np.ptp(np.asarray(shape.vertices)[:, 0]) for shape in written), default=1.0)
    draw_shapes(axes, written, np.argwhere(filled), min(1.0, 0.86 / width), fc=INK, lw=0)
    empty = np.argwhere(~filled)
    draw_shapes(axes, [CELL] * len(empty), empty, 1.0, fill=False, hatch="//", ec="#b8b8b8", lw=0)
    axes.vlines(np.arange(W + 1) - 0.5, -0.5, H - 0.5, color="#c8c8c8", lw=0.6)
    axes.hlines(np.arange(H + 1) - 0.5, -0.5, W - 0.5, color="#c8c8c8", lw=0.6)
    axes.set(xlim=(-0.6, W - 0.4), ylim=(H - 0.4, -0.6))  # with room for the lines of the outermost
    axes.axis("off")
    axes.set_title(title, fontsize=10, color=INK, y=1.0)


def draw_shapes(axes: Axes, shapes: list[Path], places: Array, scale: float, **style: Any) -> None:
    """Draw a shape at each (row, column), all as one."""
    moved = [
        Path(scale * np.asarray(shape.vertices) + place[::-1], shape.codes)
        for shape, place in zip(shapes, places, strict=True)
    ]
    axes.add_artist(PathPatch(Path.make_compound_path(*moved), **style))


def write_number(number: float, digits: int, signed: bool) -> str:
    """A number in few letters; 0 has no sign.

    Examples
    --------
    >>> write_number(1.25, 1, True), write_number(-0.04, 1, True), write_number(3, 0, False)
    ('+1.2', '0.0', '3')
    """
    text = f"{number:{'+' if signed else ''}.{digits}f}"
    return text.lstrip("+-") if float(text) == 0 else text


@functools.lru_cache(maxsize=4096)
def letters(text: str) -> Path:
    """The shape of a text around 0, upside down: rows are counted downwards."""
    shape = TextPath((0, 0), text, size=0.42)
    box = shape.get_extents()
    middle = (box.x0 + box.width / 2, box.y0 + box.height / 2)
    return Path((np.asarray(shape.vertices) - middle) * (1, -1), shape.codes)


def draw_outline(
    axes: Axes, row: float, column: float, height: int = 1, width: int = 1, colour: str = WINDOW
) -> None:
    """Frame some cells, thick enough to be seen without its colour."""
    axes.add_patch(
        Rectangle((column - 0.5, row - 0.5), width, height, fill=False, lw=2.6, ec=colour, zorder=3)
    )
