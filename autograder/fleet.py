"""Grade many submissions: look up what is known, grade the rest side by side, keep every report."""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import daseCV
from daseCV import data_utils
from daseCV.profile import profile
from daseCV.synthetic import synthetic_cifar10_dir

from .checks import CHECKS
from .course import Course
from .environment import StudentEnvironment, student_environment
from .grading.grade import Grader
from .grading.report import Report
from .grading.submission import Refused, Submission, read_submission
from .release.build import PACKAGE
from .release.languages import canonical
from .release.notebooks import is_nbgrader, read_notebook
from .reports import ReportStore
from .sandbox import Sandbox, SandboxError, exposes, find_sandbox

GRADER = Path(__file__).parent
REFERENCE = Path(daseCV.__file__).parent


@dataclass(frozen=True)
class Done:
    """A submission and its report.

    Parameters
    ----------
    path : Path
    report : Report
    known : bool
        Whether it was in the store already.
    """

    path: Path
    report: Report
    known: bool


class Fleet:
    """Grades the submissions of one assignment.

    Parameters
    ----------
    course : Course
    assignment : str
    sandbox : Sandbox, optional
        Default: the best that works here.
    say : callable
        Gets a line before something that takes long.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        sandbox: Sandbox | None = None,
        say: Callable[[str], object] = print,
    ) -> None:
        self.course, self.assignment = course, assignment
        self.store = ReportStore(course.folder / "reports.db")
        source = course.source(assignment)
        self.notebooks = canonical(source)
        graded = points_of(source)
        self.grader = Grader(
            source=source,
            environment=student_environment(source, say),
            sandbox=sandbox or find_sandbox(),
            secret=course.secret,
            policy=course.policy,
            run_notebooks=course.notebooks == "run",
            data=images_folder(),
            checks=tuple(name for name in CHECKS if name in graded),
        )
        refuse_exposed(self.grader.environment)
        self.given = {
            name: path.read_bytes()
            for path in sorted((source / PACKAGE).rglob("*.py"))
            if (name := path.relative_to(source).as_posix()) not in course.student_owned
        }
        self.version = self._version()

    def grade(
        self, paths: Iterable[Path], jobs: int | None = None, regrade: bool = False
    ) -> Iterator[Done]:
        """Grade submissions and keep their reports, in the order in which they finish."""
        waiting: dict[str, list[Path]] = {}
        todo: dict[str, Submission] = {}
        for path in paths:
            try:
                submission = self.read(path)
            except Refused as error:
                yield Done(path, Report("refused", notes=(str(error),)), known=False)
                continue
            key = self.key(submission)
            report = None if regrade else self.store.get(key)
            if report is not None:
                yield Done(path, report, known=True)
                continue
            todo[key] = submission
            waiting.setdefault(key, []).append(path)
        for key, report in self._grade(todo, jobs or os.cpu_count() or 1):
            self.store.put(key, report)
            for path in waiting[key]:
                yield Done(path, report, known=False)

    def look_up(self, path: Path) -> Report | None:
        """The report of a submission, if it has one."""
        try:
            return self.store.get(self.key(self.read(path)))
        except Refused as error:
            return Report("refused", notes=(str(error),))

    def read(self, path: Path) -> Submission:
        return read_submission(path, self.course.student_owned, self.notebooks, self.given)

    def points(self) -> dict[str, float]:
        """The points of each check, from its cell in the source."""
        return points_of(self.grader.source)

    def key(self, submission: Submission) -> str:
        """What a report follows from."""
        return hashlib.sha256(f"{submission.digest()} {self.version}".encode()).hexdigest()

    def _grade(self, todo: dict[str, Submission], jobs: int) -> Iterator[tuple[str, Report]]:
        if len(todo) < 2 or jobs < 2:
            for key, submission in todo.items():
                yield key, self.grader.grade(submission)
            return
        with ProcessPoolExecutor(min(jobs, len(todo)), mp_context=get_context("spawn")) as pool:
            running = {
                pool.submit(self.grader.grade, submission): key for key, submission in todo.items()
            }
            for future in as_completed(running):
                try:
                    yield running[future], future.result()
                except BrokenProcessPool as error:  # killed from outside: for the next run
                    problem = f"the process that graded it ended: {error}"
                    yield running[future], Report("infrastructure", notes=(problem,))

    def _version(self) -> str:
        """A name for everything else that a mark follows from."""
        key = hashlib.sha256(self.course.secret)
        settings = (
            f"{self.assignment} {self.course.notebooks} {self.course.policy} {profile()} "
            f"{self.grader.sandbox.name}"
        )
        key.update(settings.encode())
        for folder in (self.grader.source, GRADER, REFERENCE):
            for path in sorted(folder.rglob("*")):
                if path.suffix in (".py", ".pyx", ".c", ".h", ".json", ".ipynb", ".txt"):
                    if "__pycache__" in path.parts or path.name == "im2col_cython.c":
                        continue
                    key.update(path.relative_to(folder).as_posix().encode() + b"\0")
                    key.update(path.read_bytes())
        return key.hexdigest()


def points_of(source: Path) -> dict[str, float]:
    """The points of each check that an assignment's notebooks ask; texts are graded by hand."""
    return {
        cell.metadata.nbgrader.grade_id: float(cell.metadata.nbgrader.points)
        for path in sorted(source.glob("*.ipynb"))
        for cell in read_notebook(path).cells
        if is_nbgrader(cell) and cell.metadata.nbgrader.get("grade") and cell.cell_type == "code"
    }


def refuse_exposed(environment: StudentEnvironment) -> None:
    """Insist that the reference does not stand where student code could read it.

    Raises
    ------
    SandboxError
        Naming the folder.
    """
    for package in (GRADER, REFERENCE):
        folder = exposes(environment.python, package)
        if folder is not None:
            raise SandboxError(
                f"{package} holds the reference, and workers see all of {folder}: nothing is "
                "graded. Install the grader in a virtual environment: python -m venv venv"
            )


def images_folder() -> Path | None:
    """The images that notebooks see: the real ones, or the synthetic ones that stand in."""
    return data_utils.find_CIFAR10() or synthetic_cifar10_dir()
