"""The report store, killed at each of its writes or on a full disk: all of a report or nothing."""

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


def write_three(path: Path, fatal: int, said: Any) -> None:
    """Three reports, one after the other; the process kills itself at the point it is told to."""
    store, passed = ReportStore(path), itertools.count(1)

    def point(*_: object) -> None:
        if next(passed) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    for event in ("before_cursor_execute", "after_cursor_execute", "commit"):
        sa.event.listen(store.engine, event, point)
    for number, key in enumerate(KEYS):
        store.put(key, Report("graded"), [grading(number)])
        said.value += 1


POINTS_EACH = 5 * 2 + 1  # five statements, before and after each, and the commit


def grading(number: int, digest: str = "d") -> Grading:
    return Grading("a", "v", f"s{number}", KEYS[number], digest, "/")


@pytest.mark.parametrize("fatal", range(1, 3 * POINTS_EACH + 1))
def test_killed_at_any_write_a_report_and_whose_it_is_are_there_or_are_not(
    tmp_path: Path, fatal: int
) -> None:
    path, processes = tmp_path / "reports.db", get_context("fork")
    said = processes.Value("i", 0)
    writer = processes.Process(target=write_three, args=(path, fatal, said))
    writer.start()
    writer.join()

    store = ReportStore(path)
    kept = [key for key in KEYS if store.get(key) is not None]
    noted = [found.key for found, _ in store.results("a")]

    assert writer.exitcode == -signal.SIGKILL
    assert kept == noted == KEYS[: len(kept)]
    assert len(kept) >= said.value  # what was said to be kept is
    assert said.value == (fatal - 1) // POINTS_EACH


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


def test_a_full_disk_is_said_and_costs_nothing_that_was_kept(small_disk: Path) -> None:
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


def test_a_known_report_is_noted_without_a_write_where_it_is_noted_already(tmp_path: Path) -> None:
    store = ReportStore(tmp_path / "reports.db")
    store.put(KEYS[0], Report("graded"), [grading(0)])
    [(before, _)] = store.results("a")

    store.note(grading(0))

    [(after, report)] = store.results("a")
    assert after == before
    assert report == Report("graded")


def test_a_resubmission_takes_the_place_of_the_first_one(tmp_path: Path) -> None:
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


def test_a_grading_by_another_version_stands_beside_the_first(tmp_path: Path) -> None:
    store = ReportStore(tmp_path / "reports.db")
    store.put(KEYS[0], Report("graded"), [grading(0), grading(1)])
    later = Grading("a", "v2", "s0", KEYS[2], "d", "/")
    store.put(KEYS[2], Report("student error"), [later])

    assert [(v.version, v.students) for v in store.versions("a")] == [("v2", 1), ("v", 2)]
    assert {one.student: one.version for one, _ in store.results("a")} == {"s0": "v2", "s1": "v"}
    assert [one.student for one, _ in store.results("a", "v")] == ["s0", "s1"]


def test_the_last_report_of_a_content_is_found_whichever_version_made_it(tmp_path: Path) -> None:
    store = ReportStore(tmp_path / "reports.db")
    store.put(KEYS[0], Report("graded"), [grading(0, digest="content")])

    assert store.latest("a", "content") == Report("graded")
    assert store.latest("a", "another") is None
