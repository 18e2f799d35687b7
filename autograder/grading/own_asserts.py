"""Graded cells that a course decides by asserts of its own, as nbgrader does.

They run in the sandbox, and still beside the student's code, which can make them pass: the report
says so of each.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import nbformat
from nbgrader.utils import determine_grade

from daseCV.language import Message

from ..release.notebooks import is_nbgrader
from .report import CheckReport


def judge_cells(executed: str, names: Sequence[str]) -> Iterator[CheckReport]:
    """What the cells with these grade_ids come to in an executed notebook."""
    for cell in nbformat.reads(executed, as_version=4).cells:
        if is_nbgrader(cell) and cell.metadata.nbgrader.grade_id in names:
            yield judge_cell(cell)


def judge_cell(cell: Any) -> CheckReport:
    """Take a cell's outcome from its outputs: an error, a number of points, or neither."""
    name = cell.metadata.nbgrader.grade_id
    if cell.execution_count is None:
        return CheckReport(name, "error", 0.0, (Message("the cell was not reached"),), ("",))
    earned, most = determine_grade(cell)
    share = min(max((earned or 0.0) / most, 0.0), 1.0) if most else 1.0
    if share == 1:
        return CheckReport(name, "right", 1.0)
    errors = [output for output in cell.outputs if output.output_type == "error"]
    reason = Message("{earned:g} of {most:g} points", earned=share * most, most=most)
    if errors:
        reason = Message("{kind}: {text}", kind=errors[0].ename, text=errors[0].evalue)
    return CheckReport(name, "partly" if share else "wrong", share, (reason,), ("",))


def describe_trust(names: Sequence[str]) -> Message:
    """What a report says of marks that a student's code could have changed."""
    return Message(
        "decided beside student code, by the course's own asserts: {names}", names=", ".join(names)
    )
