"""The report store: durable reports by content, the only way from grading to a mark.

A report's key is derived from the submission's files, the course and the policy. Equal content is
graded once; a report of an infrastructure failure is never kept. Gradings record which student's
submission got which report, by which version of the grader.
"""

import json
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from daseCV.errors import DaseCVError

from .grading.report import Report
from .permissions import restrict

TICK = 1e-3  # seconds between two gradings of a student, at least

metadata = sa.MetaData()
reports = sa.Table(
    "reports",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("made", sa.Float, nullable=False),
    sa.Column("report", sa.LargeBinary, nullable=False),
)
gradings = sa.Table(
    "gradings",
    metadata,
    sa.Column("assignment", sa.String, primary_key=True),
    sa.Column("version", sa.String(64), primary_key=True),
    sa.Column("student", sa.String, primary_key=True),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("path", sa.String, nullable=False),
    sa.Column("handed_in", sa.Float),
    sa.Column("noted", sa.Float, nullable=False),
    sa.Column("late", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("platform_id", sa.String, nullable=False, server_default=""),
    sa.Column("doubts", sa.String, nullable=False, server_default="[]"),
    sa.Column("platform", sa.String, nullable=False, server_default=""),
    sa.Column("attempt", sa.Integer, nullable=False, server_default="1"),
)
# The points of each check, by version: needed to compare two gradings.
points = sa.Table(
    "points",
    metadata,
    sa.Column("assignment", sa.String, primary_key=True),
    sa.Column("version", sa.String(64), primary_key=True),
    sa.Column("grade_id", sa.String, primary_key=True),
    sa.Column("points", sa.Float, nullable=False),
)


def make_student_table(name: str) -> sa.Table:
    """Make a table of some students of an assignment."""
    columns = [
        sa.Column(column, sa.String, primary_key=True) for column in ("assignment", "student")
    ]
    return sa.Table(name, metadata, *columns)


missing = make_student_table("missing")  # on the roster, without a submission when collected
synced = make_student_table("synced")  # with marks in a gradebook


class StoreError(DaseCVError):
    """The store cannot be written or read; its contents are safe."""


@dataclass(frozen=True)
class Grading:
    """The record that a student's submission got a report."""

    assignment: str
    version: str  # of all that marks depend on besides the submission
    student: str
    key: str  # of the report
    digest: str  # of the submission's content
    path: str  # of the submission
    handed_in: float | None = None  # seconds since 1970, where known
    # When this was written, likewise; 0 before. A student's last grading has the greatest, even if
    # the clock was set back.
    noted: float = 0.0
    late: bool = False  # whether the platform calls it late
    platform_id: str = ""  # the platform's number of the student; '' where it has none
    # Doubts about its student or content, which a person should check: messages, as a JSON list
    doubts: str = "[]"
    platform: str = ""  # that exported it; '' if none is recognised
    attempt: int = 1

    @property
    def late_without_time(self) -> bool:
        """Whether it is late by an unknown time, so that no penalty is taken."""
        return self.late and self.handed_in is None


@dataclass(frozen=True)
class Version:
    version: str
    noted: float  # when the last submission of it was written, in seconds since 1970
    students: int


class ReportStore:
    """Reports in a SQLite file, on a disk of this machine: one process writes at a time.

    The file is created if it does not exist, for the group too if `groupshared`.
    """

    def __init__(self, path: Path, groupshared: bool = False) -> None:
        self.path = path
        if not path.exists() and path.parent.is_dir():
            path.touch()
            restrict(path, groupshared)
        self.engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})

        @sa.event.listens_for(self.engine, "connect")
        def set_durability(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")  # durable before it counts

        @sa.event.listens_for(self.engine, "handle_error")
        def raise_store_error(context: Any) -> None:
            raise StoreError(
                f"{path}: {context.original_exception}. What was graded before is kept; when the "
                "disk has room and may be written, run the same again to go on"
            ) from None

        with self.engine.begin() as connection:  # two processes may create the file at once
            for table in metadata.sorted_tables:
                connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
                add_missing_columns(connection, table)

    def _read(self, query: sa.Select[Any]) -> Sequence[Any]:
        with self.engine.connect() as connection:
            return connection.execute(query).all()

    def _first_report(self, query: sa.Select[Any]) -> Report | None:
        found = self._read(query.limit(1))
        return unpack_report(found[0].report) if found else None

    def get(self, key: str) -> Report | None:
        return self._first_report(sa.select(reports.c.report).where(reports.c.key == key))

    def put(self, key: str, report: Report, of: Sequence[Grading] = ()) -> None:
        """Store a report and its gradings, both or neither.

        Of an internal failure only the gradings are stored, so that the next run repeats it.
        """
        with self.engine.begin() as connection:
            if report.status != "infrastructure":
                content = zlib.compress(json.dumps(report.to_json()).encode())
                row = {"key": key, "status": report.status, "made": time.time(), "report": content}
                connection.execute(sa.delete(reports).where(reports.c.key == key))
                connection.execute(sa.insert(reports), row)
            for grading in of:
                replace_row(connection, grading)

    def note(self, grading: Grading) -> None:
        """Make a known report the student's last grading, unless it already is."""
        query = sa.select(gradings).where(
            gradings.c.assignment == grading.assignment, gradings.c.student == grading.student
        )
        found = self._read(query.order_by(gradings.c.noted.desc()).limit(1))
        last = [replace(Grading(**row._mapping), noted=0.0) for row in found]
        if last != [replace(grading, noted=0.0)]:
            with self.engine.begin() as connection:
                replace_row(connection, grading)

    def assignments(self) -> list[str]:
        """The assignments that have a grading."""
        query = sa.select(gradings.c.assignment).distinct().order_by(gradings.c.assignment)
        return [row[0] for row in self._read(query)]

    def versions(self, assignment: str) -> list[Version]:
        """The gradings of an assignment, the latest first."""
        noted = sa.func.max(gradings.c.noted)
        query = (
            sa.select(gradings.c.version, noted, sa.func.count())
            .where(gradings.c.assignment == assignment)
            .group_by(gradings.c.version)
            .order_by(noted.desc())
        )
        return [Version(*row) for row in self._read(query)]

    def note_points(self, assignment: str, version: str, maxima: Mapping[str, float]) -> None:
        """Store the points of each check in a version, by grade_id."""
        rows = [
            {"assignment": assignment, "version": version, "grade_id": name, "points": most}
            for name, most in maxima.items()
        ]
        if rows and self.points(assignment, version) != maxima:
            with self.engine.begin() as connection:
                connection.execute(sqlite.insert(points).on_conflict_do_nothing(), rows)

    def points(self, assignment: str, version: str) -> dict[str, float]:
        """The points of each check in a version, in the notebook's order; {} if unknown."""
        query = sa.select(points.c.grade_id, points.c.points).where(
            points.c.assignment == assignment, points.c.version == version
        )
        return {name: most for name, most in self._read(query.order_by(sa.literal_column("rowid")))}

    def results(
        self, assignment: str, version: str = ""
    ) -> Iterator[tuple[Grading, Report | None]]:
        """Gradings with reports, by student; None after an internal failure.

        The latest of each student, or that of a version.
        """
        chosen = [gradings.c.assignment == assignment]
        if version:
            chosen.append(gradings.c.version == version)
        query = (
            sa.select(*gradings.c, reports.c.report)
            .outerjoin(reports, gradings.c.key == reports.c.key)
            .where(*chosen)
            .order_by(gradings.c.student, gradings.c.noted.desc())
        )
        seen = None
        with self.engine.connect() as connection:
            for row in connection.execute(query):
                values = dict(row._mapping)
                content = values.pop("report")
                grading = Grading(**values)
                if grading.student != seen:
                    seen = grading.student
                    yield grading, None if content is None else unpack_report(content)

    def latest(self, assignment: str, digest: str) -> Report | None:
        """The last report of a content, by any version; for a regrade of some checks."""
        query = (
            sa.select(reports.c.report)
            .join(gradings, gradings.c.key == reports.c.key)
            .where(gradings.c.assignment == assignment, gradings.c.digest == digest)
            .order_by(gradings.c.noted.desc())
        )
        return self._first_report(query)

    def missing(self, assignment: str) -> list[str]:
        """Students on the roster without a submission when the class was collected."""
        query = sa.select(missing.c.student).where(missing.c.assignment == assignment)
        return [row.student for row in self._read(query.order_by(missing.c.student))]

    def note_missing(self, assignment: str, students: Sequence[str]) -> None:
        """Replace the list of students on the roster without a submission."""
        rows = [{"assignment": assignment, "student": name} for name in dict.fromkeys(students)]
        with self.engine.begin() as connection:
            connection.execute(sa.delete(missing).where(missing.c.assignment == assignment))
            if rows:
                connection.execute(sa.insert(missing), rows)

    def synced(self, assignment: str) -> set[str]:
        """Students whose marks were written to a gradebook."""
        query = sa.select(synced.c.student).where(synced.c.assignment == assignment)
        return {row.student for row in self._read(query)}

    def note_synced(self, assignment: str, student: str) -> None:
        """Record that a student's mark is in the gradebook."""
        row = {"assignment": assignment, "student": student}
        with self.engine.begin() as connection:
            connection.execute(sqlite.insert(synced).values(row).on_conflict_do_nothing())

    def gradings(self, student: str, assignments: Sequence[str]) -> list[Grading]:
        query = sa.select(gradings).where(
            gradings.c.student == student, gradings.c.assignment.in_(assignments)
        )
        return [Grading(**row._mapping) for row in self._read(query)]

    def forget(self, student: str, assignments: Sequence[str]) -> None:
        """Remove a student's gradings, and reports that no other student has."""
        keys = [grading.key for grading in self.gradings(student, assignments)]
        with self.engine.begin() as connection:
            for table in (gradings, synced):
                connection.execute(
                    sa.delete(table).where(
                        table.c.student == student, table.c.assignment.in_(assignments)
                    )
                )
            still_used = sa.select(gradings.c.key)
            connection.execute(
                sa.delete(reports).where(reports.c.key.in_(keys), reports.c.key.not_in(still_used))
            )


def unpack_report(content: bytes) -> Report:
    return Report.from_json(json.loads(zlib.decompress(content)))


def replace_row(connection: sa.Connection, grading: Grading) -> None:
    """Write a grading, or replace an earlier one; it becomes the student's last."""
    same = [column == getattr(grading, column.name) for column in gradings.primary_key.columns]
    connection.execute(sa.delete(gradings).where(*same))
    earlier = connection.execute(
        sa.select(sa.func.max(gradings.c.noted)).where(
            gradings.c.assignment == grading.assignment, gradings.c.student == grading.student
        )
    ).scalar()
    noted = max(time.time(), (earlier or 0.0) + TICK)  # a clock may be set back
    connection.execute(sa.insert(gradings), asdict(grading) | {"noted": noted})


def add_missing_columns(connection: sa.Connection, table: sa.Table) -> None:
    """Update a store that an earlier version made."""
    found = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
    for column in table.columns:
        if column.name not in found:
            definition = sa.schema.CreateColumn(column).compile(connection.engine)
            connection.execute(sa.text(f"ALTER TABLE {table.name} ADD COLUMN {definition}"))
