"""Grade a simulated class three ways: in parallel, one at a time, and on a dying cluster.

    python benchmarks/fleet_proof.py --count 2000 --jobs 2

An evening's class, with the course's own numbers and the real images in CIFAR10_DIR:

    python benchmarks/fleet_proof.py --count 300 --profile course --ways side-by-side
    (and --assignment ConvolutionalNetworks)

All must give the same marks. On the Dask cluster, a random worker is killed every few seconds and
the scheduler once; still, each submission must be in the store once. Prints the differences.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
from simulated_class import Member, write_class

from autograder.course import init_course
from autograder.reports import ReportStore
from daseCV.profile import VARIABLE

ROOT = Path(__file__).resolve().parent.parent
BLANKS = {
    "Dropout": ("layers.dropout_forward", "layers.dropout_backward"),
    "BatchNormalization": (
        *("layers.batchnorm_forward", "layers.batchnorm_backward", "layers.batchnorm_backward_alt"),
        *("layers.layernorm_forward", "layers.layernorm_backward"),
    ),
    "ConvolutionalNetworks": (
        *("layers.conv_forward_naive", "layers.conv_backward_naive"),
        *("layers.max_pool_forward_naive", "layers.max_pool_backward_naive"),
        *("layers.spatial_batchnorm_forward", "layers.spatial_batchnorm_backward"),
        *("layers.spatial_groupnorm_forward", "layers.spatial_groupnorm_backward"),
        *(f"classifiers.cnn.ThreeLayerConvNet.{name}" for name in ("__init__", "loss")),
    ),
}
Marks = dict[str, tuple[str, tuple[float, ...]]]


def main() -> None:
    """Grade, compare, and print the differences."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--assignment", choices=BLANKS, default="Dropout")
    parser.add_argument("--folder", type=Path, help="keeps everything; default: a temporary folder")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--profile", choices=["quick", "course"], default="quick")
    given = parser.parse_args()
    os.environ[VARIABLE] = given.profile
    folder = given.folder or Path(tempfile.mkdtemp(prefix="dasecv-proof-"))
    members = write_class(ROOT, given.count, folder / "class", BLANKS[given.assignment])
    print(f"{given.count} submissions for {given.assignment}:", describe_kinds(members), flush=True)
    print(f"machine: {os.cpu_count()} processors; everything is in {folder}", flush=True)
    found: dict[str, Marks] = {}
    for way in given.ways:
        course = folder / way
        if not course.exists():
            init_course(ROOT, course)
            (course / "course.secret").write_text("5e" * 32 + "\n")  # the same for all
        began = time.monotonic()
        said = WAYS[way](course, members, given.assignment, given.jobs)
        minutes = (time.monotonic() - began) / 60
        found[way] = read_marks(course, given.assignment)
        rate = len(members) / minutes
        print(f"{way}: {minutes:.1f} min, {rate:.0f} a minute; {said}", flush=True)
        print_lost(found[way], members, way)
        print_differences(found[given.ways[0]], found[way], way)
    print(Counter(status for status, _ in found[given.ways[0]].values()))


def side_by_side(course: Path, members: list[Member], assignment: str, jobs: int) -> str:
    """Run `dasecv grade`, and watch the grader's memory."""
    running = start_grading(course, members, assignment, "--jobs", str(jobs))
    return watch(running, course, assignment)


def one_at_a_time(course: Path, members: list[Member], assignment: str, jobs: int) -> str:
    """Do the same with one job."""
    return watch(start_grading(course, members, assignment, "--jobs", "1"), course, assignment)


def on_dying_cluster(course: Path, members: list[Member], assignment: str, jobs: int) -> str:
    """Grade on a cluster where a process dies every few seconds."""
    address = f"tcp://127.0.0.1:{free_port()}"
    cluster = Cluster(address, jobs)
    running = start_grading(course, members, assignment, "--scheduler", address)
    killer = threading.Thread(target=cluster.kill_at_random, args=(running,), daemon=True)
    killer.start()
    said = watch(running, course, assignment)
    killer.join(30)
    cluster.end()
    return f"{cluster.killed} workers killed, {cluster.restarts} restart of the scheduler; {said}"


WAYS: dict[str, Callable[[Path, list[Member], str, int], str]] = {
    "side-by-side": side_by_side,
    "one-at-a-time": one_at_a_time,
    "dying": on_dying_cluster,
}


class Cluster:
    """A scheduler and workers; like a queueing system, it restarts processes that end."""

    def __init__(self, address: str, jobs: int) -> None:
        self.address, self.killed, self.restarts = address, 0, 0
        self.draw = random.Random(1)
        self.scheduler = self.start_scheduler()
        self.workers = [self.start_worker() for _ in range(jobs)]

    def kill_at_random(self, running: "subprocess.Popen[bytes]") -> None:
        """Kill a worker every three to nine seconds, and the scheduler after half a minute."""
        began = time.monotonic()
        while running.poll() is None:
            time.sleep(self.draw.uniform(3, 9))
            if not self.restarts and time.monotonic() - began > 30:
                self.scheduler.kill()
                self.scheduler.wait()
                self.restarts += 1
                time.sleep(2)
                self.scheduler = self.start_scheduler()
            else:
                victim = self.draw.randrange(len(self.workers))
                kill_family(self.workers[victim])
                self.killed += 1
            self.workers = [
                worker if worker.poll() is None else self.start_worker() for worker in self.workers
            ]

    def start_scheduler(self) -> "subprocess.Popen[bytes]":
        host, port = self.address.removeprefix("tcp://").split(":")
        return start_dask("dask_scheduler", "--host", host, "--port", port, "--no-dashboard")

    def start_worker(self) -> "subprocess.Popen[bytes]":
        options = ("--nthreads", "1", "--no-dashboard", "--no-nanny")
        return start_dask("dask_worker", self.address, *options)

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            kill_family(process)


def start_dask(tool: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start one of Dask's commands, on this machine alone."""
    return subprocess.Popen(
        [sys.executable, "-m", f"distributed.cli.{tool}", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ
        | {"DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "0"},  # see docs/scaling.md
    )


def kill_family(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and its descendants."""
    try:
        family = [*psutil.Process(process.pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        family = []
    process.kill()
    for child in family:
        try:
            child.kill()
        except psutil.NoSuchProcess:
            continue
    process.wait()


def start_grading(
    course: Path, members: list[Member], assignment: str, *options: str
) -> "subprocess.Popen[bytes]":
    """Start `dasecv grade` for the class; its output goes to a log beside the course."""
    log = course.with_suffix(".log").open("ab")
    paths = [str(member.path) for member in members]
    command = ["grade", *paths, "--course", str(course), "--assignment", assignment, *options]
    return subprocess.Popen(
        [sys.executable, "-m", "autograder", *command], stdout=log, stderr=subprocess.STDOUT
    )


def watch(running: "subprocess.Popen[bytes]", course: Path, assignment: str) -> str:
    """Wait for the end; return the grader's peak memory in each fifth of the time."""
    process, memory = psutil.Process(running.pid), []
    while running.poll() is None:
        try:
            memory.append(process.memory_info().rss / 2**20)
        except psutil.NoSuchProcess:
            break
        time.sleep(1)
    fifth = max(1, len(memory) // 5)
    peaks = [max(memory[at : at + fifth]) for at in range(0, len(memory), fifth)][:5]
    said = ", ".join(f"{peak:.0f}" for peak in peaks)
    return f"ended with {running.wait()}; memory of the grader, MiB by fifths: {said}"


def read_marks(course: Path, assignment: str) -> Marks:
    """Read status and shares of all checks, by student."""
    return {
        grading.student: (
            ("open", ())
            if report is None
            else (report.status, tuple(check.share for check in report.checks))
        )
        for grading, report in ReportStore(course / "reports.db").results(assignment)
    }


def print_lost(found: Marks, members: list[Member], way: str) -> None:
    """Print submissions that are missing in the store or have no mark."""
    lost = {member.student for member in members} - set(found)
    without = [student for student, (status, _) in found.items() if status == "open"]
    print(f"    {len(found)} in the store, {len(lost)} lost, {len(without)} without a mark")
    for student in [*sorted(lost), *without][:10]:
        print(f"    {way}: {student}")


def print_differences(expected: Marks, found: Marks, way: str) -> None:
    """Print marks that differ from those of the first way."""
    stories = [
        f"    {way}: {student} got {found.get(student)}, first {expected[student]}"
        for student in expected
        if found.get(student) != expected[student]
    ]
    print(f"    {len(stories)} marks differ", *stories[:10], sep="\n", flush=True)


def describe_kinds(members: list[Member]) -> str:
    counts = Counter(member.kind for member in members)
    return ", ".join(f"{count} {kind}" for kind, count in counts.most_common())


def free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    main()
