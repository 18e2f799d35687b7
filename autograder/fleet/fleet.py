"""Decides which submissions to grade, and stores every report before it is used."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from daseCV.language import to_json
from daseCV.profile import profile

from ..checks import CHECKS
from ..collecting.incoming import IncomingSubmission
from ..collecting.names import readable
from ..collecting.submission import RefusedSubmission, Submission, read_submission
from ..collecting.submitted import read_collected
from ..course import SETTINGS, Course
from ..grading.grade import Grader
from ..grading.report import Report
from ..release.blanks import ReleaseError
from ..release.languages import notebook_names
from ..reports import Grading, ReportStore, StoreError
from ..sandbox import Sandbox, find_sandbox
from ..texts import printable, printable_line
from .engines import Engine, LocalEngine, Task, failed_report
from .recipe import Recipe, code_digest, images_in_use, zip_folder


@dataclass(frozen=True)
class GradedSubmission:
    submission: IncomingSubmission
    report: Report
    known: bool  # whether it was in the store already


class Fleet:
    """Grades the submissions of one assignment.

    Parameters
    ----------
    sandbox : Sandbox or str, optional
        A sandbox of this machine, or the name of one on other machines; default: the best that
        works here.
    scheduler : str
        Address of a Dask scheduler; default: this machine grades.
    echo : callable
        Receives a line before anything that takes long.
    """

    def __init__(
        self,
        course: Course,
        assignment: str,
        sandbox: Sandbox | str | None = None,
        echo: Callable[[str], object] = print,
        scheduler: str = "",
    ) -> None:
        self.course, self.assignment, self.scheduler = course, assignment, scheduler
        self.echo = echo
        self.store = ReportStore(course.folder / "reports.db", course.nbgrader.groupshared)
        self.source = course.source(assignment)
        self.notebooks = notebook_names(self.source)
        sandbox = sandbox or find_sandbox()
        self.sandbox = None if isinstance(sandbox, str) else sandbox
        points = course.points(assignment)
        own = tuple(name for name in points if name in course.own_asserts)
        if unknown := [name for name in points if name not in (*CHECKS, *own)]:
            raise ReleaseError(
                f"{assignment}: nothing decides the graded cells {', '.join(unknown)}; write a "
                "hidden check for each, or let its own asserts decide, beside student code: add "
                f'its name to "own_asserts" in {course.folder / SETTINGS}'
            )
        self.recipe = Recipe(
            release=zip_folder(self.source),
            secret=course.secret,
            policy=course.policy,
            notebooks=course.notebooks,
            checks=tuple(name for name in CHECKS if name in points),
            profile=profile().name,
            images=images_in_use(),
            tier=sandbox if isinstance(sandbox, str) else sandbox.name,
            code=code_digest(),
            dropout_p=course.dropout_p,
            own_asserts=own,
        )
        self.released = course.modules(assignment)

    @cached_property
    def grader(self) -> Grader:
        """The grader of this machine; its student environment is built if missing."""
        return self.recipe.grader(self.source, self.sandbox, self.echo)

    def grade(
        self,
        submissions: Iterable[IncomingSubmission],
        jobs: int | None = None,
        regrade: bool = False,
        again: Sequence[str] = (),
        defer_training: bool = False,
    ) -> "Run":
        """Grade submissions and store their reports; iterate over the results as they finish.

        Only submissions that are being graded are in memory.

        Parameters
        ----------
        jobs : int, optional
            Parallel jobs on this machine; default: one for each processor if notebooks are run,
            else half as many, since the next worker starts while one works.
        regrade : bool
            Also grade submissions that have a report.
        again : sequence of str
            Repeat only these checks where an earlier version of the grader has a report of the same
            content; the other outcomes are kept.
        defer_training : bool
            Defer the checks that train; there is no mark until a run without this option.

        Raises
        ------
        ValueError
            If the assignment has no such check.
        """
        for name in again:
            if name not in self.recipe.checks:
                raise ValueError(
                    f"got check {name!r}, expected of: {', '.join(self.recipe.checks)}"
                )
        if not jobs:
            processors = os.cpu_count() or 1
            jobs = processors if self.recipe.notebooks != "skip" else max(processors // 2, 1)
        regrade = regrade or bool(again)
        return Run(self, list(submissions), jobs, regrade, tuple(again), defer_training)

    def look_up(self, incoming: IncomingSubmission) -> Report | None:
        """The complete report of a submission, if any; it becomes its last grading."""
        try:
            grading = self.grading(incoming, self.read(incoming.path))
        except RefusedSubmission as error:
            return Report("refused", notes=(error.problem,))
        report = self.store.get(grading.key)
        if report is None or report.status == "put off":
            return None
        self.store.note(grading)
        return report

    def read(self, path: Path) -> Submission:
        return read_submission(
            path, self.course.student_owned, self.notebooks, self.released, self.course.assignments
        )

    def key_of(self, digest: str) -> str:
        return hashlib.sha256(f"{digest} {self.recipe.version}".encode()).hexdigest()

    def grading(self, incoming: IncomingSubmission, submission: Submission | Report) -> Grading:
        """The store's record of a student's report, also of a submission that was not read."""
        if isinstance(submission, Report):
            known, doubts = f"{submission.status} {submission.notes}", submission.notes
            digest = hashlib.sha256(printable(known).encode()).hexdigest()
        else:
            digest, doubts = submission.digest(), submission.doubts
        own = self.course.directory("submitted", incoming.student, self.assignment)
        if incoming.path.resolve() == own.resolve():
            incoming = read_collected(incoming)
        return Grading(
            assignment=self.assignment,
            version=self.recipe.version,
            student=printable_line(incoming.student),
            key=self.key_of(digest),
            digest=digest,
            path=readable(incoming.path),
            handed_in=incoming.at,
            late=incoming.late,
            platform_id=printable_line(incoming.id),
            doubts=json.dumps([*map(to_json, dict.fromkeys((*incoming.doubts, *doubts)))]),
            platform=incoming.platform,
            attempt=incoming.attempt,
        )

    def engine(self, jobs: int) -> Engine:
        """Start what grades: this process, or a cluster."""
        if self.scheduler or jobs > 1:
            if not self.scheduler:
                self.grader.environment  # noqa: B018 - built once here, not by each process
            from .cluster import Cluster  # Dask takes half a second to import

            return Cluster(self.recipe, jobs, self.scheduler, self.echo)
        return LocalEngine(self.grader)


@dataclass
class Run:
    """One grading of many submissions."""

    fleet: Fleet
    submissions: Sequence[IncomingSubmission]
    jobs: int
    regrade: bool
    again: tuple[str, ...] = ()
    defer_training: bool = False
    waiting: dict[str, list[tuple[IncomingSubmission, Grading]]] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    engine: Engine | None = None
    stopped: bool = False

    def __iter__(self) -> Iterator[GradedSubmission]:
        """Results as they are looked up, refused or graded."""
        fleet = self.fleet
        points = fleet.course.points(fleet.assignment)
        fleet.store.note_points(fleet.assignment, fleet.recipe.version, points)
        try:
            for incoming in self.submissions:
                if not self.stopped:
                    yield from self.look_up_or_send(incoming)
            while self.running and not self.stopped:
                yield from self.keep_next_report()
        finally:
            if self.engine is not None:
                self.engine.close()
                self.engine = None

    @property
    def running(self) -> int:
        """How many different submissions are being graded, or queued."""
        return 0 if self.engine is None else self.engine.pending

    def stop(self) -> None:
        """End soon; submissions being graded are dropped, finished reports are kept."""
        self.stopped = True

    def look_up_or_send(self, incoming: IncomingSubmission) -> Iterator[GradedSubmission]:
        """Look a submission up, or send it to be graded; yield results that finish meanwhile."""
        try:
            submission = self.fleet.read(incoming.path)
            grading = self.fleet.grading(incoming, submission)
        except RefusedSubmission as error:
            yield self.keep_unread(incoming, Report("refused", notes=(error.problem,)))
            return
        except (OSError, MemoryError) as error:  # not the student's fault: no mark, and no zero
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            problem = f"{incoming.came_from} cannot be read: {why}"
            yield self.keep_unread(incoming, Report("infrastructure", notes=(problem,)))
            return
        except Exception as error:  # of this one submission
            yield self.keep_unread(incoming, failed_report(error))
            return
        known = None
        if not self.regrade or grading.key in self.fresh:
            known = self.fleet.store.get(grading.key)
        if known is not None and (known.status != "put off" or self.defer_training):
            self.fleet.store.note(grading)
            yield GradedSubmission(incoming, known, known=True)
            return
        new = grading.key not in self.waiting
        self.waiting.setdefault(grading.key, []).append((incoming, grading))
        if new:
            engine = self.start_engine()
            if self.again:
                known = self.fleet.store.latest(grading.assignment, grading.digest)
            task = Task(submission, known, self.again, self.defer_training)
            engine.submit(grading.key, task)
            while engine.full and not self.stopped:
                yield from self.keep_next_report()

    def keep_unread(self, incoming: IncomingSubmission, report: Report) -> GradedSubmission:
        """Store the reason why a submission is not graded."""
        grading = self.fleet.grading(incoming, report)
        self.fleet.store.put(grading.key, report, [grading])
        return GradedSubmission(incoming, report, known=False)

    def keep_next_report(self) -> Iterator[GradedSubmission]:
        """Store the next report, if any, and then yield it for each of its students."""
        result = self.start_engine().result()
        if result is None:
            return
        key, report = result
        whose = self.waiting.pop(key)
        gradings = [grading for _, grading in whose]
        try:
            self.fleet.store.put(key, report, gradings)
        except StoreError:
            raise
        except Exception as error:  # one bad report stops no other
            report = failed_report(error)
            self.fleet.store.put(key, report, gradings)
        self.fresh.add(key)
        for incoming, _ in whose:
            yield GradedSubmission(incoming, report, known=False)

    def start_engine(self) -> Engine:
        """The engine; it starts with the first submission that has no report."""
        if self.engine is None:
            jobs = min(self.jobs, len(self.submissions))  # for one, this process is enough
            self.engine = self.fleet.engine(jobs)
        return self.engine
