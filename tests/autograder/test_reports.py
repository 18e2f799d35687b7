"""The report store: durable, safe for several processes, and no place for failures of ours."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.grading.report import CheckReport, Report, Status
from autograder.reports import ReportStore

GRADED = Report(
    "graded",
    checks=(CheckReport("conv_fast", "partly", 0.5, ("ünïcode ✓",), ("",)),),
    notebooks={"Homework": "{}" * 1000},
)

WRITER = """
import sys
from pathlib import Path
from autograder.grading.report import Report
from autograder.reports import ReportStore

sys.stdin.readline()
store = ReportStore(Path(sys.argv[1]))
for number in range(25):
    store.put(f"{sys.argv[2]}-{number}", Report("graded", notes=(sys.argv[2],)))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "reports.db"


def test_a_report_comes_back_as_it_was_put(path: Path) -> None:
    ReportStore(path).put("key", GRADED)

    assert ReportStore(path).get("key") == GRADED


def test_there_is_no_report_of_an_unknown_key(path: Path) -> None:
    assert ReportStore(path).get("key") is None


def test_a_later_report_takes_the_place_of_an_earlier_one(path: Path) -> None:
    store = ReportStore(path)
    store.put("key", GRADED)

    store.put("key", Report("student error"))

    assert store.get("key") == Report("student error")


@pytest.mark.parametrize(
    "status", ["graded", "student error", "out of time", "out of memory", "refused"]
)
def test_whatever_a_student_is_answerable_for_is_kept(path: Path, status: Status) -> None:
    store = ReportStore(path)

    store.put("key", Report(status))

    assert store.get("key") == Report(status)


def test_a_failure_of_ours_is_not_kept_so_that_it_is_tried_again(path: Path) -> None:
    store = ReportStore(path)

    store.put("key", Report("infrastructure"))

    assert store.get("key") is None


def test_a_failure_of_ours_does_not_push_out_a_report(path: Path) -> None:
    store = ReportStore(path)
    store.put("key", GRADED)

    store.put("key", Report("infrastructure"))

    assert store.get("key") == GRADED


def test_a_report_is_on_disk_before_it_counts(path: Path) -> None:
    """A write-ahead log, synchronised at every commit: a crash loses nothing that was put."""
    store = ReportStore(path)
    with store.engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar_one()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar_one()

    assert (mode, synchronous) == ("wal", 2)  # 2: FULL


def test_what_a_killed_process_had_put_is_there(path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path;"
        "from autograder.reports import ReportStore; from autograder.grading.report import Report;"
        "ReportStore(Path(sys.argv[1])).put('key', Report('graded')); os.kill(os.getpid(), 9)"
    )

    subprocess.run([sys.executable, "-c", program, str(path)], check=False)

    assert ReportStore(path).get("key") == Report("graded")


def test_processes_that_write_at_once_lose_nothing(path: Path) -> None:
    """They also make the file at once, when they are let go."""
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
