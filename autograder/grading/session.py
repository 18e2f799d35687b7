"""Put hidden checks' questions to one submission's workers, and sum up what the answers come to."""

import contextlib
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from daseCV.checks.compare import CheckFailure

from ..checks import CHECKS, Ask, BuildFault, Failure, HiddenCheck
from ..checks.parts import PARTS, Parts
from ..checks.registry import Kind, StudentFailure
from ..environment import StudentEnvironment
from ..hints import MISTAKES
from ..sandbox import OutOfMemory, OutOfTime, Sandbox, SandboxError
from ..worker.client import StudentError, Worker, WorkerEnded
from .assemble import Trees, assemble
from .blame import TooLong, find_blame, ordered, pays
from .report import CheckReport, Outcome

PUBLIC = b"public"  # inputs that anyone may see
TRIES = 3  # of a check that failed for a reason of ours
IMPORT = 30.0  # seconds for one student-owned module to import
BUDGET = 900.0  # seconds for all checks of a submission; its training takes the most
MOST_HINTS = 2  # for one check
BLAME = 120.0  # seconds to look for the parts that explain one failure
PASSES_IN_PUBLIC = "\n  It passes on public inputs, and fails on hidden ones."
INTERFERED = "the given layers work without your files, and do not with them"

Policy = Literal["isolate", "strict"]


@dataclass(frozen=True)
class Means:
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
    explained : bool
        Whether failures are explained at all: on public inputs, and by the parts to blame.
    """

    source: Path
    environment: StudentEnvironment
    sandbox: Sandbox
    secret: bytes
    policy: Policy = "isolate"
    explained: bool = True


@dataclass
class Session:
    """The workers of one submission, and what its checks have found so far."""

    means: Means
    trees: Trees
    workers: dict[bool, Worker] = field(default_factory=dict)
    broken: dict[tuple[bool, str], "Lost"] = field(default_factory=dict)
    shares: dict[str, float] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    spent: float = 0.0

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers.values():
            worker.close()

    def run(self, check: HiddenCheck) -> CheckReport:
        """Ask one check; again where we failed."""
        started = time.monotonic()
        for attempt in range(TRIES):
            try:
                report = self.ask(check)
                break
            except SandboxError as error:
                problem = str(error)
            except BuildFault as error:
                problem = str(error)
                self.drop_all()  # what they left running may be what is wrong
                # A busy moment slows a layer down once; who is to pay for it does so every time.
                if attempt == TRIES - 1 and self.without_student_code(check):
                    report = lost(check, Lost("wrong", INTERFERED))
                    break
            except Exception as error:  # ours: a student's answer must never get here
                problem = f"{type(error).__name__}: {error}"
            self.drop_all()
            time.sleep(attempt)
        else:
            report = CheckReport(check.name, "infrastructure", 0.0, (problem,), ("",))
        seconds = time.monotonic() - started
        self.spent += seconds
        self.shares[check.name] = report.share
        return replace(report, seconds=seconds)

    def ask(self, check: HiddenCheck) -> CheckReport:
        """Ask one check on hidden inputs; find what is to blame, and explain it on public ones."""
        if self.spent > BUDGET:
            return lost(check, Lost("out of time", f"all checks together took over {BUDGET:.0f} s"))
        failed = self.importing(check)
        if failed is not None:
            return lost(check, failed)
        report = self.put(check, self.means.secret)
        if report.share == 1 or report.outcome in ("out of time", "out of memory"):
            return report
        if not self.means.explained:
            return report
        return self.hinted(check, self.blamed(check, self.explained(check, report)))

    def blamed(self, check: HiddenCheck, report: CheckReport) -> CheckReport:
        """Name the parts that explain a failure; spare the check where they pay for it."""
        if not check.uses or report.outcome == "not written":
            return report
        ends = time.monotonic() + BLAME

        def trial(parts: Parts, watched: bool = False) -> CheckReport:
            if time.monotonic() > ends:
                raise TooLong
            tried = self.tried(check, parts, watched)
            if tried.outcome in ("out of time", "out of memory"):
                raise TooLong
            return tried

        try:
            failed = report if check.short is None else trial(Parts(frozenset()))
            blame = find_blame(check, failed, trial, self.suspects())
            if blame is None:
                return report
            spared = self.spared(blame.parts, trial)
            mended = failed
            if spared and self.means.policy == "isolate":
                mended = blame.report if spared == blame.parts else trial(Parts(frozenset(spared)))
        except TooLong:
            return report
        # A faulty forward pass's cache may be all that is wrong with the backward one.
        cached = {PARTS[name].forward for name in blame.parts} & self.faulty
        report = replace(report, blamed=ordered({*blame.parts, *cached}))
        self.faulty.update(report.blamed)
        if mended.share <= failed.share:
            return report
        outcome: Outcome = "spared" if mended.share == 1 else "partly"
        return replace(report, outcome=outcome, share=mended.share)

    def suspects(self) -> set[str]:
        """Parts that were to blame before, or whose own check lost points."""
        return self.faulty | {
            name for c in CHECKS.values() if self.shares.get(c.name, 1) < 1 for name in c.blanks
        }

    def spared(self, parts: Sequence[str], trial: Callable[..., CheckReport]) -> tuple[str, ...]:
        """Those of some parts that lost points in their own checks, and were attempted."""
        paid = [n for n in parts if any(self.shares.get(c, 1) < 1 for c in pays(n, CHECKS))]
        if not paid:
            return ()
        seen = Parts(frozenset(paid))
        trial(seen, watched=True)
        earned = {n for c in CHECKS.values() if self.shares.get(c.name, 0) > 0 for n in c.blanks}
        return tuple(n for n in paid if n in seen.attempted | earned and n not in seen.unwritten)

    def tried(self, check: HiddenCheck, parts: Parts, watched: bool) -> CheckReport:
        """Ask a check on hidden inputs, in a fresh worker that some parts are replaced in."""
        self.drop(check.whole)
        asked = check if check.short is None else replace(check, questions=check.short)
        try:
            worker = self.workers[check.whole] = self.fresh(check.whole, parts)
            worker.replace([PARTS[name].described() for name in ordered(parts.replaced)], watched)
            return self.put(asked, self.means.secret)
        except (StudentError, WorkerEnded):  # nothing of it can be asked
            return CheckReport(check.name, "error", 0.0)
        except (OutOfTime, OutOfMemory):
            return CheckReport(check.name, "out of time", 0.0)
        finally:
            self.drop(check.whole)

    def hinted(self, check: HiddenCheck, report: CheckReport) -> CheckReport:
        """Name the known mistake that the student's code behaves like.

        The submission's own copy of the public probes says so, in a worker that has seen no hidden
        input. Student code could make it say anything: it decides nothing, and the words are ours.
        """
        if report.outcome == "not written":
            return report
        suspects = dict.fromkeys([*report.blamed, *check.blanks, *check.uses])
        self.drop(check.whole)
        try:
            for blank in suspects:
                found = self.worker(check.whole).call("checks.hints:recognise", blank).result
                known = [n for n in found if n in MISTAKES] if isinstance(found, list) else []
                if known:
                    return replace(report, hints=tuple(known[:MOST_HINTS]))
        except (StudentError, OutOfTime, OutOfMemory, WorkerEnded):
            pass  # code that cannot be asked about itself
        finally:
            self.drop(check.whole)
        return report

    def explained(self, check: HiddenCheck, report: CheckReport) -> CheckReport:
        """Ask again on public inputs, in a worker that has seen no others.

        What is shown to a student then holds nothing hidden: neither what it got, nor what was
        expected, nor what its code printed or raised. No other worker runs meanwhile that could
        tell it, by a lock on a file that both may read.
        """
        if not check.replayed:
            return report
        self.drop_all()
        public = self.put(check, PUBLIC, told=True)
        printed = self.workers[check.whole].printed if check.whole in self.workers else ""
        self.drop(check.whole)
        if public.share == 1:
            return replace(report, reasons=tuple(r + PASSES_IN_PUBLIC for r in report.reasons))
        return replace(report, reasons=public.reasons, promises=public.promises, printed=printed)

    def put(self, check: HiddenCheck, secret: bytes, told: bool = False) -> CheckReport:
        """Put one check's questions to a worker."""
        asking = Ask(self.worker(check.whole), check, secret, told)
        stopped = None
        try:
            check.questions(asking)
        except StudentFailure as failure:
            stopped = Lost(failure.kind, asking.shown(failure))
        except CheckFailure as failure:
            stopped = Lost("wrong", asking.shown(failure))
        except StudentError as error:
            raised = asking.raised("your code", error)
            stopped = Lost(raised.kind, asking.shown(raised))
        except OutOfTime:
            stopped = Lost("out of time", f"no answer in time\n  asked: {asking.asked}")
        except OutOfMemory:
            stopped = Lost("out of memory", f"too much memory was used\n  asked: {asking.asked}")
        except WorkerEnded as error:
            said = f": {error}" if told else ""  # a status, or a frame, can carry numbers out
            stopped = Lost("error", f"no answer{said}\n  asked: {asking.asked}")
        if stopped is not None and stopped.outcome in ("out of time", "out of memory", "error"):
            self.drop(check.whole)
        elif check.whole in self.workers:
            with contextlib.suppress(Exception):
                self.workers[check.whole].forget()
        return self.summed_up(check, asking, stopped)

    def summed_up(self, check: HiddenCheck, asking: Ask, stopped: "Lost | None") -> CheckReport:
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

    def importing(self, check: HiddenCheck) -> "Lost | None":
        """Import the modules that a check is about; a module that cannot is asked only once."""
        modules = list(dict.fromkeys(module_of(blank) for blank in check.blanks + check.uses))
        for module in modules:
            known = (check.whole, module)
            if known in self.broken:
                return self.broken[known]
            problem = self.try_import(check.whole, module)
            if problem is not None and problem.outcome == "error":
                self.drop_all()  # only a worker that can know no hidden input may say why
                problem = self.try_import(check.whole, module)
            if problem is not None:
                self.broken[known] = problem
                self.drop(check.whole)
                return problem
        return None

    def try_import(self, whole: bool, module: str) -> "Lost | None":
        try:
            self.worker(whole).call(f"{module}:__name__.title", within=IMPORT)
        except StudentError as error:
            return Lost("error", str(StudentFailure(f"importing {module}", error, "", told=True)))
        except OutOfTime:
            return Lost("out of time", f"importing {module} took more than {IMPORT:.0f} s")
        except OutOfMemory:
            return Lost("out of memory", f"importing {module} took too much memory")
        except WorkerEnded as error:
            return Lost("error", f"importing {module} ended the process: {error}")
        return None

    def worker(self, whole: bool) -> Worker:
        """The worker that is up, or a fresh one."""
        if whole not in self.workers:
            self.workers[whole] = self.fresh(whole)
        return self.workers[whole]

    def fresh(self, whole: bool, parts: Parts | None = None) -> Worker:
        """A worker that has seen nothing yet."""
        tree = self.trees.whole if whole else self.trees.blanks
        return Worker(self.means.sandbox, self.means.environment, tree, parts=parts)

    def drop(self, whole: bool) -> None:
        """End a worker; the next question gets a fresh one."""
        worker = self.workers.pop(whole, None)
        if worker is not None:
            worker.close()

    def drop_all(self) -> None:
        """End all workers."""
        for whole in list(self.workers):
            self.drop(whole)

    def without_student_code(self, check: HiddenCheck) -> bool:
        """Whether the given layers work as soon as the student's files are out of the way."""
        with tempfile.TemporaryDirectory(prefix="dasecv-") as name:
            folder = Path(name)
            folder.chmod(0o711)
            trees = assemble(self.means.source, {}, self.means.environment.kernels, folder)
            try:
                with Worker(self.means.sandbox, self.means.environment, trees.whole) as worker:
                    check.questions(Ask(worker, check, self.means.secret))
            except (BuildFault, SandboxError, OutOfTime, OutOfMemory, WorkerEnded):
                return False
            except (CheckFailure, StudentError):
                return True  # the stubs' naive layers, after the given ones were right
        return True


@dataclass(frozen=True)
class Lost:
    """Why a whole check is lost."""

    outcome: Kind
    reason: str


def lost(check: HiddenCheck, why: Lost) -> CheckReport:
    return CheckReport(check.name, why.outcome, 0.0, (why.reason,), ("",))


def module_of(blank: str) -> str:
    """The module of a blank: 'classifiers.cnn' of 'classifiers.cnn.ThreeLayerConvNet.loss'."""
    parts = blank.split(".")
    return ".".join(parts[:2] if parts[0] == "classifiers" else parts[:1])
