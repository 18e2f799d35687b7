"""Grades on a Dask cluster, of this machine or another.

Submissions lost with a process, a scheduler or a connection are sent again.
"""

import queue
import signal
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, WorkerPlugin, get_worker

from ..grading.grade import Grader
from ..grading.report import Report
from .engines import EngineError, Task
from .recipe import Recipe

TRIES = 5  # of a submission whose process ends while grading it
CONNECT_TIMEOUT = 20.0  # seconds to wait for a scheduler at first: its address may be wrong
RECONNECT_TIMEOUT = 300.0  # seconds to wait for a scheduler that disappeared
POLL = 0.5  # seconds to wait for a result at a time
QUEUED_PER_JOB = 2  # submissions sent for each that is being graded
LEAST_QUEUED = 256  # in a cluster that may grow
SETTINGS = {
    "distributed.scheduler.allowed-failures": 0,  # we count
    "distributed.admin.low-level-log-length": 0,  # else thousands of submissions stay in memory
}


class Cluster:
    """Grades on a Dask cluster.

    Parameters
    ----------
    jobs : int
        Processes of a local cluster, started here.
    address : str
        Of a running scheduler, such as 'tcp://10.0.0.1:8786'; `jobs` is then ignored.
    echo : callable
        Receives a line when something takes long.
    """

    def __init__(
        self, recipe: Recipe, jobs: int, address: str = "", echo: Callable[[str], object] = print
    ) -> None:
        self.recipe, self.jobs, self.address, self.echo = recipe, jobs, address, echo
        self._sent: dict[str, tuple[Future, Task]] = {}
        self._tries: Counter[str] = Counter()
        self._finished: queue.Queue[tuple[str, Future]] = queue.Queue()
        self._local: LocalCluster | None = None
        if not address:
            # A client of a scheduler can run code as its owner: this one requires TLS, with keys
            # that exist in memory only.
            with dask.config.set(SETTINGS):
                self._local = LocalCluster(
                    n_workers=jobs,
                    threads_per_worker=1,
                    host="127.0.0.1",
                    dashboard_address="127.0.0.1:0",
                    memory_limit=0,  # the sandbox limits what students use
                    security=True,
                    silence_logs="CRITICAL",
                )
        self._client = self._connect(CONNECT_TIMEOUT)

    def close(self) -> None:
        self._client.close(timeout=10)
        if self._local is not None:
            self._local.close(timeout=10)

    @property
    def full(self) -> bool:
        if self._local is not None:
            return self.pending >= QUEUED_PER_JOB * self.jobs
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        threads = sum(worker["nthreads"] for worker in workers)
        return self.pending >= max(LEAST_QUEUED, QUEUED_PER_JOB * threads)

    @property
    def pending(self) -> int:
        return len(self._sent)

    def submit(self, key: str, task: Task) -> None:
        self._tries[key] += 1
        # The scheduler keeps the text before the first hyphen for ever, as a kind of task.
        name = f"grade-{key}-{self._tries[key]}"
        future = self._client.submit(grade, self.recipe.version, task, key=name, pure=False)
        self._sent[key] = future, task
        future.add_done_callback(lambda done: self._finished.put((key, done)))

    def result(self) -> tuple[str, Report] | None:
        try:
            key, future = self._finished.get(timeout=POLL)
        except queue.Empty:
            self._stay_connected()
            return None
        if key not in self._sent or self._sent[key][0] is not future:
            return None  # from a lost connection; it was sent again
        report = self._report_of(key, future)
        return None if report is None else (key, report)

    def _report_of(self, key: str, future: Future) -> Report | None:
        """The report; None if the submission was sent again, to be graded once more."""
        task = self._sent[key][1]
        try:
            report = future.result(timeout=RECONNECT_TIMEOUT)
        except KilledWorker as error:
            if self._tries[key] < TRIES:  # it may only have been queued there
                self.submit(key, task)
                return None
            problem = f"the process that graded it ended, {TRIES} times: {error.last_worker}"
            report = Report("infrastructure", notes=(problem,))
        except Exception as error:
            if future.status == "error":  # the grader raised it there
                problem = f"{type(error).__name__}: {error}"
                report = Report("infrastructure", notes=(problem,))
            elif self._tries[key] < TRIES:
                self._stay_connected()
                if key in self._sent and self._sent[key][0] is future:
                    self.submit(key, task)
                return None
            else:
                report = Report("infrastructure", notes=(f"lost {TRIES} times: {error}",))
        del self._sent[key], self._tries[key]
        return report

    def _connect(self, timeout: float) -> Client:
        """Wait for the scheduler, and return a client of it."""
        target: Any = self._local if self._local is not None else self.address
        until = time.monotonic() + timeout
        while True:
            try:
                with dask.config.set(SETTINGS):
                    client = Client(target, set_as_default=False, timeout=10)
                holder = RecipeHolder(self.recipe, ignore_interrupts=self._local is not None)
                client.register_plugin(holder, name=self.recipe.version)
                return client
            except (OSError, TimeoutError) as error:
                if time.monotonic() > until:
                    raise EngineError(
                        f"no Dask scheduler answers at {self.address}: {error}. What was graded "
                        "is kept; run the same again to go on"
                    ) from None
                time.sleep(1.0)

    def _stay_connected(self) -> None:
        """If the scheduler was lost, wait for it, and send everything again."""
        known = all(future.status != "cancelled" for future, _ in self._sent.values())
        if self._client.status == "running" and known:
            return
        self.echo("The connection to the scheduler was lost: waiting for it, and sending again.")
        self._client.close(timeout=5)
        self._client = self._connect(RECONNECT_TIMEOUT)
        for key, (_, task) in list(self._sent.items()):
            self._tries[key] -= 1  # not its fault
            self.submit(key, task)


class RecipeHolder(WorkerPlugin):
    """Keeps a recipe for all tasks of a worker.

    `ignore_interrupts` leaves Ctrl-C, which a terminal sends to all processes, to the grader.
    """

    def __init__(self, recipe: Recipe, ignore_interrupts: bool = False) -> None:
        self.recipe, self.ignore_interrupts = recipe, ignore_interrupts

    def setup(self, worker: Any) -> None:
        if self.ignore_interrupts:
            signal.signal(signal.SIGINT, signal.SIG_IGN)


def grade(version: str, task: Task) -> Report:
    """Grade a submission in a process of a cluster."""
    worker = get_worker()
    holder: Any = worker.plugins[version]
    return task.grade_with(make_grader(holder.recipe, worker.local_directory))


@cache
def make_grader(recipe: Recipe, folder: str) -> Grader:
    """Make a recipe's grader, once in a process, in a folder that Dask removes."""
    return recipe.grader(recipe.unpack(Path(folder) / recipe.version))
