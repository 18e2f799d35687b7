"""Repairs a submission's notebook from its source.

A student's cells are untrusted: no mark is read from them, and content that could run in a browser
is removed.
"""

import copy
import functools
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from daseCV.language import Message, translate

from ..collecting.notebook_json import parse_json
from ..collecting.notebooks import language_of
from ..release import notebooks
from ..release.magics import without_magics
from ..texts import printable
from .markdown import is_suspicious, keep_pictures, sanitise_markdown

MOST_CELLS = 2_000
MOST_TEXT = 2_000_000  # characters of all cells; escaping can make them five times as long
MOST_RENDERED = 100_000  # characters of a notebook that are rendered, to test their safety
MOST_ATTACHED = 16_000_000  # characters of a notebook's pictures
NEW_CELL = {"code": nbformat.v4.new_code_cell, "raw": nbformat.v4.new_raw_cell}
NEARBY_NOTE = Message(
    "Note of the grader: nothing was written here, but there is something of the student's nearby. "
    "Please read the cells around this one."
)
UNREADABLE = b"unreadable"
UNREADABLE_NOTE = Message(
    "Note of the grader: the notebook that was handed in cannot be read. Please open the file."
)


def repair(content: bytes | None, source: Path) -> tuple[str, list[Message]]:
    """Restore the source's graded cells, and return notes about the changes.

    Graded and read-only cells are the source's, in its order; the student's other cells stay around
    them. A cell that has lost its name (Colab drops metadata) is recognised by its text.

    The student's text is kept; if it cannot stay in its cell, it becomes a cell beside it. nbgrader
    gives 0 to an unchanged answer; if the student may have answered elsewhere, a line is added to
    the answer, so that nbgrader asks a person to grade it.
    """
    try:
        return _repair(content, source)
    except Exception:  # no student's cells may stop a class
        return _repair(UNREADABLE, source)


def _repair(content: bytes | None, source: Path) -> tuple[str, list[Message]]:
    released = _read_released(source, source.stat().st_mtime_ns)
    result = copy.deepcopy(released.notebook)
    if content is None:
        return nbformat.writes(result), []
    language = language_of(content) or result.metadata.daseCV.language
    notes: list[Message] = []
    cells = _read_cells(content)
    if cells is None:
        unreadable = Message(
            "{name} cannot be read as a notebook: its cells are the released ones", name=source.name
        )
        for cell in result.cells:
            if content.strip() and released.is_unanswered(cell):
                _append_note(cell, UNREADABLE_NOTE, language)
        return nbformat.writes(result), [unreadable]
    cells = _restore_cells(cells, released, notes)
    ordered = _restore_order(cells, released, notes)
    missing = _insert_missing(cells, released, notes)
    elsewhere = [
        cell
        for number, cell in enumerate(cells)
        if released.is_unanswered(cell)
        and _may_answer_nearby(cells, number, released, ordered, _grade_id(cell) in missing)
    ]
    for cell in elsewhere:
        notes.append(
            Message(
                "the answer {cell} is as released, but there is something of the student's around "
                "it: a person has to look",
                cell=_grade_id(cell),
            )
        )
        _append_note(cell, NEARBY_NOTE, language)
    result.cells = _sanitise_cells(cells, released, notes)
    for number, cell in enumerate(result.cells):
        cell["id"] = f"cell-{number}"
    return nbformat.writes(result), [
        Message("{notebook}: {note}", notebook=source.name, note=note) for note in notes
    ]


@dataclass(frozen=True)
class ReleasedNotebook:
    """A source notebook as released; not to be changed."""

    notebook: Any
    named: dict[str, Any]  # nbgrader's cells by their grade_id
    texts: frozenset[str]  # fingerprints of all cells, in all languages

    def is_changed(self, name: str, cell: Any) -> bool:
        """Whether a cell differs from the released one of a name, apart from whitespace."""
        return _without_whitespace(cell.source) != _without_whitespace(self.named[name].source)

    def is_unanswered(self, cell: Any) -> bool:
        """Whether nbgrader would give 0 for an answer in words automatically."""
        marked = cell.metadata.get("nbgrader", {})
        return bool(
            cell.cell_type == "markdown"
            and marked.get("grade")
            and marked.get("solution")
            and cell.source == self.named[marked.grade_id].source
        )

    def has_student_content(self, cell: Any) -> bool:
        """Whether a cell holds anything that was not released."""
        text = cell.source.strip()
        is_new = bool(text) and notebooks.text_fingerprint(text) not in self.texts
        return is_new or bool(cell.get("attachments"))


@functools.lru_cache(maxsize=8)
def _read_released(source: Path, _modified: int) -> ReleasedNotebook:
    original = notebooks.read_notebook(source)
    notebook = notebooks.release_notebook(original, source.name, source.name)
    named = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in notebook.cells
        if notebooks.is_nbgrader(cell)
    }
    texts = {notebooks.text_fingerprint(cell.source) for cell in notebook.cells}
    texts.update(notebooks.recorded_texts(original))
    return ReleasedNotebook(notebook, named, frozenset(texts))


@functools.lru_cache(maxsize=8)
def blanks_of(notebook: str) -> dict[str, str]:
    """The code cells of a repaired notebook that students fill in, by grade_id, as modules."""
    return {
        cell.metadata.nbgrader.grade_id: without_magics(cell.source)
        for cell in nbformat.reads(notebook, as_version=4).cells
        if cell.cell_type == "code"
        and notebooks.is_nbgrader(cell)
        and cell.metadata.nbgrader.get("solution")
        and cell.metadata.nbgrader.grade_id.isidentifier()
    }


def _read_cells(content: bytes) -> list[Any] | None:
    """The cells of a notebook in any version of nbformat; None if it is not a notebook.

    A cell keeps its kind, source, attachments and nbgrader metadata.
    """
    try:
        raw = parse_json(content)
        if len(raw["cells"] if "cells" in raw else raw["worksheets"][0]["cells"]) > MOST_CELLS:
            return None
        cells, left = [], MOST_TEXT
        for cell in nbformat.reads(json.dumps(raw), as_version=4).cells:
            text = cell.get("source", "")
            text = printable("".join(map(str, text)) if isinstance(text, list) else str(text))
            left -= len(text)
            if left < 0:
                return None
            made = NEW_CELL.get(cell["cell_type"], nbformat.v4.new_markdown_cell)(text)
            if isinstance(cell.get("attachments"), dict):
                made["attachments"] = cell["attachments"]
            marked = cell.get("metadata", {}).get("nbgrader", {})
            if isinstance(marked, dict) and isinstance(marked.get("grade_id"), str):
                made.metadata["nbgrader"] = dict(marked)
            cells.append(made)
        return cells
    except Exception:  # nbformat raises many kinds on garbage
        return None


def _restore_cells(cells: list[Any], released: ReleasedNotebook, notes: list[Message]) -> list[Any]:
    """The submitted cells; those with names of the source are replaced by its cells."""
    by_text = {_without_whitespace(cell.source): name for name, cell in released.named.items()}
    found: dict[str, list[Any]] = {}
    names = []
    for cell in cells:
        name = _grade_id(cell)
        if name not in released.named:
            name = by_text.get(_without_whitespace(cell.source))
            if name is not None:
                notes.append(Message("the cell {cell} had lost its name", cell=name))
        names.append(name)
        if name is not None:
            found.setdefault(name, []).append(cell)
    used = {name: _pick_cell(name, several, released) for name, several in found.items()}
    kept = []
    for name, cell in zip(names, cells, strict=True):
        if name is None:
            kept.append(_without_name(cell))
        elif cell is used[name]:
            kept += _restore_cell(name, cell, released, notes)
        else:
            notes.append(Message("the cell {cell} was there twice: one is used", cell=name))
            if released.is_changed(name, cell):
                kept.append(_without_name(cell))
    return kept


def _pick_cell(name: str, several: list[Any], released: ReleasedNotebook) -> Any:
    """Of cells with equal names: the first changed solution, or the first unchanged check."""
    wanted = bool(released.named[name].metadata.nbgrader.get("solution"))
    return next((c for c in several if released.is_changed(name, c) == wanted), several[0])


def _without_name(cell: Any) -> Any:
    cell.metadata.pop("nbgrader", None)
    return cell


def _restore_cell(
    name: str, submitted: Any, released: ReleasedNotebook, notes: list[Message]
) -> list[Any]:
    """The source's cell with the student's answer; other changes go into a cell beside it."""
    cell = copy.deepcopy(released.named[name])
    if cell.metadata.nbgrader.get("solution"):
        cell.source = submitted.source
        if "attachments" in submitted and cell.cell_type == "markdown":
            cell["attachments"] = submitted.attachments
        if submitted.cell_type != cell.cell_type:
            notes.append(
                Message("the cell {cell} had become another kind: its text is kept", cell=name)
            )
        return [cell]
    if not released.is_changed(name, submitted):
        return [cell]
    notes.append(Message("the cell {cell} had been changed", cell=name))
    beside = nbformat.v4.new_markdown_cell(submitted.source)  # not run a second time
    if submitted.cell_type == "code":
        fence = max(re.findall("`{3,}", submitted.source), key=len, default="``") + "`"
        beside.source = f"{fence}\n{submitted.source}\n{fence}"
    if "attachments" in submitted:
        beside["attachments"] = submitted.attachments
    return [cell, beside]


def _restore_order(cells: list[Any], released: ReleasedNotebook, notes: list[Message]) -> bool:
    """Put the source's cells into their order; return whether they already were."""
    places = {_grade_id(cell): place for place, cell in enumerate(cells) if _grade_id(cell)}
    order = [name for name in released.named if name in places]
    if sorted(order, key=places.__getitem__) == order:
        return True
    notes.append(Message("graded cells were in another order"))
    in_order = [cells[places[name]] for name in order]
    for place, cell in zip(sorted(places.values()), in_order, strict=True):
        cells[place] = cell
    return False


def _insert_missing(cells: list[Any], released: ReleasedNotebook, notes: list[Message]) -> set[str]:
    """Insert the source's cells that are missing; return their names."""
    there = {_grade_id(cell) for cell in cells}
    names = list(released.named)
    missing = [name for name in names if name not in there]
    for name in missing:
        notes.append(Message("the cell {cell} was missing", cell=name))
        before = names[: names.index(name)]
        place = max((n + 1 for n, cell in enumerate(cells) if _grade_id(cell) in before), default=0)
        cells.insert(place, copy.deepcopy(released.named[name]))
    return set(missing)


def _may_answer_nearby(
    cells: list[Any], number: int, released: ReleasedNotebook, ordered: bool, missing: bool
) -> bool:
    """Whether a student may have answered near an answer that is as released.

    Near means up to the next graded cell or answer on both sides. If the answer had been missing,
    these count too: Jupyter may have merged them with it. If cells were moved, all cells count.
    """
    ends = [
        place
        for place, cell in enumerate(cells)
        if any(cell.metadata.get("nbgrader", {}).get(flag) for flag in ("grade", "solution"))
    ]
    first = max((place for place in ends if place < number), default=0)
    last = min((place for place in ends if place > number), default=len(cells) - 1)
    if missing:
        last += 1  # what had been merged into the next one is beside it
    near = cells if not ordered else cells[first : last + 1]
    return bool(cells[number].get("attachments")) or any(
        released.has_student_content(cell) for cell in near if missing or _grade_id(cell) is None
    )


def _append_note(answer: Any, why: Message, language: str) -> None:
    answer.source += f"\n\n*{translate(why, language)}*"


def _sanitise_cells(
    cells: list[Any], released: ReleasedNotebook, notes: list[Message]
) -> list[Any]:
    """Make cells safe to show: feedback runs nothing in a reader's browser."""
    given = {cell.source for cell in released.notebook.cells if cell.cell_type == "markdown"}
    rendered = attached = dropped = 0
    made = []
    for cell in cells:
        if cell.cell_type == "raw":
            cell = nbformat.v4.new_markdown_cell(cell.source)
        made.append(cell)
        if cell.cell_type == "code" or (cell.source in given and "attachments" not in cell):
            cell.pop("attachments", None)
            continue
        text, pictures, refused = keep_pictures(cell.source, cell.pop("attachments", None))
        dropped += refused
        attached += len(json.dumps(pictures))
        if attached > MOST_ATTACHED:
            dropped, pictures = dropped + len(pictures), {}
        if pictures:
            cell["attachments"] = pictures
        rendered += len(text) if is_suspicious(text) else 0
        cell.source = sanitise_markdown(text, pictures, render=rendered <= MOST_RENDERED)
    if dropped:
        notes.append(
            Message(
                "pictures left out: {number}; PNG and JPEG are kept, up to 3 MB", number=dropped
            )
        )
    return made


def _grade_id(cell: Any) -> str | None:
    found: str | None = cell.metadata.get("nbgrader", {}).get("grade_id")
    return found


def _without_whitespace(text: str) -> str:
    return "".join(text.split())
