# Generated from daseCV/drawing.py by "dasecv release".
"""Common parts of pictures: readable colours, figures, and PNG files."""

import base64
import io
from html import escape

from matplotlib.figure import Figure

# Contrast on white above 4.5:1, and distinguishable with red-green colour blindness.
INK, MUTED, WINDOW, ROUTE = "#1a1a1a", "#5a5a5a", "#9a3412", "#1d4ed8"


def figure(width: float, height: float) -> Figure:
    """Return an empty figure, in inches, that can be saved without any window system."""
    return Figure(figsize=(width, height), layout="constrained")


def png(drawn: Figure) -> bytes:
    stream = io.BytesIO()
    drawn.savefig(stream, format="png", dpi=90)
    return stream.getvalue()


def picture(drawn: bytes, said: str) -> str:
    """A PNG file for a page, with what is to be seen in words; on a telephone, it can be swiped."""
    data = base64.b64encode(drawn).decode()
    return (
        '<img class="dasecv-picture" decoding="sync" style="max-width:max(100%,40em)" '
        f'alt="{escape(said, quote=True)}" src="data:image/png;base64,{data}">'
    )
