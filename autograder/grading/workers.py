"""The workers of one submission: at most one with the given layers, and one without."""

import math
from collections.abc import Mapping
from pathlib import Path

from ..checks.parts import Parts
from ..worker.client import NO_ANSWER, Worker
from .pool import Package, Pool


class Workers:
    """Starts workers when they are needed, and ends them."""

    def __init__(self, pool: Pool, tree: Path) -> None:
        self.pool, self.tree = pool, tree
        self.deadline = math.inf
        self._running: dict[Package, Worker] = {}

    def get(self, package: Package) -> Worker:
        """The running worker, or a fresh one."""
        if package not in self._running:
            self._running[package] = self._start(package)
        self._running[package].deadline = self.deadline  # it may have served another check
        return self._running[package]

    def running(self, package: Package) -> Worker | None:
        return self._running.get(package)

    def restart(self, package: Package, parts: Parts) -> Worker:
        """Start a fresh worker for whose stand-ins `parts` answers."""
        self.drop(package)
        self._running[package] = self._start(package, parts)
        return self._running[package]

    def was_reused(self, package: Package) -> bool:
        """Whether the running worker has answered questions about blanks before."""
        worker = self.running(package)
        return worker is not None and worker.reloaded

    def reuse(self, shares: Mapping[str, float]) -> None:
        """If the submission was right so far, use the worker of blanks for the whole package.

        The given code that could answer for blanks is added only after all of them were asked.
        Wrong answers of such a worker are asked again in a fresh one.
        """
        right = all(share == 1 for share in shares.values())
        if "whole" in self._running or "blanks" not in self._running or not right:
            return
        worker = self._running.pop("blanks")
        try:
            worker.reload(self.pool.given.whole)
        except NO_ANSWER:
            worker.close()
        else:
            self._running["whole"] = worker

    def drop(self, package: Package) -> None:
        """End a worker; the next question gets a fresh one."""
        worker = self._running.pop(package, None)
        if worker is not None:
            worker.close()

    def drop_all(self) -> None:
        for package in list(self._running):
            self.drop(package)

    def _start(self, package: Package, parts: Parts | None = None) -> Worker:
        worker = Worker(self.pool.take(package), self.tree, parts)
        worker.deadline = self.deadline
        return worker
