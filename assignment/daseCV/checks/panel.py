# Generated from daseCV/checks/panel.py by "dasecv release".
"""Shows a verdict: as a panel in a notebook, as plain text everywhere else.

Each output holds both, and each viewer shows the form that it supports: JupyterLab, VS Code and
Colab the panel, a terminal or a log the text.
"""

import base64
import re
import sys
from html import escape
from typing import Any

from ..language import LABELS, Message, labelled, say, translate
from ..notebooks import running_shell
from .verdict import ERROR, RIGHT, UNWRITTEN, WRONG, Verdict

# Dark enough on the panel's white; the words say the same without colour.
WORDS = {
    RIGHT: Message("right"),
    WRONG: Message("wrong"),
    UNWRITTEN: Message("not written yet"),
    ERROR: Message("an error"),
}
COLOURS = {RIGHT: "#166534", WRONG: "#b91c1c", UNWRITTEN: "#92400e", ERROR: "#b91c1c"}
STYLE = "background:#ffffff;color:#1a1a1a;font-family:sans-serif;font-size:14px;line-height:1.5"
CELL = "text-align:left;vertical-align:top;padding:1px 12px 1px 0;color:#1a1a1a;background:#ffffff"


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
        parts += [problem(verdict), hint(verdict), picture(verdict), table(verdict)]
    parts += [questions(verdict), reproduction(verdict)]
    inside = "".join(part for part in parts if part)
    return (
        f'<div class="dasecv-check" style="{STYLE};border:1px solid {colour};border-left:8px solid '
        f'{colour};border-radius:4px;padding:8px 12px;max-width:62em">{inside}</div>'
    )


def headline(verdict: Verdict, colour: str) -> str:
    """The verdict in words, the check's name, the time, and the trend."""
    word = translate(WORDS[verdict.sign])
    seconds = say("{seconds:.2f} s", seconds=verdict.seconds)
    trend = escape(verdict.trend)
    about = say("{seconds}; {trend}", seconds=seconds, trend=trend) if trend else seconds
    return (
        f'<div role="status"><b style="color:{colour};font-size:16px">{verdict.sign} {word}</b>'
        f' &nbsp;<code style="{STYLE}">{escape(verdict.name)}</code>'
        f' &nbsp;<span style="color:#525252">{about}</span></div>'
    )


def problem(verdict: Verdict) -> str:
    """What is wrong: the headline, then got, expected, where."""
    if verdict.sign == UNWRITTEN:
        file, _, line = verdict.place.rpartition(":")
        link = (
            file
            if "google.colab" in sys.modules
            else f'<a href="{escape(file)}">{escape(file)}</a>'
        )
        return f"<div>{say('open {file}, line {line}', file=link, line=line)}</div>"
    rows = "".join(
        f'<tr style="background:#ffffff"><th scope="row" style="{CELL};font-weight:600">'
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
        '<div style="background:#eff6ff;color:#1e3a8a;border-left:4px solid #1d4ed8;'
        f'padding:4px 10px;margin:6px 0">{text}</div>'
    )


def picture(verdict: Verdict) -> str:
    """A picture of the wrong entries."""
    if verdict.difference is None:
        return ""
    from ..drawing import png
    from .pictures import draw_difference

    drawn = draw_difference(verdict.difference)
    if drawn is None:
        return ""
    where = translate(verdict.details.get("where", ""))
    data = base64.b64encode(png(drawn)).decode()
    return (
        f'<img style="max-width:100%;background:#ffffff" src="data:image/png;base64,{data}" '
        f'alt="{escape(f"{verdict.headline}: {where}", quote=True)}">'
    )


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
        '<tr style="background:#ffffff">'
        + "".join(f'<td style="{CELL};font-family:monospace">{cell}</td>' for cell in cells)
        + "</tr>"
        for cells in (
            (escape(place), f"{got:.8g}", f"{expected:.8g}", f"{error:.2g}")
            for place, got, expected, error in worst(seen)
        )
    )
    return (
        '<table style="border:none;margin:4px 0">'
        f'<tr style="background:#ffffff">{head}</tr>{rows}</table>'
    )


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
