"""What bounds a grading of 100,000: the one that sends, the scheduler, the store; writes the model.

    python benchmarks/fleet_limits.py            # writes docs/scaling.md's tables to the screen

Empty tasks of realistic size (a submission there, a report back) go through Dask's scheduler, and
each report into the store, as in a real grading; only the grading itself is left out. What one
submission costs a worker is given, from `fleet_proof.py`.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from distributed import Client, LocalCluster
from distributed.client import Future, as_completed

from autograder.collecting.submission import Submission
from autograder.grading.report import CheckReport, Report
from autograder.reports import Grading, ReportStore

KIB = 1024
CLASS = 100_000
WORKERS = (1, 2, 10, 50, 100, 200, 500)


def main() -> None:
    """Measure the parts, send the tasks, print the model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=50_000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--window", type=int, default=256)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dasecv-limits-") as name:
        store = ReportStore(Path(name) / "reports.db")
        print(f"keeping a report: {1e3 * keeping(store):.2f} ms")
    with tempfile.TemporaryDirectory(prefix="dasecv-limits-") as name:
        store = ReportStore(Path(name) / "reports.db")
        cluster = LocalCluster(
            n_workers=given.jobs,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            memory_limit=0,
            security=True,
        )
        with cluster, Client(cluster) as client:
            sent(client, store, given.tasks, given.window)


def keeping(store: ReportStore, times: int = 300) -> float:
    """Seconds to keep one report, the median."""
    seconds = []
    for number in range(times):
        key = f"{number:064}"
        began = time.perf_counter()
        store.put(key, report(number), [Grading("a", "v", f"s{number}", key, key, "/")])
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def sent(client: Client, store: ReportStore, tasks: int, window: int) -> None:
    """Send empty tasks, a window of them at a time, and keep what comes back."""
    process = psutil.Process()
    began, memory = time.monotonic(), []
    cpu = process.cpu_times()
    numbers = iter(range(tasks))
    running = as_completed(submitted(client, n) for n in [next(numbers) for _ in range(window)])
    for finished, future in enumerate(running, start=1):
        number, made = future.result()
        key = f"{number:064}"
        store.put(key, made, [Grading("a", "v", f"s{number}", key, key, "/")])
        following = next(numbers, None)
        if following is not None:
            running.add(submitted(client, following))
        if finished % (tasks // 10) == 0:
            memory.append(process.memory_info().rss / 2**20)
            rate = finished / (time.monotonic() - began)
            print(f"{finished:6} tasks, {rate:.0f} a second, {memory[-1]:.0f} MiB", flush=True)
    spent = process.cpu_times()
    seconds = time.monotonic() - began
    busy = spent.user + spent.system - cpu.user - cpu.system
    print(f"{tasks} tasks in {seconds:.0f} s: {tasks / seconds:.0f} a second;")
    print(f"sender and scheduler, one process: {1e3 * busy / tasks:.2f} ms of processor a task")


def submitted(client: Client, number: int) -> Future:
    return client.submit(empty, submission(number), number, key=f"task-{number}", pure=False)


def empty(submission: Submission, number: int) -> tuple[int, Report]:
    """A task that costs nothing but its way."""
    return number, report(number)


def submission(number: int) -> Submission:
    """As large as a usual one: 40 KiB of modules and a notebook of 60 KiB, no two alike."""
    noise = np.random.default_rng(number).bytes(30 * KIB)
    return Submission(f"s{number}", {"daseCV/layers.py": noise + b"#" * 10 * KIB}, {"N": noise * 2})


def report(number: int) -> Report:
    """As large as a usual one, whose notebook compresses to a quarter."""
    text = np.random.default_rng(number).integers(0, 64, 60 * KIB, dtype=np.uint8).tobytes().hex()
    checks = tuple(CheckReport(f"check{n}", "wrong", 0.5, ("x" * 400,), ("",)) for n in range(17))
    return Report("graded", checks, notebooks={"N": text[: 60 * KIB]})


if __name__ == "__main__":
    main()
