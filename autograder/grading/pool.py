"""Starts workers in advance, so that they are ready when a submission needs them.

Each is a new process, never forked from a used one; it serves one submission, and ends with it.
"""

import contextlib
import tempfile
import weakref
from pathlib import Path

from ..checks.registry import Package
from ..environment import StudentEnvironment
from ..sandbox import Sandbox, SandboxError
from ..worker.client import IdleWorker
from .assemble import Trees, write_release


class Pool:
    """Keeps one idle worker with each package."""

    def __init__(self, source: Path, environment: StudentEnvironment, sandbox: Sandbox) -> None:
        self.environment, self.sandbox = environment, sandbox
        folder = tempfile.TemporaryDirectory(prefix="dasecv-pool-")
        self.given: Trees = write_release(source, environment.kernels, Path(folder.name))
        self.waiting: dict[Package, IdleWorker] = {}
        self.close = weakref.finalize(self, close_all, self.waiting, folder)

    def take(self, package: Package) -> IdleWorker:
        """Return the idle worker, and start the next.

        An idle worker that has died is replaced: no submission is to blame.
        """
        taken = self.waiting.pop(package, None)
        if taken is None or not taken.is_running:
            if taken is not None:
                taken.close()
            taken = self.start_worker(package)
        with contextlib.suppress(SandboxError, OSError):  # found when it is needed
            self.waiting[package] = self.start_worker(package)
        return taken

    def start_worker(self, package: Package) -> IdleWorker:
        given = self.given.whole if package == "whole" else self.given.blanks
        return IdleWorker(self.sandbox, self.environment, given=given)


def close_all(
    waiting: dict[Package, IdleWorker], folder: "tempfile.TemporaryDirectory[str]"
) -> None:
    for worker in waiting.values():
        worker.close()
    folder.cleanup()
