"""What grading costs: the worker, its round trip, all hidden checks, and nbgrader alone beside us.

    python benchmarks/grading.py            # writes docs/grading_cost.md

The submission is the reference itself, the profile is quick. Pairs run one after the other, so that
a machine whose speed drifts changes both sides alike.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from measure import seconds

from autograder.checks import CHECKS
from autograder.course import init_course, read_course
from autograder.demo import CLASS, hand_in
from autograder.fleet import Fleet
from autograder.grading.assemble import assemble
from autograder.sandbox import find_sandbox
from autograder.worker.client import Waiting, Worker
from daseCV.profile import VARIABLE

ROOT = Path(__file__).resolve().parent.parent
NAME = "ConvolutionalNetworks"
TRAINING = ("cnn_overfit", "cnn_one_epoch")
STUDENTS = 2  # of the class that both graders grade

STOCK = """
del c.Autograde.exporter_class
c.Autograde.autograde_preprocessors = [
    "nbgrader.preprocessors.Execute", *c.Autograde.autograde_preprocessors[1:]
]
c.Execute.timeout = 1800
"""


def main() -> None:
    """Measure everything and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    os.environ[VARIABLE] = "quick"
    with tempfile.TemporaryDirectory(prefix="dasecv-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        figures = {**worker_costs(folder, rounds), **class_costs(folder)}
    page = PAGE.format(**figures)
    (ROOT / "docs" / "grading_cost.md").write_text(page, encoding="utf-8")
    print(page)


def worker_costs(folder: Path, rounds: int) -> dict[str, float]:
    """Start, round trip and all hidden checks but training, in both tiers."""
    init_course(ROOT, folder / "course")
    course = replace(read_course(folder / "course"), notebooks="skip")
    submission = hand_in(ROOT, CLASS[0], folder)
    figures: dict[str, float] = {}
    for tier in ("bubblewrap", "landlock"):
        fleet = Fleet(course, NAME, find_sandbox(tier))
        grader, read = fleet.grader, fleet.read(submission)
        tree = folder / tier
        tree.mkdir()
        trees = assemble(grader.source, read.owned, grader.environment.kernels, tree)

        def worker() -> Worker:
            return Worker(Waiting(grader.sandbox, grader.environment), trees.blanks)

        python = [str(grader.environment.python), "-I", "-c", "import numpy"]
        subprocess.run(python, check=True)
        worker().close()
        bare, start = [], []
        for _ in range(rounds):
            bare.append(seconds(lambda: subprocess.run(python, check=True)))
            began = time.perf_counter()
            one = worker()
            start.append(time.perf_counter() - began)
            one.close()
        x = np.ones((2, 3, 8, 8))
        with worker() as one:
            one.call("layers:relu_forward", x)
            trips = [seconds(lambda: one.call("layers:relu_forward", x)) for _ in range(200)]
        checks = tuple(name for name in CHECKS if name not in TRAINING)
        asking = replace(grader, checks=checks)
        reports = [asking.grade(read) for _ in range(5)]
        assert all(report.share(name) == 1 for report in reports for name in checks)
        figures[f"{tier}_bare"] = 1e3 * statistics.median(bare)
        figures[f"{tier}_start"] = 1e3 * statistics.median(start)
        figures[f"{tier}_over"] = 1e3 * statistics.median(np.subtract(start, bare).tolist())
        figures[f"{tier}_trip"] = 1e3 * statistics.median(trips)
        figures[f"{tier}_checks"] = statistics.median(report.seconds for report in reports)
    return figures


def class_costs(folder: Path) -> dict[str, float]:
    """`nbgrader autograde` of the same class: alone, ours with notebooks run, ours without."""
    times = {}
    for kind in ("stock", "run", "skip"):
        course = folder / kind
        init_course(ROOT, course)
        settings = course / "dasecv.json"
        if kind == "skip":
            settings.write_text(settings.read_text().replace('"run"', '"skip"'))
        if kind == "stock":
            with (course / "nbgrader_config.py").open("a") as config:
                config.write(STOCK)
        for number in range(STUDENTS):
            one = replace(CLASS[0], student=f"student{number}")
            submission = hand_in(ROOT, one, course / "zips")
            target = course / "submitted" / one.student / NAME
            shutil.unpack_archive(submission, target)
            with (target / "daseCV" / "layers.py").open("a") as file:  # no two alike
                file.write(f"\n# {one.student}\n")
            if kind == "stock":  # alone, it grades with kernels that are not built
                for built in (ROOT / "daseCV").glob("*.so"):
                    shutil.copy(built, target / "daseCV")
        nbgrader(course, "generate_assignment", NAME)
        times[kind] = seconds(lambda: nbgrader(course, "autograde", NAME)) / STUDENTS
    return times


def nbgrader(course: Path, *arguments: str) -> None:
    """Run one of nbgrader's commands in a course."""
    variables = os.environ | {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.defpath])
    }
    subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=course,
        env=variables,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


PAGE = """# What grading costs

Written by `make bench-grading`; do not edit. The submission is the reference itself, on the quick
profile; medians; two processors.

| | bubblewrap | Landlock |
| --- | --- | --- |
| `python -c "import numpy"` | {bubblewrap_bare:.0f} ms | {landlock_bare:.0f} ms |
| a worker, from nothing to ready | {bubblewrap_start:.0f} ms | {landlock_start:.0f} ms |
| more than the bare start, in pairs | {bubblewrap_over:.0f} ms | {landlock_over:.0f} ms |
| one question and its answer | {bubblewrap_trip:.2f} ms | {landlock_trip:.2f} ms |
| all hidden checks but training | {bubblewrap_checks:.2f} s | {landlock_checks:.2f} s |

`nbgrader autograde`, seconds for each of two submissions, training included:

| nbgrader alone | ours, notebooks run | ours, notebooks skipped |
| --- | --- | --- |
| {stock:.1f} | {run:.1f} | {skip:.1f} |

Alone, nbgrader runs the notebook once, outside of any sandbox, and believes what it prints. Ours
asks the hidden checks, trains a second time for the mark, and runs the notebook in the sandbox for
the feedback.
"""


if __name__ == "__main__":
    main()
