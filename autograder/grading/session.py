"""Asks one submission's checks within a time budget, and repeats them after internal errors."""

import time
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from daseCV.checks.compare import CheckFailure
from daseCV.language import Message

from ..checks import Failure, FastLayersError, HiddenCheck, Questioner
from ..sandbox import OutOfMemory, OutOfTime, SandboxError
from ..worker.client import StudentError, Worker, WorkerEnded
from .asking import Findings, import_modules, lose_all_points, put_questions
from .explain import Explainer
from .report import CheckReport
from .settings import GradingSettings
from .workers import Workers

TRIES = 3  # of a check that ended with an internal error
BUDGET = 900.0  # seconds for all checks of a submission; its training takes the most
INTERFERED = Message("the given layers work without your files, and do not with them")


class Session(AbstractContextManager["Session"]):
    """Asks the checks of one submission."""

    def __init__(self, settings: GradingSettings, tree: Path) -> None:
        self.settings = settings
        self.workers = Workers(settings.pool, tree)
        self.findings = Findings()
        self.spent = 0.0

    def __exit__(self, *_: object) -> None:
        self.workers.drop_all()

    def run(self, check: HiddenCheck) -> CheckReport:
        """Ask one check, again after internal errors."""
        before = self.spent
        for attempt in range(TRIES):
            try:
                if check.prepare is not None:
                    check.prepare(self.settings.secret)
                report = self.ask_in_time(check)
                break
            except SandboxError as error:
                problem = str(error)
            except FastLayersError as error:
                problem = str(error)
                self.workers.drop_all()  # processes left running may be the reason
                # A busy machine slows a layer down once; only repeated slowness costs points.
                if attempt == TRIES - 1 and self.works_without_student_code(check):
                    report = lose_all_points(check, Failure(INTERFERED))
                    break
            except Exception as error:  # a bug: no student's answer may raise this
                problem = f"{type(error).__name__}: {error}"
            self.workers.drop_all()
            time.sleep(attempt)
        else:
            report = CheckReport(check.name, "infrastructure", 0.0, (problem,), ("",))
        return self.record_outcome(replace(report, seconds=self.spent - before))

    def ask_in_time(self, check: HiddenCheck) -> CheckReport:
        """Ask one check, and add its time to the submission's."""
        started = time.monotonic()
        self.workers.deadline = started + max(BUDGET - self.spent, 0.0)
        try:
            return self.ask(check)
        finally:
            self.spent += time.monotonic() - started

    def record_outcome(self, known: CheckReport) -> CheckReport:
        """Record a check's outcome: failures of other checks may be blamed on it."""
        self.findings.shares[known.name] = known.share
        self.findings.faulty.update(known.blamed)
        if known.outcome == "spared":
            self.findings.spared.add(known.name)
        return known

    def ask(self, check: HiddenCheck) -> CheckReport:
        """Ask one check on hidden inputs; explain a failure on public ones, and find the blame."""
        workers, findings, package = self.workers, self.findings, check.package
        if self.spent > BUDGET:
            spent = Message("all checks together took over {limit:.0f} s", limit=BUDGET)
            return lose_all_points(check, Failure(spent, kind="out of time"))
        if package == "whole":
            workers.reuse(findings.shares)
        failed = import_modules(workers, findings, check)
        if failed is not None:
            return lose_all_points(check, failed)
        if check.prepare is not None and self.settings.explain_failures:
            untrained = Explainer(self.settings, workers, findings, check).judge_without_training()
            if untrained is not None:
                return untrained
        reused = workers.was_reused(package)
        report = put_questions(workers, findings, check, self.settings.secret)
        if report.share < 1 and reused:  # an earlier question may be the reason
            workers.drop(package)
            return self.ask(check)
        too_long = report.outcome in ("out of time", "out of memory")
        if report.share == 1 or too_long or not self.settings.explain_failures:
            return report
        return Explainer(self.settings, workers, findings, check).explain(report)

    def works_without_student_code(self, check: HiddenCheck) -> bool:
        """Whether the given layers work without the student's files."""
        try:
            with Worker(self.settings.pool.take("whole")) as worker:
                check.questions(Questioner(worker, check, self.settings.secret))
        except (FastLayersError, SandboxError, OutOfTime, OutOfMemory, WorkerEnded):
            return False
        except (CheckFailure, StudentError):
            return True  # the stubs' naive layers, after the given ones were right
        return True
