"""Draw the pictures of `docs/fast_layers.md`.

    python benchmarks/fast_layers_pictures.py
    python benchmarks/fast_layers_pictures.py some/other/folder

Indices, columns and phases are computed with the formulas of `daseCV/kernels.c`.
"""

import argparse
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from PIL import Image

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "figures"
INCHES, DOTS = 7.0, 150  # width of a picture; dots per inch
TEXT = 10

# Colours of Okabe and Ito, made light enough to write on.
BLUE, ORANGE, GREEN, PINK = "#9fd0ee", "#f7cf7f", "#8fd6bd", "#e6b8d0"
GREY, WHITE = "#e4e4e4", "#ffffff"
STRONG = "#b0400a"  # outlines

Rows = Sequence[Sequence[object]]


def main() -> None:
    """Draw all pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for draw in (columns, band, place_and_tap, tile, stride, phases, pooling):
        path = folder / f"fast_layers_{draw.__name__}.png"
        fig = draw()
        save(fig, path)
        print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def save(fig: plt.Figure, path: Path) -> None:
    """Save as a PNG of few colours, which is small."""
    with io.BytesIO() as memory:
        fig.savefig(memory, format="png", dpi=DOTS)
        Image.open(memory).convert("RGB").quantize(48).save(path, optimize=True)
    plt.close(fig)


def columns() -> plt.Figure:
    """Windows of an image as the columns of a matrix."""
    fig, ax = canvas(20.6, 7.2)
    H, HH = 3, 2
    H_out = H - HH + 1
    names = [["abcdefghi"[H * y + x] for x in range(H)] for y in range(H)]
    matrix = [
        [names[i + k][j + l] for i in range(H_out) for j in range(H_out)]
        for k in range(HH)
        for l in range(HH)
    ]
    middle = 3.5
    grid(ax, 0.3, middle - 1.5, names, colour_of(lambda text: text == "e", ORANGE))
    grid(ax, 5.2, middle - 1, [["w"] * 4] * 2, lambda *_: WHITE)
    grid(ax, 10.5, middle - 2, matrix, colour_of(lambda text: text == "e", ORANGE))
    grid(ax, 15.8, middle - 1, [[""] * 4] * 2, lambda *_: GREEN)
    arrow(ax, (3.5, 4.9), (10.3, 5.1))
    label(ax, 6.9, 5.5, "copy each window")
    for x, sign in ((9.8, "@"), (15.15, "=")):
        label(ax, x, middle, sign, size=15)
    for x, text in (
        (1.8, "image\nC=1, H=W=3"),
        (7.2, "filters\nF × (C·HH·WW)"),
        (12.5, "windows as columns\n(C·HH·WW) × (H′·W′)"),
        (17.8, "out\nF × (H′·W′)"),
    ):
        label(ax, x, 0.75, text)
    label(
        ax, 10.3, 6.6, "HH=WW=2, stride=1, pad=0, F=2: four windows. Pixel e is copied four times."
    )
    return fig


def band() -> plt.Figure:
    """An image, its zeros, and the copy of a band of its rows."""
    fig, ax = canvas(20, 10.6)
    box(ax, 0.5, 2.2, 6.4, 6.4, GREY)
    box(ax, 1.0, 2.7, 5.4, 5.4, BLUE)
    box(ax, 0.5, 4.5, 6.4, 1.9, ORANGE, alpha=0.6)
    box(ax, 0.5, 4.5, 6.4, 1.9, "none", edge=STRONG, line=2.2)
    label(ax, 3.7, 1.3, "one channel, padded:\n(H + 2·pad) × (W + 2·pad)")
    label(ax, 3.7, 3.5, "image, H × W")
    label(ax, 3.7, 5.45, "input rows of the band")
    label(ax, 3.7, 9.2, "grey: pad rows and\ncolumns of zeros", va="top")
    for shift in (1.0, 0.5, 0.0):
        box(ax, 8.9 + shift, 4.7 - shift, 4.2, 1.7, GREY)
        box(ax, 9.25 + shift, 4.7 - shift, 3.5, 1.7, ORANGE)
    label(ax, 11.0, 5.55, "buffer")
    label(ax, 11.5, 2.3, "C channels of the band,\nin one piece of memory\nthat fits the cache")
    label(ax, 11.4, 7.2, "rows of a channel:\n(output rows − 1)·stride + HH", va="top")
    for shift in (1.0, 0.5, 0.0):
        box(ax, 14.9 + shift, 5.0 - shift, 3.4, 1.3, GREEN)
    label(ax, 16.6, 5.65, "out")
    label(ax, 17.1, 2.3, "output rows of the\nband, F filters")
    label(ax, 16.9, 7.2, "written straight\ninto out", va="top")
    arrow(ax, (7.05, 5.45), (8.75, 5.45))
    arrow(ax, (13.95 + 0.2, 5.45), (14.8, 5.45))
    label(ax, 7.9, 4.9, "copy", va="bottom")
    return fig


def place_and_tap() -> plt.Figure:
    """The index of each number in a small buffer, and how place + tap finds an input."""
    fig, ax = canvas(23, 11.6)
    H, W, HH, WW, pad, lanes = 5, 8, 3, 3, 1, 4
    pitch = W + WW  # kernels.c, cut_bands: W_out in whole vectors, and the filter's width
    place, (k, l) = 2 * pitch, (1, 2)
    tap = k * pitch + l
    indices = [[y * pitch + x for x in range(pitch)] for y in range(H + 2 * pad)]

    def colour(y: int, x: int, _: object) -> str:
        if 0 <= y * pitch + x - place - tap < lanes:
            return ORANGE
        inside = pad <= y < H + pad and pad <= x < W + pad
        return BLUE if inside else GREY

    left, top = 0.5, 2.4
    grid(ax, left, top, indices, colour)
    outline(ax, left, top + 2, lanes, 1)
    outline(ax, left + l, top + 2 + k, lanes, 1)
    arrow(ax, (left + 0.75, top + 2.8), (left + l + 0.05, top + 2 + k + 0.3), STRONG)
    label(ax, 6, 1.2, "buffer of one channel: H=5, W=8, pad=1\neach number is an index in memory")
    label(ax, left, 10.1, "blue: image; grey: zeros; orange: read for this tap", ha="left")
    right = 14.2
    taps = [[y * pitch + x for x in range(WW)] for y in range(HH)]
    grid(ax, right, top, [[""] * W] * H, lambda y, x, _: ORANGE if y == 2 and x < lanes else GREEN)
    outline(ax, right, top + 2, lanes, 1)
    label(ax, right + 4, 1.2, "out: H′=5, W′=8, stride=1\none vector of LANES = 4 pixels")
    grid(ax, right, 8.2, taps, lambda y, x, _: ORANGE if (y, x) == (k, l) else WHITE)
    label(ax, right + 3.4, 9.7, "tap of each weight\nof the filter,\nHH=WW=3", ha="left")
    total = f"place {place} + tap {tap} = {place + tap}: start of the vector of inputs"
    label(ax, left, 11.0, total, ha="left")
    return fig


def tile() -> plt.Figure:
    """What one tap reads and adds in a tile of 4 filters and 6 vectors."""
    fig, ax = canvas(20, 9.2)
    filters, places, lanes = 4, 6, 16
    left, top, width, height = 4.2, 3.1, 2.5, 1.0
    for v in range(places):
        x = left + v * width
        vector(ax, x + 0.1, 1.7, width - 0.2, 0.8, BLUE, lanes)
        for g in range(filters):
            vector(ax, x + 0.1, top + g * height + 0.1, width - 0.2, 0.8, GREEN, lanes)
    for g in range(filters):
        box(ax, 2.6, top + g * height + 0.1, 0.8, 0.8, ORANGE)
        label(ax, 2.4, top + g * height + 0.5, f"filter {g}", ha="right")
    label(ax, left + 7.5, 0.7, "read: 6 vectors of inputs, one for each place (16 pixels each)")
    label(ax, 2.0, 1.95, "read:\n4 weights", va="center")
    label(ax, left + 7.5, 7.6, "stay in registers for all taps: 4 × 6 = 24 vectors of sums")
    label(ax, 10, 8.6, "one tap:  sum[g][v] += weight[g] * input[v],  24 times, on whole vectors")
    return fig


def stride() -> plt.Figure:
    """The columns of a row sorted by their rest modulo the stride."""
    fig, ax = canvas(18.4, 10.4)
    W, WW, pad, step, lanes = 7, 3, 1, 2, 4
    W_out = 1 + (W + 2 * pad - WW) // step
    pitch = W_out + -(-WW // step)
    rest_colour = (BLUE, ORANGE)

    def colour(_: int, __: int, column: object) -> str:
        return rest_colour[int(str(column)) % step] if column != "–" else GREY

    padded = W + 2 * pad
    grid(ax, 5.4, 1.4, [range(padded)], colour)
    label(ax, 5.0, 1.9, "padded row\nW=7, pad=1", ha="right")
    by_rest = [[q * step + rest for q in range(pitch)] for rest in range(step)]
    row = [column if column < padded else "–" for half in by_rest for column in half]
    grid(ax, 5.4, 3.9, [row], colour)
    label(ax, 5.0, 4.4, "the same row\nin the buffer", ha="right")
    for rest in range(step):
        label(ax, 5.4 + rest * pitch + 3, 3.4, f"rest {rest}: column % 2 == {rest}")
    label(ax, 5.4, 0.7, "column numbers; 0 and 8 are zeros of the padding; stride=2", ha="left")
    for l in range(WW):
        y, from_x = 5.5 + 1.3 * l, 5.4 + l % step * pitch + l // step
        wanted = [j * step + l for j in range(lanes)]
        grid(ax, from_x, y, [wanted], colour)
        outline(ax, from_x, y, lanes, 1)
        label(ax, 5.0, y + 0.5, f"weights with l={l}", ha="right")
    label(ax, 9.2, 9.7, "WW=3, W′=4: for each l, the inputs of the four pixels are neighbours")
    return fig


def phases() -> plt.Figure:
    """For stride 2: pixels of dx by phase, and the weights that each phase uses, flipped."""
    fig, ax = canvas(21, 11)
    H, HH, pad, step = 5, 3, 1, 2
    colours = ((BLUE, ORANGE), (GREEN, PINK))
    size = H + 2 * pad
    names = [[f"{y % step}{x % step}" for x in range(size)] for y in range(size)]
    weights = [[f"w{k}{l}" for l in range(HH)] for k in range(HH)]

    def colour(y: int, x: int, _: object) -> str:
        return colours[y % step][x % step]

    grid(ax, 0.5, 2.4, names, colour)
    outline(ax, 0.5 + pad, 2.4 + pad, H, H)
    label(ax, 4, 1.3, "dx, padded: each pixel with\nits phase (p, q), stride=2")
    label(ax, 4, 9.6, "outline: dx itself\n(H=W=5, pad=1)", va="top")
    grid(ax, 8.9, 4.4, weights, colour)
    label(ax, 10.4, 3.4, "w: HH=WW=3\nby the same phases")
    arrow(ax, (12.1, 5.9), (13.1, 5.9))
    for p in range(step):
        for q in range(step):
            own = [[weights[k][l] for l in range(q, HH, step)] for k in range(p, HH, step)]
            flipped = [row[::-1] for row in own[::-1]]
            x, y = 14.0 + 3.6 * q, 4.0 + 3.6 * p
            shade = colours[p][q]
            grid(ax, x, y, flipped, lambda *_, shade=shade: shade)
            label(ax, x, y - 0.45, f"phase ({p}, {q})", ha="left")
    label(ax, 17, 1.3, "four small filters, flipped: each one\nslides over dout with stride 1")
    label(ax, 16.8, 9.6, "each of the 9 weights is\nin exactly one of them", va="top")
    return fig


def pooling() -> plt.Figure:
    """How the gradient of a 2x2 window goes to its first maximum, and to no other."""
    fig, ax = canvas(20, 9.4)
    windows: list[tuple[list[int | str], int | str]]
    windows = [([3, 7, 7, 1], 7), ([2, 1, 4, 9], 9), ([5, "NaN", 8, "NaN"], "NaN")]
    titles = ("two equal maxima", "the last one is largest", "NaN counts as largest")
    for number, ((window, largest), title) in enumerate(zip(windows, titles, strict=True)):
        left = 1.0 + 6.5 * number
        first = window.index(largest)
        dx = ["g" if i == first else 0 for i in range(4)]
        handed = ["g" if i <= first else 0 for i in range(4)]
        for x, y, rows in ((left, 2.6, window), (left + 2.8, 2.6, dx)):
            pairs = [rows[:2], rows[2:]]
            grid(ax, x, y, pairs, marked(first), cell=1.2)
        label(ax, left + 2.6, 0.8, title, size=TEXT + 1)
        label(ax, left + 1.2, 2.0, "window of x")
        label(ax, left + 4.0, 2.0, "dx")
        grid(ax, left + 0.2, 6.6, [handed], marked(first, wide=True), cell=1.2)
        label(ax, left + 2.6, 6.1, "what is left when it is its turn:")
        for i, name in enumerate("abcd"):
            label(ax, left + 0.8 + 1.2 * i, 8.4, name, va="baseline")
    label(
        ax,
        10,
        9.1,
        "g: the gradient of this window's output. a b c d: the window in row-major order.",
    )
    return fig


def marked(first: int, wide: bool = False) -> Callable[[int, int, object], str]:
    """Orange for entry `first` of a 2x2 grid, or of one row when `wide`."""
    return lambda y, x, _: ORANGE if (x if wide else 2 * y + x) == first else WHITE


def colour_of(is_marked: Callable[[object], bool], mark: str) -> Callable[[int, int, object], str]:
    return lambda _y, _x, text: mark if is_marked(text) else BLUE


def canvas(width: float, height: float) -> tuple[plt.Figure, Axes]:
    """A white page of that many units, y downwards."""
    fig = plt.figure(figsize=(INCHES, INCHES * height / width))
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    return fig, ax


def grid(
    ax: Axes,
    left: float,
    top: float,
    rows: Rows,
    colour: Callable[[int, int, object], str],
    cell: float = 1.0,
) -> None:
    """Cells with a text each, coloured by row, column and text."""
    for y, row in enumerate(rows):
        for x, text in enumerate(row):
            box(ax, left + x * cell, top + y * cell, cell, cell, colour(y, x, text))
            label(ax, left + (x + 0.5) * cell, top + (y + 0.5) * cell, str(text), size=TEXT - 1)


def vector(
    ax: Axes, left: float, top: float, width: float, height: float, colour: str, lanes: int
) -> None:
    """A box with a line between its lanes."""
    box(ax, left, top, width, height, colour)
    for i in range(1, lanes):
        x = left + i * width / lanes
        ax.plot([x, x], [top, top + height], color="#555555", linewidth=0.3)


def box(
    ax: Axes,
    left: float,
    top: float,
    width: float,
    height: float,
    colour: str,
    *,
    edge: str = "#555555",
    line: float = 0.7,
    alpha: float = 1.0,
) -> None:
    patch = Rectangle(
        (left, top), width, height, facecolor=colour, edgecolor=edge, linewidth=line, alpha=alpha
    )
    ax.add_patch(patch)


def outline(ax: Axes, left: float, top: float, width: float, height: float) -> None:
    box(ax, left, top, width, height, "none", edge=STRONG, line=2.2)


def arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], colour: str = "#333333"
) -> None:
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": 1.5, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=style)


def label(
    ax: Axes,
    x: float,
    y: float,
    text: str,
    *,
    size: float = TEXT,
    ha: str = "center",
    va: str = "center",
) -> None:
    ax.text(x, y, text, fontsize=size, ha=ha, va=va, linespacing=1.25)


if __name__ == "__main__":
    main()
