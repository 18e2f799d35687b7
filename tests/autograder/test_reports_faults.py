"""The report store, killed at each write or on a full disk: it has all of a report or nothing."""

import contextlib
import itertools
import os
import signal
import subprocess
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from autograder.grading.report import Report
from autograder.reports import Grading, ReportStore, StoreError

KEYS = [f"{number:064}" for number in range(3)]


def write_three_reports(path: Path, fatal: int, confirmed: Any) -> None:
    """Write three reports in turn; the process kills itself at the `fatal` point."""
    store, passed = ReportStore(path), itertools.count(1)

    def point(*_: object) -> None:
        if next(passed) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    for event in ("before_cursor_execute", "after_cursor_execute", "commit"):
        sa.event.listen(store.engine, event, point)
    for number, key in enumerate(KEYS):
        store.put(key, Report("graded"), [grading(number)])
        confirmed.value += 1


POINTS_EACH = 5 * 2 + 1  # five statements, before and after each, and the commit


def grading(number: int, digest: str = "d") -> Grading:
    return Grading("a", "v", f"s{number}", KEYS[number], digest, "/")


@pytest.mark.parametrize("fatal", range(1, 3 * POINTS_EACH + 1))
def test_killed_at_any_write_the_store_has_both_report_and_student_or_neither(
    tmp_path: Path, fatal: int
) -> None:
    path, processes = tmp_path / "reports.db", get_context("fork")
    confirmed = processes.Value("i", 0)
    writer = processes.Process(target=write_three_reports, args=(path, fatal, confirmed))
    writer.start()
    writer.join()

    store = ReportStore(path)
    kept = [key for key in KEYS if store.get(key) is not None]
    noted = [found.key for found, _ in store.results("a")]

    assert writer.exitcode == -signal.SIGKILL
    assert kept == noted == KEYS[: len(kept)]
    assert len(kept) >= confirmed.value  # every confirmed report is stored
    assert confirmed.value == (fatal - 1) // POINTS_EACH


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(path: Path) -> None:
    with contextlib.suppress(OSError), path.open("wb", 0) as file:
        while True:
            file.write(bytes(1024))


def test_a_full_disk_is_reported_and_loses_no_stored_report(small_disk: Path) -> None:
    store = ReportStore(small_disk / "reports.db")
    store.put(KEYS[0], Report("graded"), [grading(0)])
    filler = small_disk / "filler"
    fill(filler)
    large = Report("graded", notes=tuple(str(hash(str(n))) for n in range(10_000)))

    with pytest.raises(StoreError, match="What was graded before is kept"):
        store.put(KEYS[1], large, [grading(1)])
    filler.unlink()

    assert store.get(KEYS[0]) == Report("graded")
    assert store.get(KEYS[1]) is None
    store.put(KEYS[1], large, [grading(1)])
    assert store.get(KEYS[1]) == large


# Whose reports they are


def test_noting_a_known_grading_again_changes_nothing(tmp_path: Path) -> None:
    store = ReportStore(tmp_path / "reports.db")
    store.put(KEYS[0], Report("graded"), [grading(0)])
    [(before, _)] = store.results("a")

    store.note(grading(0))

    [(after, report)] = store.results("a")
    assert after == before
    assert report == Report("graded")


def test_a_resubmission_replaces_the_first_submission(tmp_path: Path) -> None:
    store = ReportStore(tmp_path / "reports.db")
    store.put(KEYS[0], Report("graded"), [grading(0)])
    again = Grading("a", "v", "s0", KEYS[1], "other", "/")

    store.put(KEYS[1], Report("student error"), [again])

    [(found, report)] = store.results("a")
    assert (found.key, report) == (KEYS[1], Report("student error"))


def test_students_without_a_mark_after_an_internal_error_are_listed(tmp_path: Path) -> None:
    store = ReportStore(tmp_path / "reports.db")

    store.put(KEYS[0], Report("infrastructure"), [grading(0)])

    assert [(one.student, report) for one, report in store.results("a")] == [("s0", None)]


def test_gradings_by_two_versions_are_both_kept(tmp_path: Path) -> None:
    store = ReportStore(tmp_path / "reports.db")
    store.put(KEYS[0], Report("graded"), [grading(0), grading(1)])
    later = Grading("a", "v2", "s0", KEYS[2], "d", "/")
    store.put(KEYS[2], Report("student error"), [later])

    assert [(v.version, v.students) for v in store.versions("a")] == [("v2", 1), ("v", 2)]
    assert {one.student: one.version for one, _ in store.results("a")} == {"s0": "v2", "s1": "v"}
    assert [one.student for one, _ in store.results("a", "v")] == ["s0", "s1"]


def test_the_last_report_of_a_content_is_found_without_its_version(tmp_path: Path) -> None:
    store = ReportStore(tmp_path / "reports.db")
    store.put(KEYS[0], Report("graded"), [grading(0, digest="content")])

    assert store.latest("a", "content") == Report("graded")
    assert store.latest("a", "another") is None
