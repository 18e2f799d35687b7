"""Engines: if any process dies meanwhile, each submission is returned once with the same mark."""

import dataclasses
import gc
import hashlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.collecting.submission import Submission
from autograder.course import init_course, read_course
from autograder.environment import StudentEnvironment
from autograder.fleet import Fleet, cluster
from autograder.fleet.cluster import Cluster
from autograder.fleet.engines import Engine, EngineError, LocalEngine, Task
from autograder.grading.report import Report
from autograder.sandbox import Sandbox

NAME = "Dropout"
QUICK = ("dropout_forward", "dropout_backward")
Owned = dict[str, bytes]


@pytest.fixture(scope="module")
def fleet(
    root: Path,
    tmp_path_factory: pytest.TempPathFactory,
    sandbox: Sandbox,
    environment: StudentEnvironment,
) -> Fleet:
    """A fleet that asks two checks, each of which takes a moment."""
    folder = tmp_path_factory.mktemp("courses") / "autumn"
    init_course(root, folder)
    fleet = Fleet(read_course(folder), NAME, sandbox, echo=lambda line: None)
    fleet.recipe = dataclasses.replace(fleet.recipe, checks=QUICK)
    return fleet


@pytest.fixture(scope="module")
def submissions(reference: Owned) -> dict[str, Submission]:
    """Six different submissions, of which every second one is wrong."""

    def one(number: int) -> Submission:
        wrong = "\ndef dropout_backward(dout, cache): return dout\n" if number % 2 else ""
        layers = reference["daseCV/layers.py"] + f"{wrong}\n# {number}\n".encode()
        return Submission(str(number), reference | {"daseCV/layers.py": layers}, {})

    return {f"key{number}": one(number) for number in range(6)}


@pytest.fixture(scope="module")
def expected(fleet: Fleet, submissions: dict[str, Submission]) -> dict[str, list[float]]:
    """The shares of each submission, graded one after the other."""
    return {key: shares(fleet.grader.grade(one)) for key, one in submissions.items()}


def shares(report: Report) -> list[float]:
    return [check.share for check in report.checks]


def finish(engine: Engine) -> dict[str, list[float]]:
    """All results of an engine, each of which may come only once."""
    found: dict[str, list[float]] = {}
    while engine.pending:
        key, report = next_result(engine)
        assert key not in found
        found[key] = shares(report)
    return found


def next_result(engine: Engine) -> tuple[str, Report]:
    while (result := engine.result()) is None:
        pass
    return result


def processes(engine: Cluster) -> list[int]:
    """The processes that grade for an engine."""
    return sorted(engine._client.run(os.getpid).values())


def test_the_local_engine_grades_one_at_a_time(
    fleet: Fleet, submissions: dict[str, Submission], expected: dict[str, list[float]]
) -> None:
    engine = LocalEngine(fleet.grader)
    engine.submit("key1", Task(submissions["key1"]))

    assert engine.full
    assert finish(engine) == {"key1": expected["key1"]}


def test_processes_that_are_killed_cost_no_submission(
    fleet: Fleet, submissions: dict[str, Submission], expected: dict[str, list[float]]
) -> None:
    engine = Cluster(fleet.recipe, jobs=2)
    for key, one in submissions.items():
        engine.submit(key, Task(one))
    for process in processes(engine):
        os.kill(process, signal.SIGKILL)

    found = finish(engine)
    engine.close()

    assert found == expected


@pytest.mark.proof
def test_a_scheduler_keeps_no_content_of_submissions(
    fleet: Fleet,
    submissions: dict[str, Submission],
    wait_until: Callable[[Callable[[], bool]], bool],
) -> None:
    engine = Cluster(fleet.recipe, jobs=1)
    for key, one in submissions.items():
        engine.submit(hashlib.sha256(key.encode()).hexdigest(), Task(one))
    finish(engine)

    assert engine._local is not None
    scheduler = engine._local.scheduler

    assert wait_until(lambda: not scheduler.tasks)
    assert list(scheduler.task_prefixes) == ["grade"]
    assert wait_until(lambda: not messages_with(submissions["key1"].owned["daseCV/layers.py"]))
    engine.close()


def messages_with(content: bytes) -> int:
    """The number of messages in memory that hold a text; Dask sends each as a list of bytes."""
    lists = (held for held in gc.get_objects() if type(held) is list)
    return sum(
        content in part for held in lists for part in held if isinstance(part, bytes | bytearray)
    )


@pytest.mark.parametrize(
    ("setting", "message"),
    [("code", "install the same on both"), ("images", "dasecv data download")],
)
def test_a_machine_with_another_version_or_images_grades_nothing(
    fleet: Fleet, submissions: dict[str, Submission], setting: str, message: str
) -> None:
    another: dict[str, Any] = {setting: "another"}
    engine = Cluster(dataclasses.replace(fleet.recipe, **another), jobs=1)
    engine.submit("key0", Task(submissions["key0"]))

    _, report = next_result(engine)
    engine.close()

    assert report.status == "infrastructure"
    assert message in report.notes[0]


# A cluster that runs already


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a part of a cluster; it ends with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "distributed.cli.dask_" + command[0], *command[1:]],
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.terminate()
    for process in started:
        process.wait(30)


def free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.mark.proof
def test_a_scheduler_that_is_restarted_costs_no_submission(
    fleet: Fleet,
    submissions: dict[str, Submission],
    expected: dict[str, list[float]],
    start: Callable[..., subprocess.Popen[bytes]],
) -> None:
    address, port = "127.0.0.1", str(free_port())
    scheduler_command = ("scheduler", "--host", address, "--port", port, "--no-dashboard")
    worker_command = ("worker", f"tcp://{address}:{port}", "--nthreads", "1", "--no-dashboard")
    scheduler = start(*scheduler_command)
    start(*worker_command)
    messages: list[str] = []
    engine = Cluster(fleet.recipe, 0, f"tcp://{address}:{port}", messages.append)
    for key, one in submissions.items():
        engine.submit(key, Task(one))
    first, report = next_result(engine)

    scheduler.kill()
    scheduler.wait()
    threading.Timer(2, lambda: (start(*scheduler_command), start(*worker_command))).start()
    found = finish(engine) | {first: shares(report)}
    engine.close()

    assert found == expected
    assert messages == [
        "The connection to the scheduler was lost: waiting for it, and sending again."
    ]


def test_a_missing_scheduler_is_reported_in_one_sentence(
    fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_TIMEOUT", 0.0)

    with pytest.raises(EngineError, match=r"no Dask scheduler answers at tcp://127.0.0.1:\d+"):
        Cluster(fleet.recipe, 0, f"tcp://127.0.0.1:{free_port()}")
