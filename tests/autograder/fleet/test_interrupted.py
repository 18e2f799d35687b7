"""`dasecv grade`, stopped in every way: reports are kept, and the next run grades the rest."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from autograder.course import init_course
from autograder.reports import ReportStore
from autograder.sandbox import Sandbox

NAME = "Dropout"
MANY = 8
Owned = dict[str, bytes]
WRONG = b"\ndef dropout_backward(dout, cache): return dout\n"


@pytest.fixture
def course(root: Path, tmp_path: Path, reference: Owned, sandbox: Sandbox) -> Path:
    """A course, and a folder of submissions beside it: every second one is wrong."""
    init_course(root, tmp_path / "course")
    for number in range(MANY):
        mistake = WRONG if number % 2 else b""
        layers = reference["daseCV/layers.py"] + mistake + f"\n# {number}\n".encode()
        for name, content in (reference | {"daseCV/layers.py": layers}).items():
            path = tmp_path / "submitted" / f"student{number}" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return tmp_path / "course"


def grade(course: Path) -> "subprocess.Popen[str]":
    """`dasecv grade` of the class, as typed in a terminal."""
    submissions = sorted((course.parent / "submitted").iterdir())
    command = ["grade", *map(str, submissions), "--course", str(course)]
    return subprocess.Popen(
        [sys.executable, "-m", "autograder", *command, "--assignment", NAME, "--jobs", "2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env=os.environ | {"DASECV_PROFILE": "quick", "PYTHONUNBUFFERED": "1"},
    )


def after_two(running: "subprocess.Popen[str]") -> None:
    """Wait until two submissions are finished."""
    assert running.stdout is not None
    seen = 0
    while seen < 2:
        line = running.stdout.readline()
        assert line, "it ended by itself"
        seen += line.startswith("student")


def marks(course: Path) -> dict[str, list[float]]:
    results = ReportStore(course / "reports.db").results(NAME)
    return {
        grading.student: [check.share for check in report.checks]
        for grading, report in results
        if report is not None
    }


@pytest.fixture
def have_ended(wait_until: Callable[..., bool]) -> Callable[[list[psutil.Process]], bool]:
    """A function that tells whether processes end soon."""
    return lambda processes: wait_until(lambda: not any(map(alive, processes)), 20)


def alive(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_killed_grader_leaves_no_process_and_the_next_run_continues(
    course: Path, have_ended: Callable[[list[psutil.Process]], bool]
) -> None:
    first = grade(course)
    after_two(first)
    family = psutil.Process(first.pid).children(recursive=True)
    first.kill()
    first.wait()
    kept = marks(course)

    second = grade(course)
    output = second.communicate()[0]

    assert have_ended(family)
    assert len(kept) >= 2
    assert second.returncode == 0, output
    assert f"{MANY} of {MANY} done" in output
    assert f"{MANY - len(kept)} graded, {len(kept)} known" in output
    right, wrong = (marks(course)[f"student{number}"] for number in (0, 1))
    assert marks(course) == {f"student{n}": wrong if n % 2 else right for n in range(MANY)}
    assert sum(wrong) < sum(right)


def test_ctrl_c_says_how_to_continue(
    course: Path, have_ended: Callable[[list[psutil.Process]], bool]
) -> None:
    running = grade(course)
    after_two(running)
    family = psutil.Process(running.pid).children(recursive=True)

    os.killpg(running.pid, signal.SIGINT)  # to all processes, as a terminal sends it
    output = running.communicate()[0]

    assert running.returncode == 130, output
    assert output.index("Stopping; what is graded is kept") < output.index("are done and kept")
    assert "Traceback" not in output
    assert have_ended(family)
    assert len(marks(course)) >= 2
