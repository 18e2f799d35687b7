"""Shared by the worker's tests: a worker with layers that a test defines."""

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.environment import StudentEnvironment
from autograder.sandbox import Limits, Sandbox
from autograder.worker import client
from autograder.worker.client import IdleWorker, Worker

Start = Callable[..., Worker]


@pytest.fixture(scope="session")
def sandbox(real_sandbox: Sandbox) -> Sandbox:
    """A real sandbox, since these tests are about how workers start and end."""
    return real_sandbox


@pytest.fixture
def start(sandbox: Sandbox, environment: StudentEnvironment, open_folder: Path) -> Iterator[Start]:
    """Start a worker on a `daseCV` with the given layers.py."""
    started = []

    def start(
        layers: str, limits: Limits = client.LIMITS, parts: Any = None, **others: str
    ) -> Worker:
        package = open_folder / "daseCV"
        package.mkdir(mode=0o755)
        for name, source in {"__init__": "", "layers": layers, **others}.items():
            (package / f"{name}.py").write_text(textwrap.dedent(source), encoding="utf-8")
        worker = Worker(IdleWorker(sandbox, environment, limits), open_folder, parts)
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.close()
