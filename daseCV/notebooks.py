"""Reads the notebooks of a folder, and records the texts of executed cells."""

import json
import sys
import time
from pathlib import Path
from typing import Any

PROMPT = "**你的回答 · Your answer:**"

_run: dict[str, str] = {}  # by the page's name of a cell
_run_at: dict[str, float] = {}


def note_cell(info: Any) -> None:
    """Record the text of a cell before it runs, to check later whether it was saved."""
    if getattr(info, "cell_id", None):
        _run[info.cell_id], _run_at[info.cell_id] = info.raw_cell.strip(), time.time()


def executed_texts() -> dict[str, str]:
    """The last executed text of each cell, by the page's name of the cell."""
    return _run


def edited_since(cell: dict[str, Any], saved_at: float) -> bool:
    """Whether a cell of a file is not what ran last, and was saved after that."""
    name = cell.get("id", "")
    return _run.get(name, "") != source_of(cell).strip() and saved_at > _run_at.get(name, saved_at)


def find_notebooks(folder: Path) -> list[Path]:
    """The notebooks at the top of a folder."""
    return sorted(folder.glob("*.ipynb"))


def read_cells(path: Path) -> list[dict[str, Any]]:
    """The cells of a notebook; none if it cannot be read, for example while it is saved."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
        return [cell for cell in cells if isinstance(cell.get("metadata"), dict)]
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []


def source_of(cell: dict[str, Any]) -> str:
    """A cell's text, which files hold as lines."""
    return "".join(cell.get("source", ""))


def solution_of(cell: dict[str, Any]) -> str:
    """The grade_id of a cell to complete; '' for other cells."""
    about = cell["metadata"].get("nbgrader", {})
    return about.get("grade_id", "") if about.get("solution") else ""


def is_unwritten(cell: dict[str, Any]) -> bool:
    """Whether a cell to complete is still as released."""
    text = source_of(cell)
    if cell["cell_type"] == "markdown":
        return not text.replace(PROMPT, "").strip()
    return "raise NotImplementedError" in text


def running_shell() -> Any:
    """IPython's shell, or None outside of it."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
