"""Where submissions are graded: in this process, or on a Dask cluster (`cluster`).

Either takes submissions, and gives back a report for each, in the order in which they finish.
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
    """What is to be graded: see `Grader.grade`."""

    submission: Submission
    previous: Report | None = None
    again: tuple[str, ...] = ()
    defer_training: bool = False

    def grade_with(self, grader: Grader) -> Report:
        """Grade it; whatever is raised is of this one submission, and stops no other."""
        with redirect_stdout(io.StringIO()):  # what the library says to a student at work
            try:
                return grader.grade(self.submission, self.previous, self.again, self.defer_training)
            except (DaseCVError, OSError):  # of the machine, for which the run stops
                raise
            except Exception as error:
                return failed_report(error)


def failed_report(error: Exception) -> Report:
    """The report of a submission on which the grader failed: no mark yet."""
    return Report("infrastructure", notes=(f"{type(error).__name__}: {str(error)[:200]}",))


class EngineError(DaseCVError):
    """The cluster cannot be reached any more; what was graded is kept."""


class Engine(Protocol):
    """Something that grades."""

    @property
    def full(self) -> bool:
        """Whether it had better be asked for a result before it is given more."""

    @property
    def busy(self) -> int:
        """How many submissions it has not given back."""

    def submit(self, key: str, task: Task) -> None:
        """Take a submission."""

    def result(self) -> tuple[str, Report] | None:
        """Wait for the next that is finished; None where it takes long, to wait again."""

    def close(self) -> None:
        """Give up what is not finished."""


class LocalEngine:
    """Grades in this process, one after the other."""

    def __init__(self, grader: Grader) -> None:
        self.grader = grader
        self._waiting: list[tuple[str, Task]] = []

    @property
    def full(self) -> bool:
        return bool(self._waiting)

    @property
    def busy(self) -> int:
        return len(self._waiting)

    def submit(self, key: str, task: Task) -> None:
        self._waiting.append((key, task))

    def result(self) -> tuple[str, Report]:
        key, task = self._waiting.pop(0)
        return key, task.grade_with(self.grader)

    def close(self) -> None:
        self._waiting.clear()
