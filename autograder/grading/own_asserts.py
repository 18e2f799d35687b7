"""Graded cells that a course's own asserts decide, as in nbgrader.

They run in the sandbox, but beside the student's code, which could make them pass: the report
names these cells.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import nbformat

from daseCV.language import Message

from ..release.notebooks import is_nbgrader
from .outputs import ENDED
from .report import CheckReport


def judge_cells(executed: Sequence[str], names: Sequence[str]) -> Iterator[CheckReport]:
    """Judge the cells with these grade_ids in the executed notebooks."""
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for text in executed
        for cell in nbformat.reads(text, as_version=4).cells
        if is_nbgrader(cell)
    }
    missing = Message("the notebook was not handed in, or did not run to its end")
    for name in names:
        if name in cells:
            yield judge_cell(cells[name])
        else:
            yield CheckReport(name, "error", 0.0, (missing,), ("",))


def judge_cell(cell: Any) -> CheckReport:
    """Read a cell's outcome from its outputs: an error, a number of points, or neither."""
    name = cell.metadata.nbgrader.grade_id
    if cell.execution_count is None:
        return CheckReport(name, "error", 0.0, (Message("the cell was not reached"),), ("",))
    ended, most = cell.metadata[ENDED], float(cell.metadata.nbgrader.points)
    if "error" in ended:
        return CheckReport(name, "wrong", 0.0, (ended["error"],), ("",))
    earned = ended.get("points", most)
    share = min(max(earned / most, 0.0), 1.0) if most and earned == earned else 0.0
    if share == 1:
        return CheckReport(name, "right", 1.0)
    reason = Message("{earned:g} of {most:g} points", earned=share * most, most=most)
    return CheckReport(name, "partly" if share else "wrong", share, (reason,), ("",))


def describe_trust(names: Sequence[str]) -> Message:
    """A note about marks that a student's code could have changed."""
    return Message(
        "decided beside student code, by the course's own asserts: {names}", names=", ".join(names)
    )
