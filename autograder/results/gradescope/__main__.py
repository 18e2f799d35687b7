"""Grades one submission on Gradescope, and writes its results.json.

    python -m autograder.results.gradescope SUBMISSION RESULTS

Gradescope starts this as root, in a new container for each submission, which also holds the hidden
checks and the course's secret. Student code runs only in the sandbox's second tier.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from daseCV.data_utils import find_CIFAR10
from daseCV.errors import DaseCVError
from daseCV.language import replace_unencodable
from daseCV.profile import VARIABLE
from daseCV.synthetic import synthetic_cifar10_dir

from ...checks import CHECKS
from ...collecting.submission import RefusedSubmission, read_submission
from ...course import Course, read_course
from ...environment import StudentEnvironment, get_student_environment, refuse_exposed_reference
from ...grading.grade import Grader
from ...grading.report import Report
from ...release.languages import notebook_names
from ...reports import Grading
from ...sandbox import ConfinedProcess, Program, Sandbox, find_sandbox
from ..marks import OPEN, make_marks
from .results import make_results, write_results

ROOT = "DASECV_AUTOGRADER_ROOT"
SETTINGS = "autograder.json"
TIER = "landlock"  # it works in any container
MEMORY = 384 * 2**20  # bytes of one worker; training the best model of FullyConnectedNets takes 330


class NoMarkError(DaseCVError):
    """The grader failed: Gradescope gets no result, and shows that to student and course."""


class MemoryLimitedSandbox:
    """A sandbox with a limit of memory for each program.

    The container's own limit would kill its largest process, which may be the grader, so that the
    student's code would not get the blame.
    """

    def __init__(self, sandbox: Sandbox, memory: int) -> None:
        self.sandbox, self.memory = sandbox, memory
        self.name, self.gaps = sandbox.name, sandbox.gaps

    def start(self, program: Program) -> ConfinedProcess:
        memory = min(program.limits.memory, self.memory)
        return self.sandbox.start(replace(program, limits=replace(program.limits, memory=memory)))


def main(arguments: list[str]) -> int:
    """Grade, or with --prepare build what grading needs."""
    replace_unencodable()
    source = Path(os.environ.get(ROOT, "/autograder")) / "source"
    try:
        settings = json.loads((source / SETTINGS).read_text(encoding="utf-8"))
        os.environ[VARIABLE] = settings["profile"]
        course = read_course(source / "course")
        if arguments == ["--prepare"]:
            prepare(course, settings["assignment"])
            _ = find_CIFAR10() or synthetic_cifar10_dir()  # drawn once, not for each submission
            return 0
        submission, target = map(Path, arguments)
        grade(course, settings, submission, target)
    except (DaseCVError, OSError, ValueError) as error:
        print(f"No mark, for a reason of the autograder's own: {error}", file=sys.stderr)
        return 1
    return 0


def prepare(course: Course, assignment: str) -> tuple[StudentEnvironment, Sandbox]:
    """The student environment and the sandbox; raises if one does not work here."""
    environment = get_student_environment(course.source(assignment), print)
    refuse_exposed_reference(environment)
    return environment, MemoryLimitedSandbox(find_sandbox(TIER), MEMORY)


def grade(course: Course, settings: Mapping[str, Any], submission: Path, target: Path) -> None:
    """Grade a submission and write its results, unless the grader itself failed."""
    assignment = settings["assignment"]
    report = report_of(course, assignment, submission)
    if report.status in OPEN:
        raise NoMarkError(report.failure)
    handed_in, extra = read_submission_metadata(submission.parent / "submission_metadata.json")
    grading = Grading(assignment, "", "student", "", "", str(submission), handed_in)
    marks = make_marks(grading, report, course.points(assignment))
    language = report.language or course.language
    write_results(target, make_results(marks, language, settings["visibility"], extra))


def report_of(course: Course, assignment: str, path: Path) -> Report:
    """Grade a submission by its checks only; its notebook, which decides no mark, is not run."""
    environment, sandbox = prepare(course, assignment)
    source, points = course.source(assignment), course.points(assignment)
    try:
        submission = read_submission(
            path, course.student_owned, notebook_names(source), course.modules(assignment)
        )
    except RefusedSubmission as error:
        return Report("refused", notes=(error.problem,))
    except MemoryError:
        raise NoMarkError(f"{path} cannot be read: out of memory") from None
    grader = Grader(
        source=source,
        environment=environment,
        sandbox=sandbox,
        secret=course.secret,
        policy=course.policy,
        run_notebooks=False,
        checks=tuple(name for name in CHECKS if name in points),
        dropout_p=course.dropout_p,
    )
    return grader.grade(submission)


def read_submission_metadata(path: Path) -> tuple[float | None, dict[str, Any]]:
    """When it was handed in, and how late, from Gradescope's submission_metadata.json."""
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
        created = parse_time(metadata["created_at"])
        due = metadata["assignment"]["due_date"]
        late = 0.0 if due is None else max(0.0, created - parse_time(due))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, {}
    return created, {"late": late > 0, "late_seconds": round(late)}


def parse_time(text: str) -> float:
    """Seconds since 1970 of a time as Gradescope writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
