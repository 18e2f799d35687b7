"""The whole assignment as a checklist: what is right, what is wrong, and what is left to write."""

import contextlib
import io
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from ..contents import read_release
from ..language import Message, say, translate
from ..notebooks import find_notebooks, is_unwritten, read_cells, running_shell
from .panel import CELL, COLOURS, ROW, STYLE, Live, badge
from .verdict import RIGHT, UNWRITTEN, Verdict

WIDTH = 28  # of a name
LATER = "…"  # a check that needs an object of the notebook, such as a training run


@dataclass(frozen=True)
class GradedCell:
    """A graded cell of a notebook."""

    points: float | None = None
    in_words: bool = False
    is_unwritten: bool = False


@dataclass(frozen=True)
class Row:
    """One line of the checklist."""

    sign: str
    name: str
    points: float | None
    said: str
    notebook: str = ""
    in_words: bool = False  # an answer that a teacher marks

    def text(self) -> str:
        worth = "" if self.points is None else say("{points:>4g} points", points=self.points)
        return f"{self.sign} {self.name:<{WIDTH}}{worth}   {self.said}".rstrip()

    def html(self) -> str:
        cell = f'<td style="{CELL}'
        sign = badge(self.sign, COLOURS.get(self.sign, "#404040"))
        points = "" if self.points is None else f"{self.points:g}"
        return (
            f'{ROW}{cell}">{sign}</td>'
            f'{cell};font-family:monospace">{escape(self.name)}</td>'
            f'{cell};text-align:right">{points}</td>{cell}">{escape(self.said)}</td></tr>'
        )


def overview(
    judge: Callable[[str], Verdict],
    needs: Mapping[str, str],
    folder: Path,
    remembered: Collection[str] = (),
) -> None:
    """Run every check that can run by itself, and show a line for each as soon as it is known.

    `needs` has the call of each check that needs an argument, such as a training run; '' for the
    others. Checks in `remembered` were right after training, with code that has not changed since.
    The folder's notebooks have the points.
    """
    groups = group_cells(folder, needs)
    count = sum(len(cells) for cells in groups.values())
    several = len([notebook for notebook in groups if notebook]) > 1
    rows: list[Row] = []
    live = Live()
    for notebook, cells in groups.items():
        if several:
            live.show(notebook or say("in no notebook"), html(rows, count))
        for name, about in cells.items():
            sign, said = RIGHT, say("right after training")
            if about.in_words:
                sign, said = LATER, say("your teacher marks it")
                if about.is_unwritten:
                    sign, said = UNWRITTEN, say("not answered yet")
            elif not needs[name]:
                with contextlib.redirect_stdout(io.StringIO()):  # what the student's code prints
                    verdict = judge(name)
                sign, said = verdict.sign, verdict.headline
            elif name not in remembered:
                sign, said = (
                    LATER,
                    say("after training, run the cell with {call}", call=f'check("{name}", …)'),
                )
            rows.append(Row(sign, name, about.points, said, notebook, about.in_words))
            live.show(rows[-1].text(), html(rows, count))
    if several:
        for notebook in groups:
            part = [row for row in rows if row.notebook == notebook]
            name = notebook or Message("in no notebook")
            said = say("{notebook}: {summary}", notebook=name, summary=summary(part))
            live.show(said, html(rows, count))
    live.show(verdict_of_all(rows), html(rows, count))


def summary(rows: list[Row]) -> Message:
    """How many are right, and what they are worth."""
    checks = [row for row in rows if not row.in_words]
    right = [row for row in checks if row.sign == RIGHT]
    total = sum(row.points or 0 for row in checks)
    in_words = sum(row.points or 0 for row in rows if row.in_words)
    number = Message("{right} of {count} right", right=len(right), count=len(checks))
    if not total:
        return number
    earned = sum(row.points or 0 for row in right)
    said = Message(
        "{number}, {earned:g} of {total:g} points", number=number, earned=earned, total=total
    )
    if not in_words:
        return said
    return Message("{said}, and {points:g} for answers in words", said=said, points=in_words)


def verdict_of_all(rows: list[Row]) -> str:
    """The summary of all, and what it does not promise."""
    return say("{summary}. The mark comes from hidden checks like these.", summary=summary(rows))


def html(rows: list[Row], count: int) -> str:
    """The checklist so far."""
    if len(rows) < count:
        title = say("checking: {done} of {count}", done=len(rows), count=count)
    else:
        title = verdict_of_all(rows)
    names = (say("check"), say("points"), say("state"))
    head = "".join(f'<th scope="col" style="{CELL}">{name}</th>' for name in ("", *names))
    groups = dict.fromkeys(row.notebook for row in rows)
    several = len([notebook for notebook in groups if notebook]) > 1
    body = ""
    for notebook in groups:
        part = [row for row in rows if row.notebook == notebook]
        if several:
            line = escape(f"{notebook} · {translate(summary(part))}")
            body += (
                f'{ROW}<th colspan="4" scope="colgroup" '
                f'style="{CELL};padding-top:8px">{line}</th></tr>'
            )
        body += "".join(row.html() for row in part)
    return (
        f'<div class="dasecv-checklist" style="{STYLE};border:1px solid #a3a3a3;border-radius:4px;'
        f'padding:8px 12px;max-width:62em"><div role="status"><b>{title}</b></div>'
        f'<table style="border:none;margin:4px 0">{ROW}{head}</tr>'
        f"{body}</table></div>"
    )


def group_cells(folder: Path, names: Iterable[str]) -> dict[str, dict[str, GradedCell]]:
    """Graded cells by notebook, the open one first; checks in no notebook at the end.

    An answer counts as written if it is written in one of the two languages.
    """
    groups: dict[str, dict[str, GradedCell]] = {}
    for path in notebooks_in_order(folder):
        cells = groups.setdefault(f"{path.name.split('.')[0]}.ipynb", {})
        for name, cell in graded_cells(path):
            if name not in cells or not cell.is_unwritten:
                cells[name] = cell
    known = {name for cells in groups.values() for name in cells}
    groups = {
        notebook: {name: cell for name, cell in cells.items() if cell.in_words or name in names}
        for notebook, cells in groups.items()
    }
    groups[""] = {name: GradedCell() for name in names if name not in known}
    return {notebook: cells for notebook, cells in groups.items() if cells}


def notebooks_in_order(folder: Path) -> list[Path]:
    """A folder's notebooks in the order of the course, the open one first."""
    here = getattr(running_shell(), "user_ns", {}).get("__vsc_ipynb_file__")
    # Jupyter's server tells the kernel for which notebook it was started.
    opened = Path(here or os.environ.get("JPY_SESSION_NAME", "")).name.split(".")[0]
    course = [Path(name).stem for name in read_release()["notebooks"]]

    def place(path: Path) -> tuple[bool, int, str]:
        stem = path.name.split(".")[0]
        return stem != opened, course.index(stem) if stem in course else len(course), path.name

    return sorted(find_notebooks(folder), key=place)


def points_of(folder: Path) -> dict[str, float]:
    """The points of each graded cell in a folder's notebooks."""
    return dict(pair for path in find_notebooks(folder) for pair in points_in(path))


def points_in(path: Path) -> Iterator[tuple[str, float]]:
    """Name and points of a notebook's graded cells of code."""
    for name, cell in graded_cells(path):
        if not cell.in_words and cell.points is not None:
            yield name, cell.points


def graded_cells(path: Path) -> Iterator[tuple[str, GradedCell]]:
    """The grade_ids of a notebook's graded cells, and what the checklist shows of each."""
    for cell in read_cells(path):
        about = cell["metadata"].get("nbgrader", {})
        try:
            if about.get("grade"):
                in_words = cell["cell_type"] == "markdown"
                unwritten = in_words and is_unwritten(cell)
                yield about["grade_id"], GradedCell(float(about["points"]), in_words, unwritten)
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
