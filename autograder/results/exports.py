"""Marks for other programs: a plain table, and Canvas's gradebook."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..tables import Cell, Dialect, find_dialect, read_table, write_csv
from .marks import StudentMarks
from .views import format_time

COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")  # Canvas's own
REQUIRED = ("Student", "ID", "Section")
NAMES = ("SIS Login ID", "SIS User ID", "ID", "Integration ID", "Student")
# Columns to find students by, in this order, each with the field of a mark to look up there.
KEYS = (
    ("ID", "platform_id"),  # Canvas's
    ("SIS Login ID", "platform_id"),  # Gradescope's e-mail address
    *((name, "student") for name in NAMES),
)
POSSIBLE = "Points Possible"
INSTEAD = (
    "in Canvas, open Grades, choose Export, and give that file with --roster; it has the ids by "
    "which Canvas knows students"
)


def table(marks: Sequence[StudentMarks]) -> list[list[Cell]]:
    """One row a student, one column a check, and a heading; a missing mark is an empty cell."""
    checks = [f"{check.name} ({check.maximum:g})" for check in marks[0].checks]
    head = ["student", "platform", "platform id", "score", "maximum", "status"]
    head += ["handed in", "late", "attempt", "seconds"]
    rows: list[list[Cell]] = [[*head, *checks, "notes"]]
    for mark in marks:
        known = mark.score is not None
        rows.append(
            [
                *(mark.student, mark.platform, mark.platform_id),
                *(mark.score, mark.maximum, mark.status),
                format_time(mark.handed_in) if mark.handed_in is not None else "",
                *("late" if mark.late else "", mark.attempt, round(mark.seconds, 1)),
                *(check.points if known else None for check in mark.checks),
                "; ".join(mark.notes),
            ]
        )
    return rows


def export_csv(path: Path, marks: Sequence[StudentMarks]) -> None:
    write_csv(path, table(marks))


@dataclass(frozen=True)
class MatchResult:
    filled: int  # students with a mark in it
    column: str  # the assignment's
    strangers: tuple[str, ...]  # graded students that the table does not have
    without: tuple[str, ...]  # students of the table that have no mark


def export_canvas(
    path: Path, assignment: str, marks: Sequence[StudentMarks], roster: Path
) -> MatchResult:
    """Write a gradebook that Canvas imports; students without a mark have an empty cell.

    It has the dialect of the roster, a gradebook exported from Canvas. Students are matched by
    Canvas's ids, or by names, which may be login, SIS or Canvas ids in the roster. ValueError if it
    is not such a roster, or none of its students was graded.
    """
    dialect = find_dialect(roster)
    head, students = read_gradebook(roster, dialect)
    found = match_students(marks, head, students)
    if not found:
        names = ", ".join(mark.student for mark in marks[:3])
        raise ValueError(
            f"{roster}: none of its {len(students)} students was graded; got names such as "
            f"{names}, expected values of one of: {', '.join(NAMES)}"
        )
    # Canvas's own heading, which ends in its number, where it has one.
    heading = re.compile(rf"{re.escape(assignment)}(?: \(\d+\))?")
    column = next((name for name in head if heading.fullmatch(name)), assignment)
    own = [name for name in COLUMNS if name in head]
    rows: list[list[Cell]] = [
        [*own, column],
        [f"    {POSSIBLE}", *([""] * (len(own) - 1)), marks[0].maximum],
    ]
    for number, row in enumerate(students):
        mark = found.get(number)
        rows.append([*(row[head.index(name)] for name in own), mark.score if mark else None])
    write_csv(path, rows, dialect)
    name = head.index("Student")
    return summarise_matches(column, marks, found, [row[name] for row in students])


def summarise_matches(
    column: str,
    marks: Sequence[StudentMarks],
    found: Mapping[int, StudentMarks],
    names: Sequence[str],
) -> MatchResult:
    """Summarise the matches, with the names of the table's students."""
    known = {mark.student for mark in found.values()}
    filled = {number for number, mark in found.items() if mark.score is not None}
    return MatchResult(
        filled=len(filled),
        column=column,
        strangers=tuple(mark.student for mark in marks if mark.student not in known),
        without=tuple(name for number, name in enumerate(names) if number not in filled),
    )


def read_gradebook(path: Path, dialect: Dialect) -> tuple[list[str], list[list[str]]]:
    """The heading of a gradebook exported from Canvas, and its students."""
    head, rows = read_table(path, dialect)
    missing = [name for name in REQUIRED if name not in head]
    if missing:
        got = ", ".join(head[:6]) or "nothing"
        raise ValueError(
            f"{path}: expected a gradebook exported from Canvas, which has the column "
            f"{missing[0]!r}; got {got}. For one, {INSTEAD}"
        )
    student, ids = head.index("Student"), head.index("ID")
    # Rows without an id are Canvas's own: points possible, how marks are posted.
    return head, [row for row in rows if row[ids].strip() and POSSIBLE not in row[student]]


def match_students(
    marks: Sequence[StudentMarks],
    head: Sequence[str],
    students: Sequence[Sequence[str]],
    keys: Sequence[tuple[str, str]] = KEYS,
) -> dict[int, StudentMarks]:
    """Match marks with rows of the roster, by the first column that identifies them uniquely."""
    found: dict[int, StudentMarks] = {}
    left = list(marks)
    for column, field in keys:
        if column not in head:
            continue
        values = [normalise_name(row[head.index(column)]) for row in students]
        times = Counter(values)
        row_of = {value: i for i, value in enumerate(values) if value and times[value] == 1}
        for mark in list(left):
            number = row_of.get(normalise_name(getattr(mark, field)))
            if number is not None and number not in found:
                found[number] = mark
                left.remove(mark)
    return found


def normalise_name(name: str) -> str:
    """A name without capitals and needless blanks."""
    return " ".join(name.split()).casefold()
