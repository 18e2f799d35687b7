"""A worker in this process, for mistakes and styles made by tests: it saves starting a process."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.checks import CHECKS, Questioner
from autograder.checks.registry import FLAW_COST
from autograder.grading.asking import run_questions, summarise
from autograder.grading.report import CheckReport
from autograder.hints.plant import library
from autograder.worker import client
from autograder.worker.client import StudentError, Worker
from autograder.worker.frames import HEAD, decode, encode
from daseCV.checks.compare import CheckFailure
from daseCV.checks.library import Library

SECRET = b"the secret of a course for tests"


def import_worker_loop() -> Any:
    """Import the module that runs in a sandbox; it imports its neighbours by their plain names."""
    folder = str(Path(client.__file__).parent)
    sys.path.insert(0, folder)
    try:
        return importlib.import_module("serve")
    finally:
        sys.path.remove(folder)


serve = import_worker_loop()


class LocalWorker(Worker):
    """Answers from a copy of the library in this process; every message is a frame all the same."""

    def __init__(self, package: str) -> None:
        self.loop = serve.Worker("/nowhere", None)
        self.package = package

    def _ask(self, timeout: float, do: str, **given: Any) -> dict[str, Any]:
        serve.PACKAGE = self.package
        frames = sys.modules["frames"]
        question = frames.decode(encode({"do": do, "given": given})[HEAD.size :])
        reply = decode(frames.encode(self.loop.answer(question))[HEAD.size :])
        if "error" in reply:
            raise client._student_error(reply["error"], "/nowhere/")
        return reply

    def close(self) -> int:
        return 0


@contextmanager
def local_worker(root: Path, changed: dict[str, str]) -> Iterator[LocalWorker]:
    """A worker that has the reference with some files replaced."""
    with library(root, changed) as modules:
        yield worker_of(modules)


def worker_of(modules: Library) -> LocalWorker:
    """A worker that has this copy of the library."""
    return LocalWorker(modules("layers").__name__.rpartition(".")[0])


def judge(worker: Worker, name: str) -> CheckReport:
    """A check's report, in which reasons may show everything; failures are not explained."""
    check = CHECKS[name]
    if check.prepare is not None:
        check.prepare(SECRET)
    ask = Questioner(worker, check, SECRET, reveal=True)
    return summarise(check, ask, run_questions(ask))


def lost(worker: Worker, name: str) -> dict[str, str]:
    """The parts of a check that are lost, and why."""
    check = CHECKS[name]
    ask = Questioner(worker, check, SECRET, reveal=True)
    try:
        check.questions(ask)
    except CheckFailure as failure:
        return dict.fromkeys(check.parts, failure.message)
    except StudentError as error:
        return dict.fromkeys(check.parts, str(error))
    return {part: failure.reason for part, failure in (ask.flaws | ask.failures).items()}


def share_of(worker: Worker, name: str) -> float:
    """The share of a check's points that is kept."""
    parts, gone = CHECKS[name].parts, lost(worker, name)
    kept = 1 - sum(parts.get(part, 0) for part in gone) / sum(parts.values())
    return round(kept * (1 - FLAW_COST) ** len(set(gone) - set(parts)), 6)
