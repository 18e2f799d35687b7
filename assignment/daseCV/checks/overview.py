# Generated from daseCV/checks/overview.py by "dasecv release".
"""The whole assignment as a checklist: what is right, what is wrong, and what is left to write."""

import contextlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ..language import say
from .panel import CELL, COLOURS, STYLE, Live
from .verdict import RIGHT, Verdict

WIDTH = 28  # of a name
LATER = "…"  # what needs something of the notebook's, such as a training run


@dataclass(frozen=True)
class Row:
    """One check of the checklist: its sign, and the first thing to say about it."""

    sign: str
    name: str
    points: float | None
    said: str

    def text(self) -> str:
        worth = "" if self.points is None else say("{points:>4g} points", points=self.points)
        return f"{self.sign} {self.name:<{WIDTH}}{worth}   {self.said}".rstrip()

    def html(self) -> str:
        cell = f'<td style="{CELL}'
        bold = f"color:{COLOURS.get(self.sign, '#404040')};font-weight:700"
        points = "" if self.points is None else f"{self.points:g}"
        return (
            f'<tr style="background:#ffffff">{cell};{bold}">{self.sign}</td>'
            f'{cell};font-family:monospace">{escape(self.name)}</td>'
            f'{cell};text-align:right">{points}</td>{cell}">{escape(self.said)}</td></tr>'
        )


def overview(judge: Callable[[str], Verdict], needs: Mapping[str, str], folder: Path) -> None:
    """Run every check that can run by itself, and show a line for each as soon as it is known.

    Parameters
    ----------
    judge : callable
        Runs one check by its name.
    needs : dict of str
        For each check, how to call it where it needs something, such as a training run; else ''.
    folder : Path
        Holds the notebooks, which know the points.
    """
    points = points_of(folder)
    rows: list[Row] = []
    live = Live()
    for name, call in needs.items():
        if call:
            row = Row(LATER, name, points.get(name), say("after training: {call}", call=call))
        else:
            with contextlib.redirect_stdout(io.StringIO()):  # what the student's code prints
                verdict = judge(name)
            row = Row(verdict.sign, name, points.get(name), verdict.headline)
        rows.append(row)
        live.show(row.text(), html(rows, len(needs)))
    live.show(summary(rows), html(rows, len(needs)))


def summary(rows: list[Row]) -> str:
    """How many are right, and what they are worth."""
    right = [row for row in rows if row.sign == RIGHT]
    total = sum(row.points or 0 for row in rows)
    return say(
        "{right} of {count} right, {earned:g} of {total:g} points. The mark comes from hidden "
        "checks like these."
        if total
        else "{right} of {count} right. The mark comes from hidden checks like these.",
        right=len(right),
        count=len(rows),
        earned=sum(row.points or 0 for row in right),
        total=total,
    )


def html(rows: list[Row], count: int) -> str:
    """The checklist as far as it goes."""
    if len(rows) < count:
        title = say("checking: {done} of {count}", done=len(rows), count=count)
    else:
        title = summary(rows)
    names = (say("check"), say("points"), say("state"))
    head = "".join(f'<th scope="col" style="{CELL}">{name}</th>' for name in ("", *names))
    return (
        f'<div class="dasecv-checklist" style="{STYLE};border:1px solid #a3a3a3;border-radius:4px;'
        f'padding:8px 12px;max-width:62em"><div role="status"><b>{title}</b></div>'
        f'<table style="border:none;margin:4px 0"><tr style="background:#ffffff">{head}</tr>'
        f"{''.join(row.html() for row in rows)}</table></div>"
    )


def points_of(folder: Path) -> dict[str, float]:
    """The points of each graded cell in the notebooks of a folder; nothing where there are none."""
    return dict(pair for path in sorted(folder.glob("*.ipynb")) for pair in points_in(path))


def points_in(path: Path) -> Iterator[tuple[str, float]]:
    """Name and points of a notebook's graded cells."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        for cell in cells:
            about = cell["metadata"].get("nbgrader", {})
            if about.get("grade") and cell["cell_type"] == "code":
                yield about["grade_id"], float(about["points"])
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return  # a notebook that is being saved, or is none
