"""Tables as CSV files that a spreadsheet opens and never runs."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

# What spreadsheets take for the beginning of a formula, the wide forms included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Cell = str | float | int | None


def escape_formula(cell: Cell) -> str:
    """A cell as text; one that a spreadsheet would run gets an apostrophe in front.

    Examples
    --------
    >>> escape_formula("=cmd()"), escape_formula(-2.5), escape_formula(None)
    ("'=cmd()", '-2.5', '')
    """
    if cell is None:
        return ""
    if isinstance(cell, (int, float)):
        return f"{cell:.10g}"
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")  # a lone one would begin a new row
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell


def write_csv(path: Path, rows: Iterable[Sequence[Cell]]) -> None:
    """Write rows; the mark at the file's beginning lets Excel read Chinese names."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(
        [escape_formula(cell) for cell in row] for row in rows
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8-sig", newline="")


def read_csv(path: Path) -> list[list[str]]:
    """Read rows; raises ValueError where it is no such file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: expected a CSV file in UTF-8, got: {error}") from None
