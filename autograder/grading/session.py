"""Put hidden checks' questions to one submission's workers, and sum up what the answers come to."""

import contextlib
import math
import time
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from daseCV.checks.compare import CheckFailure

from ..checks import CHECKS, Ask, BuildFault, Failure, HiddenCheck
from ..checks.parts import Parts
from ..checks.registry import Kind, StudentFailure
from ..environment import StudentEnvironment
from ..sandbox import OutOfMemory, OutOfTime, Sandbox, SandboxError
from ..worker.client import StudentError, Worker, WorkerEnded
from .assemble import CELLS
from .explain import add_hint, assign_blame, explain_on_public_inputs
from .pool import Pool
from .report import CheckReport, Outcome

TRIES = 3  # of a check that ended with an internal error
IMPORT = 30.0  # seconds for one student-owned module to import
BUDGET = 900.0  # seconds for all checks of a submission; its training takes the most
INTERFERED = "the given layers work without your files, and do not with them"

Policy = Literal["isolate", "strict"]


@dataclass(frozen=True)
class GradingSettings:
    """What asking needs besides the submission.

    Parameters
    ----------
    source : Path
        The assignment's release: stubs, given code, notebooks.
    environment : StudentEnvironment
    sandbox : Sandbox
    secret : bytes
        The course's: hidden inputs follow from it.
    policy : {'isolate', 'strict'}
        Whether a check is spared that fails only because of parts which lose points in their own
        checks.
    explain_failures : bool
        Whether failures are explained at all: on public inputs, and by the parts to blame.
    checks : tuple of str
        Names of the hidden checks to ask: those of an assignment. A part without a check of its own
        among them pays in the first that stands on it.
    """

    source: Path
    environment: StudentEnvironment
    sandbox: Sandbox
    secret: bytes
    policy: Policy = "isolate"
    explain_failures: bool = True
    checks: tuple[str, ...] = tuple(CHECKS)

    @cached_property
    def pool(self) -> Pool:
        """Where workers come from."""
        return Pool(self.source, self.environment, self.sandbox)

    def __getstate__(self) -> dict[str, Any]:
        """What goes to another process, which has workers of its own."""
        return {name: value for name, value in vars(self).items() if name != "pool"}

    @property
    def hidden_checks(self) -> dict[str, HiddenCheck]:
        """The hidden checks to ask, by name."""
        return {name: CHECKS[name] for name in self.checks}


@dataclass
class Session:
    """The workers of one submission, and what its checks have found so far."""

    settings: GradingSettings
    tree: Path
    workers: dict[bool, Worker] = field(default_factory=dict)
    broken: dict[tuple[bool, str], "CheckLoss"] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    plausible: set[str] = field(default_factory=set)
    recognised: dict[str, tuple[str, ...]] = field(default_factory=dict)
    spent: float = 0.0
    ends: float = math.inf

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers.values():
            worker.close()

    def run(self, check: HiddenCheck) -> CheckReport:
        """Ask one check; again where we failed."""
        started = time.monotonic()
        self.ends = started + max(BUDGET - self.spent, 0.0)
        for attempt in range(TRIES):
            try:
                report = self.ask(check)
                break
            except SandboxError as error:
                problem = str(error)
            except BuildFault as error:
                problem = str(error)
                self.drop_workers()  # what they left running may be what is wrong
                # A busy moment slows a layer down once; who is to pay for it does so every time.
                if attempt == TRIES - 1 and self.without_student_code(check):
                    report = lose_check(check, CheckLoss("wrong", INTERFERED))
                    break
            except Exception as error:  # ours: a student's answer must never get here
                problem = f"{type(error).__name__}: {error}"
            self.drop_workers()
            time.sleep(attempt)
        else:
            report = CheckReport(check.name, "infrastructure", 0.0, (problem,), ("",))
        seconds = time.monotonic() - started
        self.spent += seconds
        self.shares[check.name] = report.share
        return replace(report, seconds=seconds)

    def take_as_known(self, known: CheckReport) -> CheckReport:
        """Take a check's outcome as known: others may have to be blamed on it."""
        self.shares[known.name] = known.share
        self.faulty.update(known.blamed)
        return known

    def ask(self, check: HiddenCheck) -> CheckReport:
        """Ask one check on hidden inputs; find what is to blame, and explain it on public ones."""
        if self.spent > BUDGET:
            return lose_check(
                check, CheckLoss("out of time", f"all checks together took over {BUDGET:.0f} s")
            )
        if check.needs_given_layers:
            self.reuse_worker()
        failed = self.import_modules(check)
        if failed is not None:
            return lose_check(check, failed)
        reused = self.was_reused(check.needs_given_layers)
        report = self.put_questions(check, self.settings.secret)
        if report.share < 1 and reused:  # an earlier question may be why
            self.drop_worker(check.needs_given_layers)
            return self.ask(check)
        if report.share == 1 or report.outcome in ("out of time", "out of memory"):
            return report
        if not self.settings.explain_failures:
            return report
        report = explain_on_public_inputs(self, check, report)
        return add_hint(self, check, assign_blame(self, check, report))

    def put_questions(self, check: HiddenCheck, secret: bytes, reveal: bool = False) -> CheckReport:
        """Put one check's questions to a worker."""
        asking = Ask(self.worker(check.needs_given_layers), check, secret, reveal)
        stopped = None
        try:
            check.questions(asking)
        except StudentFailure as failure:
            stopped = CheckLoss(failure.kind, asking.redact(failure))
        except CheckFailure as failure:
            stopped = CheckLoss("wrong", asking.redact(failure))
        except StudentError as error:
            raised = asking.student_failure("your code", error)
            stopped = CheckLoss(raised.kind, asking.redact(raised))
        except OutOfTime:
            stopped = CheckLoss("out of time", f"no answer in time\n  asked: {asking.asked}")
        except OutOfMemory:
            stopped = CheckLoss(
                "out of memory", f"too much memory was used\n  asked: {asking.asked}"
            )
        except WorkerEnded as error:
            said = f": {error}" if reveal else ""  # a status, or a frame, can carry numbers out
            stopped = CheckLoss("error", f"no answer{said}\n  asked: {asking.asked}")
        if asking.plausible:
            self.plausible.add(check.name)
        if stopped is not None and stopped.outcome in ("out of time", "out of memory", "error"):
            self.drop_worker(check.needs_given_layers)
        elif check.needs_given_layers in self.workers:
            with contextlib.suppress(Exception):
                self.workers[check.needs_given_layers].forget()
        return self.summarise(check, asking, stopped)

    def summarise(
        self, check: HiddenCheck, asking: Ask, stopped: "CheckLoss | None"
    ) -> CheckReport:
        """The report of a check: what each part lost, and what stopped the rest."""
        failures = dict(asking.failures)
        if stopped is not None:
            for name in check.parts:
                failures.setdefault(name, Failure(stopped.reason, "", stopped.outcome))
        if not failures:
            return CheckReport(check.name, "right", 1.0)
        whole = sum(check.parts.values())
        share = 1 - sum(check.parts[name] for name in failures) / whole
        reasons = list(dict.fromkeys((f.reason, f.promise) for f in failures.values()))
        outcome: Outcome = "partly"
        if share <= 0:
            outcome = stopped.outcome if stopped is not None else "wrong"
            kinds = {failure.kind for failure in failures.values()}
            if kinds == {"not written"} or kinds == {"error"}:
                outcome = kinds.pop()
        return CheckReport(
            check.name,
            outcome,
            max(share, 0.0),
            tuple(reason for reason, _ in reasons),
            tuple(promise for _, promise in reasons),
        )

    def import_modules(self, check: HiddenCheck) -> "CheckLoss | None":
        """Import the modules that a check is about; a module that cannot is asked only once."""
        modules = list(dict.fromkeys(module_of(blank) for blank in check.blanks + check.uses))
        for module in modules:
            known = (check.needs_given_layers, module)
            if known in self.broken:
                return self.broken[known]
            problem = self.try_import(check.needs_given_layers, module)
            if problem is not None and (
                problem.outcome == "error" or self.was_reused(check.needs_given_layers)
            ):
                self.drop_workers()  # only a worker that can know no hidden input may say why
                problem = self.try_import(check.needs_given_layers, module)
            if problem is not None:
                self.broken[known] = problem
                self.drop_worker(check.needs_given_layers)
                return problem
        return None

    def try_import(self, whole: bool, module: str) -> "CheckLoss | None":
        try:
            self.worker(whole).call(f"{module}:__name__.title", within=IMPORT)
        except StudentError as error:
            return CheckLoss(
                "error", str(StudentFailure(f"importing {module}", error, "", reveal=True))
            )
        except OutOfTime:
            return CheckLoss("out of time", f"importing {module} took more than {IMPORT:.0f} s")
        except OutOfMemory:
            return CheckLoss("out of memory", f"importing {module} took too much memory")
        except WorkerEnded as error:
            return CheckLoss("error", f"importing {module} ended the process: {error}")
        return None

    def worker(self, whole: bool) -> Worker:
        """The worker that is up, or a fresh one."""
        if whole not in self.workers:
            self.workers[whole] = self.fresh_worker(whole)
        self.workers[whole].ends = self.ends  # it may have served another check
        return self.workers[whole]

    def reuse_worker(self) -> None:
        """Of a submission that was right so far, keep the worker of blanks for what is whole.

        Nothing that would answer for a blank is there before all of them have been asked. What such
        a worker answers wrongly is asked again in a fresh one.
        """
        right = all(share == 1 for share in self.shares.values())
        if True in self.workers or False not in self.workers or not right:
            return
        worker = self.workers.pop(False)
        try:
            worker.reload(self.settings.pool.given.whole)
        except (StudentError, OutOfTime, OutOfMemory, WorkerEnded):
            worker.close()
        else:
            self.workers[True] = worker

    def was_reused(self, whole: bool) -> bool:
        """Whether the worker that is up served blanks before."""
        return whole in self.workers and self.workers[whole].reloaded

    def fresh_worker(self, whole: bool, parts: Parts | None = None) -> Worker:
        """A worker that has seen nothing yet."""
        worker = Worker(self.settings.pool.take(whole), self.tree, parts)
        worker.ends = self.ends
        return worker

    def drop_worker(self, whole: bool) -> None:
        """End a worker; the next question gets a fresh one."""
        worker = self.workers.pop(whole, None)
        if worker is not None:
            worker.close()

    def drop_workers(self) -> None:
        """End all workers."""
        for whole in list(self.workers):
            self.drop_worker(whole)

    def without_student_code(self, check: HiddenCheck) -> bool:
        """Whether the given layers work as soon as the student's files are out of the way."""
        try:
            with Worker(self.settings.pool.take(whole=True)) as worker:
                check.questions(Ask(worker, check, self.settings.secret))
        except (BuildFault, SandboxError, OutOfTime, OutOfMemory, WorkerEnded):
            return False
        except (CheckFailure, StudentError):
            return True  # the stubs' naive layers, after the given ones were right
        return True


@dataclass(frozen=True)
class CheckLoss:
    """Why a whole check is lost."""

    outcome: Kind
    reason: str


def lose_check(check: HiddenCheck, why: CheckLoss) -> CheckReport:
    return CheckReport(check.name, why.outcome, 0.0, (why.reason,), ("",))


def module_of(blank: str) -> str:
    """The module of a blank: 'classifiers.cnn' of 'classifiers.cnn.ThreeLayerConvNet.loss'."""
    parts = blank.split(".")
    return ".".join(parts[:2] if parts[0] in ("classifiers", CELLS) else parts[:1])
