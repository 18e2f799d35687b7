"""Shows a verdict: as a panel in a notebook, as plain text everywhere else.

Each output holds both, and each viewer shows the form that it supports: JupyterLab, VS Code and
Colab the panel, a terminal or a log the text.
"""

import re
import sys
from html import escape
from typing import Any

from ..language import LABELS, Message, labelled, say, translate
from ..notebooks import running_shell
from .verdict import ERROR, RIGHT, UNWRITTEN, WRONG, Verdict

# What is behind white letters; the words say the same without colour. All else has the page's own
# colours, which may be those of a dark theme.
WORDS = {
    RIGHT: Message("right"),
    WRONG: Message("wrong"),
    UNWRITTEN: Message("not written yet"),
    ERROR: Message("an error"),
}
COLOURS = {RIGHT: "#166534", WRONG: "#b91c1c", UNWRITTEN: "#92400e", ERROR: "#b91c1c"}
STYLE = "font-family:sans-serif;font-size:14px;line-height:1.5;overflow-x:auto"
ROW = '<tr style="background:transparent">'
CELL = "text-align:left;vertical-align:top;padding:1px 12px 1px 0"


def show(verdict: Verdict) -> bool:
    """Show a verdict where there is a notebook or IPython; print a good one elsewhere.

    Returns whether everything was shown, so that an exception need not repeat it.
    """
    if in_notebook():
        display({"text/plain": verdict.text(), "text/html": html(verdict)}, raw=True)
        return True
    if verdict.sign == RIGHT:
        print(verdict.text())
    return False


class Live:
    """Output that grows: one panel in a notebook, line after line elsewhere."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.handle: Any = None

    def show(self, line: str, panel: str) -> None:
        """Add a line, and show the panel as it is now."""
        self.lines.append(line)
        if not in_notebook():
            print(line, flush=True)
            return
        bundle = {"text/plain": "\n".join(self.lines), "text/html": panel}
        if self.handle is None:
            self.handle = display(bundle, raw=True, display_id=True)
        else:
            self.handle.update(bundle, raw=True)


def in_notebook() -> bool:
    """Whether the running shell can show more than text."""
    return hasattr(running_shell(), "kernel")


def display(*bundle: Any, **how: Any) -> Any:
    """IPython's `display`, which is imported only where there is a notebook."""
    from IPython.display import display as shown

    return shown(*bundle, **how)


def html(verdict: Verdict) -> str:
    """The panel, which needs no style sheet, script or other file."""
    colour = COLOURS[verdict.sign]
    parts = [headline(verdict, colour)]
    if verdict.sign != RIGHT:
        parts += [problem(verdict), hint(verdict), difference(verdict), table(verdict)]
    parts += [questions(verdict), reproduction(verdict)]
    inside = "".join(part for part in parts if part)
    return (
        f'<div class="dasecv-check" style="{STYLE};border:1px solid {colour};border-left:8px solid '
        f'{colour};border-radius:4px;padding:8px 12px;max-width:62em">{inside}</div>'
    )


def badge(text: str, colour: str) -> str:
    """White letters on a colour, which can be read in a light theme and in a dark one."""
    style = f"background:{colour};color:#ffffff;border-radius:3px;padding:1px 6px"
    return f'<b style="{style}">{text}</b>'


def headline(verdict: Verdict, colour: str) -> str:
    """The verdict in words, the check's name, the time, and the trend."""
    word = translate(WORDS[verdict.sign])
    seconds = say("{seconds:.2f} s", seconds=verdict.seconds)
    trend = escape(verdict.trend)
    about = say("{seconds}; {trend}", seconds=seconds, trend=trend) if trend else seconds
    return (
        f'<div role="status">{badge(f"{verdict.sign} {word}", colour)}'
        f" &nbsp;<b>{escape(verdict.name)}</b> &nbsp;{about}</div>"
    )


def problem(verdict: Verdict) -> str:
    """What is wrong: the headline, then got, expected, where."""
    if verdict.sign == UNWRITTEN:
        file, _, line = verdict.place.rpartition(":")
        link = (
            file
            if "google.colab" in sys.modules
            else f'<a href="{escape(file)}#line={int(line) - 1}">{escape(file)}</a>'
        )
        return f"<div>{say('open {file}, line {line}', file=link, line=line)}</div>"
    rows = "".join(
        f'{ROW}<th scope="row" style="{CELL};white-space:nowrap">'
        f"{escape(translate(LABELS[label]))}</th>"
        f'<td style="{CELL};font-family:monospace">{escape(translate(text))}</td></tr>'
        for label, text in verdict.details.items()
    )
    body = f'<table style="border:none;margin:4px 0">{rows}</table>' if rows else ""
    return f'<div style="margin-top:4px">{escape(verdict.headline)}</div>{body}'


def hint(verdict: Verdict) -> str:
    """The likely mistake, in a box of its own."""
    if not verdict.hint:
        return ""
    text = re.sub("`([^`]+)`", r"<code>\1</code>", escape(labelled("hint", verdict.hint)))
    return (
        '<div style="background:#1d4ed820;border-left:4px solid #1d4ed8;'
        f'padding:4px 10px;margin:6px 0">{text}</div>'
    )


def difference(verdict: Verdict) -> str:
    """A picture of the wrong entries."""
    if verdict.difference is None:
        return ""
    from ..drawing import picture, png
    from .pictures import draw_difference

    drawn = draw_difference(verdict.difference)
    if drawn is None:
        return ""
    where = translate(verdict.details.get("where", ""))
    return picture(png(drawn), f"{verdict.headline}: {where}")


def table(verdict: Verdict) -> str:
    """The entries that differ most."""
    seen = verdict.difference
    if seen is None or seen.errors.size < 2:
        return ""
    from .pictures import worst

    other = say("numerical") if seen.gradient else say("expected")
    titles = (say("worst entries"), say("yours"), other, say("relative error"))
    head = "".join(f'<th scope="col" style="{CELL}">{title}</th>' for title in titles)
    rows = "".join(
        ROW
        + "".join(f'<td style="{CELL};font-family:monospace">{cell}</td>' for cell in cells)
        + "</tr>"
        for cells in (
            (escape(place), f"{got:.8g}", f"{expected:.8g}", f"{error:.2g}")
            for place, got, expected, error in worst(seen)
        )
    )
    return f'<table style="border:none;margin:4px 0">{ROW}{head}</tr>{rows}</table>'


def reproduction(verdict: Verdict) -> str:
    """Lines that repeat the question, to copy into a cell; folded away."""
    if not verdict.reproduce:
        return ""
    style = f"{STYLE};font-family:monospace;margin:2px 0 0 18px"
    lines = f'<pre style="{style}">{escape(verdict.reproduce)}</pre>'
    return fold_away(say("ask the same again: copy these lines into a cell"), lines)


def questions(verdict: Verdict) -> str:
    """The questions that were answered rightly, folded away."""
    count = len(verdict.answered)
    if not count:
        return ""
    lines = "".join(f"<li>{escape(translate(line))}</li>" for line in verdict.answered)
    listed = f'<ul style="margin:2px 0 0 18px;padding:0">{lines}</ul>'
    return fold_away(say("questions right: {count}", count=count), listed)


def fold_away(title: str, body: str) -> str:
    """A part of the panel that opens with a click on its title."""
    return (
        '<details style="margin-top:4px">'
        f'<summary style="cursor:pointer">{title}</summary>{body}</details>'
    )
