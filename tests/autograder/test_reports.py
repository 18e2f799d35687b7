"""The report store: durable, safe for several processes, and without internal failures."""

import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from autograder.grading.report import CheckReport, Report, Status
from autograder.reports import Grading, ReportStore

GRADED = Report(
    "graded",
    checks=(CheckReport("conv_fast", "partly", 0.5, ("ünïcode ✓",), ("",)),),
    notebooks={"Homework": "{}" * 1000},
)

WRITER = """
import sys
from pathlib import Path
from typing import Any
from autograder.grading.report import Report
from autograder.reports import Grading, ReportStore

sys.stdin.readline()
store = ReportStore(Path(sys.argv[1]))
for number in range(25):
    store.put(f"{sys.argv[2]}-{number}", Report("graded", notes=(sys.argv[2],)))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reports.db"


def test_a_report_is_read_back_unchanged(path: Path) -> None:
    ReportStore(path).put("key", GRADED)

    assert ReportStore(path).get("key") == GRADED


def test_an_unknown_key_has_no_report(path: Path) -> None:
    assert ReportStore(path).get("key") is None


def test_a_later_report_replaces_an_earlier_one(path: Path) -> None:
    store = ReportStore(path)
    store.put("key", GRADED)

    store.put("key", Report("student error"))

    assert store.get("key") == Report("student error")


@pytest.mark.parametrize(
    "status", ["graded", "student error", "out of time", "out of memory", "refused"]
)
def test_a_report_with_a_status_caused_by_the_student_is_kept(path: Path, status: Status) -> None:
    store = ReportStore(path)

    store.put("key", Report(status))

    assert store.get("key") == Report(status)


def test_an_internal_failure_is_not_kept(path: Path) -> None:
    store = ReportStore(path)

    store.put("key", Report("infrastructure"))

    assert store.get("key") is None


def test_an_internal_failure_does_not_replace_a_report(path: Path) -> None:
    store = ReportStore(path)
    store.put("key", GRADED)

    store.put("key", Report("infrastructure"))

    assert store.get("key") == GRADED


def test_a_report_is_on_disk_before_put_returns(path: Path) -> None:
    """A write-ahead log, synchronised at every commit: a crash loses no stored report."""
    store = ReportStore(path)
    with store.engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()

    assert (mode, synchronous) == ("wal", 2)  # 2: FULL


def test_reports_stored_before_a_process_is_killed_are_kept(path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path;"
        "from autograder.reports import ReportStore; from autograder.grading.report import Report;"
        "ReportStore(Path(sys.argv[1])).put('key', Report('graded')); os.kill(os.getpid(), 9)"
    )

    subprocess.run([sys.executable, "-c", program, str(path)], check=False)

    assert ReportStore(path).get("key") == Report("graded")


def test_processes_that_write_at_the_same_time_lose_nothing(path: Path) -> None:
    """They also create the file at the same moment, when they are released."""
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), name], stdin=subprocess.PIPE, text=True
        )
        for name in ("one", "two")
    ]

    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    statuses = [writer.wait(60) for writer in writers]
    for writer in writers:
        assert writer.stdin is not None
        writer.stdin.close()

    assert statuses == [0, 0]
    store = ReportStore(path)
    for name in ("one", "two"):
        for number in range(25):
            assert store.get(f"{name}-{number}") == Report("graded", notes=(name,))


def test_a_reader_does_not_wait_for_a_writer(path: Path) -> None:
    store = ReportStore(path)
    store.put("key", GRADED)
    writing = sqlite3.connect(path)
    writing.execute("BEGIN IMMEDIATE")

    assert store.get("key") == GRADED

    writing.close()


def make_grading(version: str, key: str, student: str = "ada", **more: Any) -> Grading:
    return Grading("Dropout", version, student, key, "digest", "/", **more)


def test_the_last_grading_counts_even_with_an_older_report(path: Path) -> None:
    """A setting was changed and changed back, so nothing is graded again."""
    store = ReportStore(path)
    store.put("isolate", GRADED, [make_grading("1", "isolate")])
    store.put("strict", Report("graded"), [make_grading("2", "strict")])

    store.note(make_grading("1", "isolate"))

    [(grading, report)] = store.results("Dropout")
    assert (grading.key, report) == ("isolate", GRADED)
    assert [version.version for version in store.versions("Dropout")] == ["1", "2"]
    assert store.latest("Dropout", "digest") == GRADED


def test_the_last_grading_counts_even_if_the_clock_went_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ReportStore(path)
    store.put("new", GRADED, [make_grading("1", "new")])

    monkeypatch.setattr("time.time", lambda: 0.0)
    store.put("newer", Report("refused"), [make_grading("2", "newer")])

    assert [grading.key for grading, _ in store.results("Dropout")] == ["newer"]


def test_noting_the_last_grading_again_writes_nothing(path: Path) -> None:
    store = ReportStore(path)
    store.put("key", GRADED, [make_grading("1", "key")])
    [(before, _)] = store.results("Dropout")

    store.note(make_grading("1", "key"))

    assert [grading for grading, _ in store.results("Dropout")] == [before]


def test_a_store_of_an_earlier_version_is_read_and_written(path: Path) -> None:
    store = ReportStore(path)
    store.put("key", GRADED, [make_grading("1", "key")])
    with sqlite3.connect(path) as connection:
        for column in ("late", "platform_id"):
            connection.execute(f"ALTER TABLE gradings DROP COLUMN {column}")

    store = ReportStore(path)
    store.put("other", GRADED, [make_grading("1", "other", "ben", late=True, platform_id="7")])

    ada, ben = [grading for grading, _ in store.results("Dropout")]
    assert (ada.late, ada.platform_id) == (False, "")
    assert (ben.late, ben.platform_id) == (True, "7")
