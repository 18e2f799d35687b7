"""Marks for Moodle, in its grading worksheet."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..tables import Dialect, find_dialect, read_table, write_csv
from .exports import MatchResult, match_students, summarise_matches
from .marks import StudentMarks

HEADINGS = {  # in English and Chinese
    "id": ("Identifier", "编号"),
    "name": ("Full name", "全名"),
    "email": ("Email address", "Email地址", "邮箱地址"),
    "grade": ("Grade", "成绩"),
    "maximum": ("Maximum grade", "Maximum Grade", "最高分"),
}
KEYS = (("id", "platform_id"), ("email", "platform_id"), ("email", "student"), ("name", "student"))
PARTICIPANT = re.compile(r"^\D+ (?=\d+$)")  # the text before the number of an identifier

Rows = Sequence[list[str]]


def export_moodle(path: Path, marks: Sequence[StudentMarks], worksheet: Path) -> MatchResult:
    """Write a grading worksheet that Moodle imports; rows without a mark stay as they are.

    The worksheet is downloaded from the assignment's page in Moodle. ValueError for a file of
    another kind, a different maximum, or a worksheet without graded students.
    """
    dialect = find_dialect(worksheet)
    head, students, columns = read_worksheet(worksheet, dialect)
    named = [name for name in ("id", "email", "name") if name in columns]
    values = [[PARTICIPANT.sub("", row[columns[name]]) for name in named] for row in students]
    found = match_students(marks, named, values, KEYS)
    if not found:
        raise ValueError(f"{worksheet}: none of its {len(students)} students was graded")
    for number, mark in found.items():
        row = students[number]
        if "maximum" in columns:
            require_maximum(worksheet, row[columns["maximum"]], mark.maximum)
        if mark.score is not None:
            row[columns["grade"]] = f"{mark.score:.10g}".replace(".", dialect.decimal)
    write_csv(path, [head, *students], dialect)
    name = columns.get("name", columns["id"])
    names = [row[name] for row in students]
    return summarise_matches(head[columns["grade"]], marks, found, names)


def read_worksheet(path: Path, dialect: Dialect) -> tuple[list[str], Rows, Mapping[str, int]]:
    """The heading of a grading worksheet, its rows, and the positions of known columns."""
    head, rows = read_table(path, dialect)
    columns = {
        field: head.index(name)
        for field, names in HEADINGS.items()
        for name in names
        if name in head
    }
    if not {"id", "grade"} <= set(columns):
        raise ValueError(
            f"{path}: expected Moodle's grading worksheet, with the columns Identifier and Grade; "
            f"got {', '.join(head[:6]) or 'nothing'}. In Moodle, open the assignment and choose "
            "Download grading worksheet"
        )
    return head, rows, columns


def require_maximum(path: Path, written: str, maximum: float) -> None:
    """Fail if Moodle has another maximum, which would change the meaning of the marks."""
    written = written.strip().replace(",", ".")
    if written and float(written) != maximum:
        raise ValueError(
            f"{path}: its maximum is {written}, that of the marks is {maximum:g}; set the "
            "assignment's maximum grade in Moodle, and download the worksheet again"
        )
