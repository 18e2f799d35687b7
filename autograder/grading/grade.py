"""Grades one submission: asks every hidden check, runs its notebooks, and makes the report."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from daseCV.language import Message

from ..checks import HiddenCheck
from ..collecting.notebooks import language_of
from ..collecting.own_code import is_extensible
from ..collecting.submission import Submission
from ..environment import StudentEnvironmentError, get_student_environment, refuse_exposed_reference
from ..folders import PACKAGE
from ..release.languages import notebook_names
from ..sandbox import SandboxError
from .assemble import write_submission
from .code_of_blank import code_of
from .execute import execute
from .own_asserts import describe_trust, judge_cells
from .repair import blanks_of, repair
from .report import CheckReport, Report, Status
from .session import Session
from .settings import GradingSettings


@dataclass(frozen=True)
class Grader(GradingSettings):
    """Grades submissions of one assignment."""

    run_notebooks: bool = True  # whether the submission's notebooks are executed, for the feedback
    data: Path | None = None  # the images for notebooks
    notebook_seconds: float = 1800.0
    notebook_profile: str = "quick"  # how much the notebooks' training cells do
    own_asserts: tuple[str, ...] = ()  # grade_ids of cells that the course decides by asserts

    def grade(
        self,
        submission: Submission,
        previous: Report | None = None,
        again: Sequence[str] = (),
        defer_training: bool = False,
    ) -> Report:
        """Grade a submission; never raises for anything that the submission does.

        With a previous report of the same submission, only the checks in `again` are repeated.
        Training can be deferred.
        """
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="dasecv-") as name:
            notes, notebooks = list(submission.notes), {}
            for notebook in notebook_names(self.source):
                handed_in = submission.notebooks.get(notebook)
                repaired, changes = repair(handed_in, self.source / f"{notebook}.ipynb")
                notebooks[notebook] = repaired
                notes += changes
            cells = {k: v for text in notebooks.values() for k, v in blanks_of(text).items()}
            tree = write_submission(submission.owned, Path(name), cells, self.extensible)
            with Session(self, tree) as session:
                known = {} if previous is None else previous_outcomes(previous, again)
                if defer_training:
                    known = {check.name: defer_check(check) for check in self.training} | known
                found = {
                    check.name: session.record_outcome(known[check.name])
                    if check.name in known
                    else session.run(check)
                    for check in sorted(
                        self.hidden_checks.values(), key=lambda check: check.needs_given_layers
                    )
                }
            if previous is not None:
                notebooks, notes = previous.notebooks, list(previous.notes)
            if previous is None or previous.status == "put off":
                notes += self.ask_with_own_numpy(submission.numpy, tree, found)
            checks = tuple(
                attach_code(found[name], check, submission)
                for name, check in self.hidden_checks.items()
            )
            if previous is not None:
                checks += tuple(c for c in previous.checks if c.name in self.own_asserts)
            elif self.run_notebooks or self.own_asserts:
                problems = self.run(submission, notebooks, tree)
                notes += [problem for some in problems.values() for problem in some]
                if self.own_asserts:
                    notes.append(describe_trust(self.own_asserts))
                    ran = [notebooks[name] for name, some in problems.items() if not some]
                    checks += tuple(judge_cells(ran, self.own_asserts))
        return Report(
            status=overall_status(checks),
            checks=checks,
            sandbox=self.sandbox.name,
            notes=tuple(notes),
            notebooks=notebooks,
            seconds=time.monotonic() - started,
            language=next(filter(None, map(language_of, submission.notebooks.values())), ""),
        )

    def ask_with_own_numpy(
        self, numpy: str, tree: Path, found: dict[str, CheckReport]
    ) -> list[Message]:
        """Repeat failed checks with the NumPy version that the submission was written with."""
        lost = [
            name for name, check in found.items() if check.outcome in ("wrong", "partly", "error")
        ]
        if not lost or numpy in ("", self.environment.numpy):
            return []
        ours = self.environment.numpy
        if numpy not in self.by_numpy:
            try:
                environment = get_student_environment(self.source, numpy=numpy)
                refuse_exposed_reference(environment)
                self.by_numpy[numpy] = replace(self, environment=environment)
            except StudentEnvironmentError:
                self.by_numpy[numpy] = None
        grader = self.by_numpy[numpy]
        if grader is None:
            return [
                Message("written with NumPy {own}, graded with NumPy {ours}", own=numpy, ours=ours)
            ]
        mended = []
        with Session(grader, tree) as session:
            for name, check in self.hidden_checks.items():
                again = session.run(check) if name in lost else session.record_outcome(found[name])
                if again.share > found[name].share:
                    found[name] = again
                    mended.append(name)
        if not mended:
            return []
        right = Message(
            "graded with NumPy {own}, which it was written with; NumPy {ours} gives other answers: "
            "{checks}",
            own=numpy,
            ours=ours,
            checks=", ".join(mended),
        )
        return [right]

    @property
    def training(self) -> list[HiddenCheck]:
        """The checks that train networks, which may take minutes each."""
        return [check for check in self.hidden_checks.values() if not check.can_replay]

    @cached_property
    def by_numpy(self) -> dict[str, "Grader | None"]:
        """Graders by NumPy version; None if it cannot be installed."""
        return {}

    @cached_property
    def extensible(self) -> dict[str, bytes]:
        """Given files to which a submission may have added functions."""
        found = {
            path.relative_to(self.source).as_posix(): path.read_bytes()
            for path in (self.source / PACKAGE).rglob("*.py")
        }
        return {name: text for name, text in found.items() if is_extensible(text)}

    def run(
        self, submission: Submission, notebooks: dict[str, str], tree: Path
    ) -> dict[str, list[Message]]:
        """Execute the submitted notebooks; return problems by name."""
        problems: dict[str, list[Message]] = {}
        for name in submission.notebooks:
            try:
                notebooks[name], problems[name] = execute(
                    notebooks[name],
                    (self.pool.given.notebooks, tree),
                    self.sandbox,
                    self.environment,
                    self.data,
                    self.notebook_seconds,
                    name,
                    self.notebook_profile,
                )
            except SandboxError as error:
                if self.own_asserts:  # points depend on it
                    raise
                not_run = Message("the notebook was not run: {error}", error=str(error))
                problems[name] = [not_run]
        return problems


def defer_check(check: HiddenCheck) -> CheckReport:
    """The report of a check that is deferred."""
    later = Message("put off: `dasecv grade` without --defer asks it")
    return CheckReport(check.name, "put off", 0.0, (later,), ("",))


def attach_code(report: CheckReport, check: HiddenCheck, submission: Submission) -> CheckReport:
    """Add the student's code that lost the points to a report."""
    if report.outcome in ("right", "not written", "put off", "infrastructure"):
        return report
    return replace(report, code=code_of(report.blamed or check.blanks, submission.owned))


def previous_outcomes(previous: Report, again: Sequence[str]) -> dict[str, CheckReport]:
    """The outcomes of a report that are not repeated."""
    return {
        check.name: check
        for check in previous.checks
        if check.name not in again and check.outcome not in ("put off", "infrastructure")
    }


def overall_status(checks: tuple[CheckReport, ...]) -> Status:
    """The status of a submission, from its checks."""
    outcomes = {check.outcome for check in checks}
    if "infrastructure" in outcomes:
        return "infrastructure"
    if "put off" in outcomes:
        return "put off"
    if outcomes == {"error"}:
        return "student error"
    if outcomes == {"out of time"}:
        return "out of time"
    if outcomes == {"out of memory"}:
        return "out of memory"
    return "graded"
