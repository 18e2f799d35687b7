"""Where submissions are graded: in this process, or on a Dask cluster (`cluster`).

Both take submissions, and return a report for each, in the order in which they finish.
"""

import io
from contextlib import redirect_stdout
from dataclasses import dataclass
from typing import Protocol

from daseCV.errors import DaseCVError

from ..collecting.submission import Submission
from ..grading.grade import Grader
from ..grading.report import Report


@dataclass(frozen=True)
class Task:
    """A submission to grade, and how: see `Grader.grade`."""

    submission: Submission
    previous: Report | None = None
    again: tuple[str, ...] = ()
    defer_training: bool = False

    def grade_with(self, grader: Grader) -> Report:
        """Grade it; an exception concerns this submission alone, and stops no other."""
        with redirect_stdout(io.StringIO()):  # the library's messages for students
            try:
                return grader.grade(self.submission, self.previous, self.again, self.defer_training)
            except (DaseCVError, OSError):  # the machine's fault: the run stops
                raise
            except Exception as error:
                return failed_report(error)


def failed_report(error: Exception) -> Report:
    """The report of a submission on which the grader failed: no mark yet."""
    return Report("infrastructure", notes=(f"{type(error).__name__}: {str(error)[:200]}",))


class EngineError(DaseCVError):
    """The cluster is no longer reachable; finished reports are kept."""


class Engine(Protocol):
    """Grades submissions that are queued."""

    @property
    def full(self) -> bool:
        """Whether to fetch a result before submitting more."""

    @property
    def pending(self) -> int:
        """How many submissions have no result yet."""

    def submit(self, key: str, task: Task) -> None:
        """Queue a submission."""

    def result(self) -> tuple[str, Report] | None:
        """Wait for the next result; None if it takes long, to wait again."""

    def close(self) -> None:
        """Drop unfinished submissions."""


class LocalEngine:
    """Grades in this process, one at a time."""

    def __init__(self, grader: Grader) -> None:
        self.grader = grader
        self._waiting: list[tuple[str, Task]] = []

    @property
    def full(self) -> bool:
        return bool(self._waiting)

    @property
    def pending(self) -> int:
        return len(self._waiting)

    def submit(self, key: str, task: Task) -> None:
        self._waiting.append((key, task))

    def result(self) -> tuple[str, Report]:
        key, task = self._waiting.pop(0)
        return key, task.grade_with(self.grader)

    def close(self) -> None:
        self._waiting.clear()
