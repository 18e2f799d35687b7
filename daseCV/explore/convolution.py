"""The convolution explorer: a window slides over an image, and the output fills up."""

from typing import Any

import ipywidgets as widgets
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..drawing import MUTED, figure
from ..language import say
from .panel import Array, Drawn, Panel, draw_cells, draw_outline, in_row, make_choice, make_slider

SIZES = (2, 5)  # of a filter


def example_images() -> dict[str, Array]:
    """Small grey images with features to find, by name."""
    rows, columns = np.mgrid[0:8, 0:8]
    disc = np.where((rows - 3.5) ** 2 + (columns - 3.5) ** 2 < 9, 9.0, 1.0)
    return {
        say("a vertical edge"): np.where(columns < 4, 1.0, 9.0),
        say("a horizontal edge"): np.where(rows < 4, 1.0, 9.0),
        say("a disc"): disc,
        say("a slope"): (rows + columns) / 2.0,
        say("one point"): np.where((rows == 3) & (columns == 4), 9.0, 0.0),
    }


def example_filters(size: int) -> dict[str, Array]:
    """Filters of one size, by name."""
    middle = size // 2
    identity = np.zeros((size, size))
    identity[middle, middle] = 1
    down = np.zeros((size, size))
    down[0], down[-1] = 1, -1
    sharp = 2 * identity - np.full((size, size), 1 / size**2)
    return {
        say("vertical edges"): down.T,
        say("horizontal edges"): down,
        say("blur (mean)"): np.full((size, size), 1 / size**2),
        say("sharpen"): sharp,
        say("identity"): identity,
    }


def output_size(size: int, window: int, stride: int, pad: int) -> int:
    """H' = 1 + (H + 2 pad - HH) // stride.

    Examples
    --------
    >>> output_size(8, 3, 1, 1), output_size(8, 3, 2, 0)
    (8, 3)
    """
    return 1 + (size + 2 * pad - window) // stride


def draw_convolution(
    image: Array, kernel: Array, stride: int = 1, pad: int = 0, place: int = 0
) -> Drawn:
    """Draw one step of a convolution of an image (H, W) with a filter (HH, WW).

    `place` is the output's entry that is being worked out, in row-major order; later ones are not
    filled.
    """
    (H, W), (HH, WW) = image.shape, kernel.shape
    H_out, W_out = output_size(H, HH, stride, pad), output_size(W, WW, stride, pad)
    padded = np.pad(image, pad)
    products = sliding_window_view(padded, (HH, WW))[::stride, ::stride] * kernel
    out = products.sum(axis=(2, 3))
    place = min(place, out.size - 1)
    i, j = divmod(place, W_out)
    top, left = i * stride, j * stride

    drawn = figure(11, 4)
    widths = [max(padded.shape), HH + 1.5, HH + 1.5, max(out.shape)]
    axes = in_row(drawn, widths)
    draw_cells(axes[0], padded, title="x, padded")
    draw_outline(axes[0], top, left, HH, WW)
    if pad:
        draw_outline(axes[0], pad, pad, H, W, MUTED)
    draw_cells(axes[1], kernel, title="w", digits=2, signed=True)
    draw_cells(
        axes[2],
        products[i, j],
        title=f"window * w, sum {out[i, j]:.2f}",
        digits=1,
        signed=True,
    )
    filled = np.arange(out.size).reshape(out.shape) <= place
    draw_cells(
        axes[3], out, filled, title=f"out[{i}, {j}] = {out[i, j]:.2f}", digits=1, signed=True
    )
    draw_outline(axes[3], i, j)
    drawn.suptitle(
        f"H' = 1 + (H + 2 pad - HH) // stride = 1 + ({H} + 2·{pad} - {HH}) // {stride} = {H_out}"
        f"        W' = 1 + ({W} + 2·{pad} - {WW}) // {stride} = {W_out}",
        fontsize=11,
    )
    return drawn, say(
        "The window starts at row {top}, column {left}. Its numbers times the filter's add up "
        "to {total:.2f}, which goes to row {row}, column {column} of the output. Hatched: still to "
        "come.",
        top=top,
        left=left,
        total=float(out[i, j]),
        row=i,
        column=j,
    )


class ConvolutionPanel(Panel):
    """Controls of the convolution explorer, whose ranges depend on each other."""

    def __init__(self, extra_images: dict[str, Array] | None = None) -> None:
        self.images = {**example_images(), **(extra_images or {})}
        self.size = make_slider(say("filter size"), *SIZES, 3)
        self.preset = make_choice(say("filter"), example_filters(3))
        self.grid = widgets.GridBox(layout=widgets.Layout(margin="0 0 0 12px"))
        controls = {
            "image": make_choice(say("image"), self.images),
            "stride": make_slider("stride", 1, 3, 1),
            "pad": make_slider("pad", 0, 2, 1),
            "place": make_slider(say("place"), 0, 63, 0),
        }
        self.player = widgets.Play(min=0, max=63, interval=400)
        widgets.jslink((self.player, "value"), (controls["place"], "value"))
        more = (self.player, self.size, self.preset, self.grid)
        self.fill(example_filters(3)[self.preset.value])
        super().__init__(self.draw_chosen, controls, more)
        self.size.observe(self.resize, "value")
        self.preset.observe(lambda _: self.choose(), "value")
        for control in ("image", "stride", "pad"):
            controls[control].observe(self.bound, "value")
        self.bound()

    @property
    def kernel(self) -> Array:
        """The filter in the boxes."""
        numbers = np.array([box.value for box in self.grid.children])
        return numbers.reshape(self.size.value, self.size.value)

    def draw_chosen(self, image: str, **values: int) -> Drawn:
        return draw_convolution(self.images[image], self.kernel, **values)

    def fill(self, kernel: Array) -> None:
        """Put a filter's numbers into boxes that can be edited."""
        boxes = []
        for (i, j), number in np.ndenumerate(kernel):
            # A label without width is read, and not seen.
            look = {"layout": {"width": "64px"}, "style": {"description_width": "0"}}
            name = f"w[{i}, {j}]"
            box = widgets.FloatText(round(float(number), 3), description=name, step=0.5, **look)
            box.observe(lambda _: self.edit(), "value")
            boxes.append(box)
        self.grid.layout.grid_template_columns = f"repeat({len(kernel)}, 68px)"
        self.grid.children = boxes

    def edit(self) -> None:
        """Draw the filter in the boxes, which is no longer the one that was chosen."""
        self.preset.value = None
        self.redraw()

    def choose(self) -> None:
        """Put the filter that was chosen into the boxes."""
        if self.preset.value is None:
            return
        self.fill(example_filters(self.size.value)[self.preset.value])
        self.redraw()

    def resize(self, _change: Any) -> None:
        """Take the filter of the same name in another size; of one edited by hand, the first."""
        if self.preset.value is None:
            self.preset.index = 0
        self.choose()
        self.bound()

    def bound(self, _change: Any = None) -> None:
        """Let the window go as far as there are places, and no further."""
        size = self.size.value
        stride, pad = self.controls["stride"].value, self.controls["pad"].value
        H, W = self.images[self.controls["image"].value].shape
        last = output_size(H, size, stride, pad) * output_size(W, size, stride, pad) - 1
        self.controls["place"].max = self.player.max = last


def explore_convolution(**images: Array) -> None:
    """Slide a filter over an image: choose or edit it, set stride and pad, watch the output fill.

    Parameters
    ----------
    **images : ndarray, shape (H, W)
        More images to choose from, by name; at most 12 x 12, so that their numbers can be read.

    Raises
    ------
    ValueError
        If an image has another shape.
    """
    for name, image in images.items():
        if np.ndim(image) != 2 or not 2 <= min(np.shape(image)) <= max(np.shape(image)) <= 12:
            raise ValueError(
                f"explore_convolution: {name} has shape {np.shape(image)}, expected (H, W) of 2 to "
                "12 rows and columns: cut out a part, such as x[0, 0, 10:20, 10:20]"
            )
    ConvolutionPanel(images).show()
