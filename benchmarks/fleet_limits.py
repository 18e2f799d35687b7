"""Find what limits a grading of 100,000: the grader, the scheduler or the workers.

    python benchmarks/fleet_limits.py --work 0.6 --start 2

Tasks of realistic size, a submission out and a report back, go through a Dask scheduler in its own
process, and each report into the store, as in a real grading; only the grading is left out. Its
time is an option, as `fleet_proof.py` measures it. A model then estimates the time for a class of
100,000 on 1 to 500 workers.
"""

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import dask
import psutil
from distributed import Client
from distributed.client import Future, as_completed
from empty_tasks import KIB, make_report, make_submission, run_empty
from fleet_proof import BLANKS, ROOT, free_port, kill_family, start_dask
from simulated_class import write_class

from autograder.collecting.submission import read_submission
from autograder.fleet.cluster import SETTINGS
from autograder.grading.report import Report
from autograder.reports import Grading, ReportStore

CLASS = 100_000
WORKERS = (1, 2, 10, 25, 50, 100, 200, 500)


@dataclass(frozen=True)
class Costs:
    """Costs of a submission, without its grading.

    Parameters
    ----------
    grader, scheduler, worker : float
        Seconds of processor time in each process.
    rate : float
        Tasks per second that were measured.
    """

    grader: float
    scheduler: float
    worker: float
    rate: float


def main() -> None:
    """Measure the parts, send the tasks, print the model."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=50_000)
    parser.add_argument("--window", type=int, default=256, help="tasks in progress at once")
    parser.add_argument(
        "--work", type=float, default=1.0, help="seconds that grading takes a worker"
    )
    parser.add_argument(
        "--start", type=float, default=2.0, help="seconds until a worker has started"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dasecv-limits-") as name:
        folder = Path(name)
        read = measure_reading(folder / "class")
        print(f"reading a submission: {1e3 * read:.2f} ms")
        print(f"keeping a report: {1e3 * measure_keeping(ReportStore(folder / 'one.db')):.2f} ms")
        costs = measure(ReportStore(folder / "reports.db"), given.tasks, given.window)
        size = (folder / "reports.db").stat().st_size / given.tasks
        print(f"store: {size / KIB:.1f} KiB a report")
    print_model(costs, read, given.work, given.start)


def measure_reading(folder: Path) -> float:
    """Median seconds to read a submission."""
    seconds = []
    for member in write_class(ROOT, 100, folder, BLANKS["Dropout"]):
        if member.kind == "odd":
            continue
        began = time.perf_counter()
        read_submission(member.path, ["daseCV/layers.py"], []).digest()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def measure_keeping(store: ReportStore, times: int = 300) -> float:
    """Median seconds to keep a report."""
    seconds = []
    for number in range(times):
        began = time.perf_counter()
        keep(store, number, make_report(number))
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def keep(store: ReportStore, number: int, report: Report) -> None:
    key = f"{number:064}"
    store.put(key, report, [Grading("a", "v", f"s{number}", key, key, "/")])


def measure(store: ReportStore, tasks: int, window: int) -> Costs:
    """Send the tasks through a scheduler and a worker; return what each process spends."""
    os.environ["PYTHONPATH"] = str(Path(__file__).parent)  # where the worker finds the task
    address = f"tcp://127.0.0.1:{free_port()}"
    scheduler = start_dask(
        "dask_scheduler", "--host", "127.0.0.1", "--port", address.rpartition(":")[2],
        "--no-dashboard",
    )  # fmt: skip
    worker = start_dask("dask_worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny")
    processes = {
        "grader": psutil.Process(os.getpid()),
        "scheduler": psutil.Process(scheduler.pid),
        "worker": psutil.Process(worker.pid),
    }
    try:
        with dask.config.set(SETTINGS), Client(address, timeout=60) as client:
            client.wait_for_workers(1, timeout=60)
            before = {name: processor_time(process) for name, process in processes.items()}
            rate = send_all(client, store, tasks, window, processes)
            spent = {n: (processor_time(p) - before[n]) / tasks for n, p in processes.items()}
    finally:
        kill_family(worker)
        kill_family(scheduler)
    for name, seconds in spent.items():
        print(f"{name}: {1e3 * seconds:.2f} ms of processor time a task")
    return Costs(**spent, rate=rate)


def processor_time(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def send_all(
    client: Client,
    store: ReportStore,
    tasks: int,
    window: int,
    processes: dict[str, psutil.Process],
) -> float:
    """Send tasks, a window at a time, and keep their reports; return tasks per second."""
    began = time.monotonic()
    numbers = iter(range(tasks))
    running = as_completed(submit(client, n) for n in [next(numbers) for _ in range(window)])
    for finished, future in enumerate(running, start=1):
        number, report = future.result()
        keep(store, number, report)
        future.release()
        following = next(numbers, None)
        if following is not None:
            running.add(submit(client, following))
        if finished % (tasks // 10) == 0:
            rate = finished / (time.monotonic() - began)
            memory = [f"{n} {p.memory_info().rss / 2**20:.0f}" for n, p in processes.items()]
            print(f"{finished:6} tasks, {rate:.0f} a second, MiB: {', '.join(memory)}", flush=True)
    return tasks / (time.monotonic() - began)


def submit(client: Client, number: int) -> Future:
    return client.submit(
        run_empty, make_submission(number), number, key=f"task-{number}", pure=False
    )


def print_model(costs: Costs, read: float, work: float, start: float) -> None:
    """Print how long a class of 100,000 takes, from the costs of a submission.

    Workers share their work; only the grader reads, sends and keeps, and only the scheduler hands
    out. The slowest of the three sets the pace.
    """
    grader = costs.grader + read
    print(f"\n{CLASS} submissions of {work} s; each costs the grader {1e3 * grader:.1f} ms,")
    print(
        f"the scheduler {1e3 * costs.scheduler:.1f} ms, and its worker {1e3 * costs.worker:.1f} ms."
    )
    print(f"Pace: at most {1 / max(grader, costs.scheduler):.0f} a second.")
    print("| workers | time | a second | workers' use | grader's | scheduler's |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for workers in WORKERS:
        each = (work + costs.worker) / workers
        pace = max(each, grader, costs.scheduler)
        minutes = (start + CLASS * pace) / 60
        shares = (each / pace, grader / pace, costs.scheduler / pace)
        used = " | ".join(f"{share:.0%}" for share in shares)
        print(f"| {workers} | {format_minutes(minutes)} | {1 / pace:.0f} | {used} |")


def format_minutes(minutes: float) -> str:
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


if __name__ == "__main__":
    main()
