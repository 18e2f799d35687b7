"""Measure grading: the worker, its round trip, all hidden checks, and a class beside nbgrader.

    python benchmarks/grading.py            # writes docs/grading_cost.md

The submission is the reference itself, the profile is quick. Pairs run one after the other, so that
a drift of the machine's speed affects both.
"""

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from measure import time_call
from throughput import make_table, measure_throughput

from autograder.course import init_course, read_course
from autograder.demo import CLASS, hand_in
from autograder.fleet import Fleet
from autograder.grading.assemble import write_submission
from autograder.grading.report import Report
from autograder.hints import MISTAKES
from autograder.hints.plant import file_of, planted_source
from autograder.sandbox import find_sandbox
from autograder.worker.client import Worker
from daseCV.checks.about import ABOUT
from daseCV.profile import VARIABLE

ROOT = Path(__file__).resolve().parent.parent
NAME = "ConvolutionalNetworks"
TRAINING = ("cnn_overfit", "cnn_one_epoch")


def main() -> None:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--class-rounds", type=int, default=2)
    given = parser.parse_args()
    os.environ[VARIABLE] = "quick"
    with tempfile.TemporaryDirectory(prefix="dasecv-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        figures = measure_worker(folder, given.rounds)
        costs = make_table(measure_throughput(folder / "throughput", given.class_rounds))
        checks = measure_checks(folder)
    page = PAGE.format(**figures, table=costs, checks=checks)
    (ROOT / "docs" / "grading_cost.md").write_text(page, encoding="utf-8")
    print(page)


def measure_worker(folder: Path, rounds: int) -> dict[str, float]:
    """Measure start, round trip and all hidden checks but training, in both tiers."""
    init_course(ROOT, folder / "course")
    course = replace(read_course(folder / "course"), notebooks="skip")
    submission = hand_in(ROOT, CLASS[0], folder)
    figures: dict[str, float] = {}
    for tier in ("bubblewrap", "landlock"):
        fleet = Fleet(course, NAME, find_sandbox(tier))
        grader, read = fleet.grader, fleet.read(submission)
        tree = folder / tier
        tree.mkdir()
        write_submission(read.owned, tree)

        def worker() -> Worker:
            return Worker(grader.pool.start_worker("blanks"), tree)

        python = [str(grader.environment.python), "-I", "-c", "import numpy"]
        subprocess.run(python, check=True)
        worker().close()
        bare, start = [], []
        for _ in range(rounds):
            bare.append(time_call(lambda: subprocess.run(python, check=True)))
            began = time.perf_counter()
            started = worker()
            start.append(time.perf_counter() - began)
            started.close()
        x = np.ones((2, 3, 8, 8))
        with worker() as running:
            running.call("layers:relu_forward", x)
            trips = [time_call(lambda: running.call("layers:relu_forward", x)) for _ in range(200)]
        checks = tuple(name for name in grader.checks if name not in TRAINING)
        asking = replace(grader, checks=checks)
        reports = [asking.grade(read) for _ in range(5)]
        assert all(report.share(name) == 1 for report in reports for name in checks)
        figures[f"{tier}_bare"] = 1e3 * statistics.median(bare)
        figures[f"{tier}_start"] = 1e3 * statistics.median(start)
        figures[f"{tier}_over"] = 1e3 * statistics.median(np.subtract(start, bare).tolist())
        figures[f"{tier}_trip"] = 1e3 * statistics.median(trips)
        figures[f"{tier}_checks"] = statistics.median(report.seconds for report in reports)
    return figures


def measure_checks(folder: Path, rounds: int = 3) -> str:
    """Measure each check, for the reference and for a catalogued mistake in its blanks."""
    course = replace(read_course(folder / "course"), notebooks="skip")
    fleet = Fleet(course, NAME, find_sandbox())
    grader, right = fleet.grader, fleet.read(hand_in(ROOT, CLASS[0], folder))
    grader.grade(right)  # the first grading also makes the reference's runs
    reports = [grader.grade(right) for _ in range(rounds)]
    rows = []
    for name in grader.checks:
        seconds_right = statistics.median(find_seconds(report, name) for report in reports)
        blanks = ABOUT[name].suspects
        mistake = next((m for b in blanks for m in MISTAKES.values() if m.blank == b), None)
        wrong = "-"
        if mistake is not None:
            file = f"daseCV/{file_of(mistake.blank)}"
            text = planted_source(ROOT, mistake).encode()
            owned = replace(right, owned={**right.owned, file: text})
            wrong = f"{find_seconds(grader.grade(owned), name):.2f} s"
        rows.append(f"| `{name}` | {seconds_right:.2f} s | {wrong} |")
    return "\n".join(rows)


def find_seconds(report: Report, name: str) -> float:
    """Seconds that a check took, its explanation included."""
    [found] = [check for check in report.checks if check.name == name]
    return found.seconds


PAGE = """# What grading costs

Written by `make bench-grading`; do not edit. The submission is the reference itself, on the quick
profile. Times are medians, on two processors.

| | bubblewrap | Landlock |
| --- | --- | --- |
| `python -c "import numpy"` | {bubblewrap_bare:.0f} ms | {landlock_bare:.0f} ms |
| a worker, start until ready | {bubblewrap_start:.0f} ms | {landlock_start:.0f} ms |
| its overhead over the bare start, in pairs | {bubblewrap_over:.0f} ms | {landlock_over:.0f} ms |
| one question and its answer | {bubblewrap_trip:.2f} ms | {landlock_trip:.2f} ms |
| all hidden checks except training | {bubblewrap_checks:.2f} s | {landlock_checks:.2f} s |

Seconds of each check, for the reference and for the first catalogued mistake of a blank that it
is about or uses, explained: asked again on public inputs, with the reference's parts in place
of the student's, and for hints.

| check | right | mistaken |
| --- | --- | --- |
{checks}

Seconds per submission for Dropout, from submitted files to marks in nbgrader's gradebook: twenty
right submissions, and twenty mixed ones, most of them with mistakes. The notebook is the course's
own, or a trivial one that only prints a line. In brackets: how many times faster than nbgrader.

| submissions, notebook | nbgrader alone | daseCV, notebooks run | daseCV, notebooks skipped |
| --- | --- | --- | --- |
{table}

Alone, nbgrader runs each notebook once, one after the other, without a sandbox, and trusts its
output. daseCV asks each submission the hidden checks in separate workers, looks for the blanks to
blame and the likely mistake, and runs the notebook in the sandbox for feedback.
"""


if __name__ == "__main__":
    main()
