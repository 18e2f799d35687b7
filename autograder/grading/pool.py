"""Workers that wait for a submission, so that their start is over when they are needed.

Each is a process of its own from the start, never forked from one that has run: it serves one
submission, and ends with it.
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
    """Keeps a worker with each package waiting."""

    def __init__(self, source: Path, environment: StudentEnvironment, sandbox: Sandbox) -> None:
        self.environment, self.sandbox = environment, sandbox
        folder = tempfile.TemporaryDirectory(prefix="dasecv-pool-")
        self.given: Trees = write_release(source, environment.kernels, Path(folder.name))
        self.waiting: dict[Package, IdleWorker] = {}
        self.close = weakref.finalize(self, close_all, self.waiting, folder)

    def take(self, package: Package) -> IdleWorker:
        """The one that waits; the next starts meanwhile.

        One that died while it waited is no submission's fault, and a fresh one takes its place.
        """
        taken = self.waiting.pop(package, None)
        if taken is None or not taken.up:
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
