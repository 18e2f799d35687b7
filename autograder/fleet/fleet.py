"""Decides which submissions are to be graded, and keeps every report before it counts."""

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
from ..collecting.handed_in import HandedIn
from ..collecting.names import readable
from ..collecting.submission import Refused, Submission, read_submission
from ..collecting.submitted import read_collected
from ..course import SETTINGS, Course
from ..grading.grade import Grader
from ..grading.report import Report
from ..release.blanks import ReleaseError
from ..release.languages import canonical
from ..reports import Grading, ReportStore, StoreError
from ..sandbox import Sandbox, find_sandbox
from ..texts import printable, printable_line
from .engines import Engine, LocalEngine, Task, failed_report
from .recipe import Recipe, code_digest, images_in_use, zip_folder


@dataclass(frozen=True)
class Done:
    """A submission and its report."""

    handed_in: HandedIn
    report: Report
    known: bool  # whether it was in the store already


class Fleet:
    """Grades the submissions of one assignment.

    Parameters
    ----------
    sandbox : Sandbox or str, optional
        A sandbox of this machine, or the name of one that other machines have; default: the best
        that works here.
    scheduler : str
        Address of a Dask scheduler; default: this machine grades.
    echo : callable
        Gets a line before something that takes long.
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
        self.notebooks = canonical(self.source)
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
        """The grader of this machine; its student environment is built where it is missing."""
        return self.recipe.grader(self.source, self.sandbox, self.echo)

    def grade(
        self,
        handed_in: Iterable[HandedIn],
        jobs: int | None = None,
        regrade: bool = False,
        again: Sequence[str] = (),
        defer_training: bool = False,
    ) -> "Run":
        """Grade submissions and keep their reports; to be iterated over, as they finish.

        No more of them are in memory than are being graded.

        Parameters
        ----------
        jobs : int, optional
            Side by side on this machine; default: one for each processor where notebooks are run,
            half as many where they are not, since the next worker starts beside the one at work.
        regrade : bool
            Grade what has a report, too.
        again : sequence of str
            Ask these checks alone, wherever an earlier version of the grader has made a report of
            the same content; of the others its outcome is kept.
        defer_training : bool
            Put off the checks that train; there is no mark until a run without it asks them.

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
        return Run(self, list(handed_in), jobs, regrade, tuple(again), defer_training)

    def look_up(self, one: HandedIn) -> Report | None:
        """The whole report of a submission, if there is one: its last grading from now on."""
        try:
            grading = self.grading(one, self.read(one.path))
        except Refused as error:
            return refused_report(error)
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

    def grading(self, one: HandedIn, submission: Submission | Report) -> Grading:
        """The store's note of whose a report is: of a submission, or of one that was not read."""
        if isinstance(submission, Report):
            known, doubts = f"{submission.status} {submission.notes}", submission.notes
            digest = hashlib.sha256(printable(known).encode()).hexdigest()
        else:
            digest, doubts = submission.digest(), submission.doubts
        own = self.course.directory("submitted", one.student, self.assignment)
        if one.path.resolve() == own.resolve():
            one = read_collected(one)
        return Grading(
            assignment=self.assignment,
            version=self.recipe.version,
            student=printable_line(one.student),
            key=self.key_of(digest),
            digest=digest,
            path=readable(one.path),
            handed_in=one.at,
            late=one.late,
            platform_id=printable_line(one.id),
            doubts=json.dumps([to_json(doubt) for doubt in dict.fromkeys((*one.doubts, *doubts))]),
            platform=one.platform,
            attempt=one.attempt,
        )

    def note_points(self) -> None:
        """Note what each check is worth in this version, for `dasecv compare`."""
        maxima = self.course.points(self.assignment)
        self.store.note_points(self.assignment, self.recipe.version, maxima)

    def engine(self, jobs: int) -> Engine:
        """What grades."""
        if self.scheduler or jobs > 1:
            if not self.scheduler:
                self.grader.environment  # noqa: B018 - built once here, not by each process
            from .cluster import Cluster  # Dask is half a second of a command that needs none

            return Cluster(self.recipe, jobs, self.scheduler, self.echo)
        return LocalEngine(self.grader)


@dataclass
class Run:
    """One grading of many submissions."""

    fleet: Fleet
    handed_in: Sequence[HandedIn]
    jobs: int
    regrade: bool
    again: tuple[str, ...] = ()
    defer_training: bool = False
    waiting: dict[str, list[tuple[HandedIn, Grading]]] = field(default_factory=dict)
    fresh: set[str] = field(default_factory=set)
    engine: Engine | None = None
    stopped: bool = False

    def __iter__(self) -> Iterator[Done]:
        """Reports as they are known, refused or made."""
        self.fleet.note_points()
        try:
            for one in self.handed_in:
                if not self.stopped:
                    yield from self.look_up_or_send(one)
            while self.running and not self.stopped:
                yield from self.keep_next_report()
        finally:
            if self.engine is not None:
                self.engine.close()
                self.engine = None

    @property
    def running(self) -> int:
        """How many different submissions are being graded, or about to be."""
        return 0 if self.engine is None else self.engine.busy

    def stop(self) -> None:
        """End soon; what is being graded is given up, what is graded is kept."""
        self.stopped = True

    def look_up_or_send(self, one: HandedIn) -> Iterator[Done]:
        """Look a submission up, or send it to be graded; what finishes meanwhile comes out."""
        try:
            submission = self.fleet.read(one.path)
            grading = self.fleet.grading(one, submission)
        except Refused as error:
            yield self.keep_unread(one, refused_report(error))
            return
        except (OSError, MemoryError) as error:  # not the student's fault: no mark, and no zero
            why = getattr(error, "strerror", None) or str(error) or type(error).__name__
            problem = f"{one.came_from} cannot be read: {why}"
            yield self.keep_unread(one, Report("infrastructure", notes=(problem,)))
            return
        except Exception as error:  # of this one submission
            yield self.keep_unread(one, failed_report(error))
            return
        known = None
        if not self.regrade or grading.key in self.fresh:
            known = self.fleet.store.get(grading.key)
        if known is not None and (known.status != "put off" or self.defer_training):
            self.fleet.store.note(grading)
            yield Done(one, known, known=True)
            return
        new = grading.key not in self.waiting
        self.waiting.setdefault(grading.key, []).append((one, grading))
        if new:
            engine = self.start_engine()
            engine.submit(grading.key, self.make_task(submission, grading, known))
            while engine.full and not self.stopped:
                yield from self.keep_next_report()

    def make_task(self, submission: Submission, grading: Grading, previous: Report | None) -> Task:
        """All that is to be asked of a submission, or some of it."""
        if self.again:
            previous = self.fleet.store.latest(grading.assignment, grading.digest)
        return Task(submission, previous, self.again, self.defer_training)

    def keep_unread(self, one: HandedIn, report: Report) -> Done:
        """Keep why nothing of a submission is graded."""
        grading = self.fleet.grading(one, report)
        self.fleet.store.put(grading.key, report, [grading])
        return Done(one, report, known=False)

    def keep_next_report(self) -> Iterator[Done]:
        """Keep the next report, if there is one, and then say whose it is."""
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
        for one, _ in whose:
            yield Done(one, report, known=False)

    def start_engine(self) -> Engine:
        """The engine, which starts with the first submission that has no report."""
        if self.engine is None:
            jobs = min(self.jobs, len(self.handed_in))  # for one, this process is enough
            self.engine = self.fleet.engine(jobs)
        return self.engine


def refused_report(error: Refused) -> Report:
    """The report of an unsafe submission."""
    return Report("refused", notes=(error.problem,))
