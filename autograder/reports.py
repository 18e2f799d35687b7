"""The report store: finished reports by content, durable, the only way from grading to a mark.

A report's key is what it follows from: the submission's files, the course and the policy. Equal
content is graded once; a report of an infrastructure failure is never kept.
"""

import json
import time
import zlib
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from .grading.report import Report

metadata = sa.MetaData()
table = sa.Table(
    "reports",
    metadata,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("status", sa.String(32), nullable=False),
    sa.Column("made", sa.Float, nullable=False),
    sa.Column("report", sa.LargeBinary, nullable=False),
)


class ReportStore:
    """Reports in a SQLite file.

    Parameters
    ----------
    path : Path
        The file; made where it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self.engine = sa.create_engine(f"sqlite:///{path}", connect_args={"timeout": 60})

        @sa.event.listens_for(self.engine, "connect")
        def settings(connection: Any, _: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")  # durable before it counts

        with self.engine.begin() as connection:  # two processes may make the file at once
            connection.execute(sa.schema.CreateTable(table, if_not_exists=True))

    def get(self, key: str) -> Report | None:
        """The report of a key, or None."""
        with self.engine.connect() as connection:
            found = connection.execute(
                sa.select(table.c.report).where(table.c.key == key)
            ).scalar_one_or_none()
        return None if found is None else Report.from_json(json.loads(zlib.decompress(found)))

    def put(self, key: str, report: Report) -> None:
        """Keep a report; a failure of ours is not kept, so that the next run repeats it."""
        if report.status == "infrastructure":
            return
        content = zlib.compress(json.dumps(report.to_json()).encode())
        row = {"key": key, "status": report.status, "made": time.time(), "report": content}
        with self.engine.begin() as connection:
            connection.execute(sa.delete(table).where(table.c.key == key))
            connection.execute(sa.insert(table), row)
