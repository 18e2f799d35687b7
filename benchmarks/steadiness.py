"""Grade one submission many times, alone and on a busy machine, and require equal reports.

    python benchmarks/steadiness.py            # prints a table, in about half an hour

The submission has three mistakes, so that there is something to explain and to spare. Each grading
starts its own workers. Marks, outcomes, blamed blanks, hints and reasons must always be the same.
"""

import argparse
import multiprocessing
import os
import statistics
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from measure import time_call

from autograder.checks import CHECKS
from autograder.collecting.submission import Submission
from autograder.course import init_course, read_course
from autograder.demo import CLASS
from autograder.fleet import Fleet
from autograder.grading.report import Report
from autograder.hints.plant import plant
from daseCV.profile import VARIABLE

ROOT = Path(__file__).resolve().parent.parent
NAME = "ConvolutionalNetworks"
LAYERS = "daseCV/layers.py"
RELU = ("dx = dout * (x > 0)", "dx = dout * (x < 0)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=30, help="gradings on each machine")
    parser.add_argument("--without-epoch", action="store_true", help="leave cnn_one_epoch out")
    asked = parser.parse_args()
    times = asked.times
    os.environ[VARIABLE] = "quick"
    with tempfile.TemporaryDirectory(prefix="dasecv-steady-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        init_course(ROOT, folder / "course")
        fleet = Fleet(read_course(folder / "course"), NAME, echo=lambda line: None)
        if asked.without_epoch:
            checks = tuple(name for name in CHECKS if name != "cnn_one_epoch")
            fleet.grader = replace(fleet.grader, checks=checks)
        submission = make_submission(fleet)
        print("| machine | gradings | different reports | mark | seconds, median (min to max) |")
        print("| --- | --- | --- | --- | --- |")
        reports = [grade_repeatedly("alone", fleet, submission, times)]
        with keep_busy(os.cpu_count() or 1):
            reports.append(grade_repeatedly("all processors kept busy", fleet, submission, times))
    if len(reports[0] | reports[1]) > 1:
        sys.exit("the reports differ")


def make_submission(fleet: Fleet) -> Submission:
    """The reference with three mistakes of the simulated class, and one in ReLU."""
    owned = {name: (ROOT / name).read_text() for name in fleet.course.student_owned}
    for student in CLASS:
        for mistake in student.mistakes if student.student in ("dana", "emre") else ():
            owned[LAYERS] = plant(owned[LAYERS], mistake)
    before, after = RELU
    assert before in owned[LAYERS], before
    owned[LAYERS] = owned[LAYERS].replace(before, after)
    return Submission("steady", {name: text.encode() for name, text in owned.items()}, {})


def grade_repeatedly(
    machine: str, fleet: Fleet, submission: Submission, times: int
) -> Counter[str]:
    """Grade repeatedly, and print a line of the table."""
    reports: list[Report] = []
    took = [time_call(lambda: reports.append(fleet.grader.grade(submission))) for _ in range(times)]
    kinds = Counter(str([replace(check, seconds=0.0) for check in r.checks]) for r in reports)
    points = fleet.course.points(NAME)
    marks = sorted({sum(r.share(name) * p for name, p in points.items()) for r in reports})
    print(
        f"| {machine} | {times} | {len(kinds)} | {', '.join(f'{mark:g}' for mark in marks)} | "
        f"{statistics.median(took):.1f} ({min(took):.1f} to {max(took):.1f}) |",
        flush=True,
    )
    return kinds


def keep_busy(count: int) -> ExitStack:
    """Start processes that compute until the end of the block."""
    stack = ExitStack()
    for _ in range(count):
        process = multiprocessing.Process(target=spin, daemon=True)
        process.start()
        stack.callback(process.kill)
    return stack


def spin() -> None:
    while True:
        pass


if __name__ == "__main__":
    main()
