"""Asks a hidden check's questions in a worker, and summarises the answers."""

import contextlib
from dataclasses import dataclass, field

from daseCV.checks.compare import CheckFailure
from daseCV.language import Message

from ..checks import Failure, HiddenCheck, Questioner
from ..checks.registry import FLAW_COST, StudentFailure
from ..sandbox import OutOfMemory, OutOfTime
from ..worker.client import StudentError, WorkerEnded
from .assemble import CELLS
from .pool import Package
from .report import CheckReport, Outcome
from .workers import Workers

IMPORT_TIMEOUT = 30.0  # seconds for one student-owned module to import


@dataclass
class Findings:
    shares: dict[str, float] = field(default_factory=dict)  # of the points, by check
    faulty: set[str] = field(default_factory=set)  # parts that were to blame
    # Checks that keep their points, since others lose theirs
    spared: set[str] = field(default_factory=set)
    # Checks with at least one answer of the right shape
    plausible: set[str] = field(default_factory=set)
    recognised: dict[str, tuple[str, ...]] = field(default_factory=dict)  # known mistakes, by blank
    # Modules that cannot be imported, with the package they were imported in
    broken: dict[tuple[Package, str], Failure] = field(default_factory=dict)


def put_questions(
    workers: Workers,
    findings: Findings,
    check: HiddenCheck,
    secret: bytes,
    reveal: bool = False,
    train: bool = True,
) -> CheckReport:
    """Ask one check's questions; on public inputs, reasons may `reveal` everything.

    Without `train`, a network fails if its steps differ from the reference's.
    """
    asking = Questioner(workers.get(check.package), check, secret, reveal, train)
    stopped = run_questions(asking)
    if asking.plausible:
        findings.plausible.add(check.name)
    worker = workers.running(check.package)
    if stopped is not None and stopped.kind in ("out of time", "out of memory", "error"):
        workers.drop(check.package)
    elif worker is not None:
        with contextlib.suppress(Exception):
            worker.forget()
    return summarise(check, asking, stopped)


def run_questions(asking: Questioner) -> Failure | None:
    """Ask a check's questions; return why it stopped early, or None."""
    try:
        asking.check.questions(asking)
        return None
    except CheckFailure as failure:
        return asking.explain(failure)
    except StudentError as error:
        return asking.explain(StudentFailure(Message("your code"), error, asking.reveal))
    except OutOfTime:
        return Failure(asking.unanswered(Message("no answer in time")), kind="out of time")
    except OutOfMemory:
        too_much = asking.unanswered(Message("too much memory was used"))
        return Failure(too_much, kind="out of memory")
    except WorkerEnded as error:
        no_answer = Message("no answer")
        if asking.reveal:  # a status, or a frame, can carry numbers out
            no_answer = Message("no answer: {problem}", problem=error.problem)
        return Failure(asking.unanswered(no_answer), kind="error")


def summarise(check: HiddenCheck, asking: Questioner, stopped: Failure | None) -> CheckReport:
    """The report of a check, from the failures of its parts and what stopped it."""
    failures = dict(asking.failures)
    if stopped is not None:
        for name in check.parts:
            failures.setdefault(name, stopped)
    if not failures and not asking.flaws:
        return CheckReport(check.name, "right", 1.0)
    whole = sum(check.parts.values())
    share = 1 - sum(check.parts[name] for name in failures) / whole
    for kind, flaw in asking.flaws.items():
        share *= 1 - FLAW_COST
        failures = {kind: flaw, **failures}  # first, since it may explain the others
    reasons = list(dict.fromkeys((f.reason, f.promise) for f in failures.values()))
    outcome: Outcome = "partly"
    if share <= 0:
        outcome = stopped.kind if stopped is not None else "wrong"
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


def lose_all_points(check: HiddenCheck, loss: Failure) -> CheckReport:
    """The report of a check that loses all points."""
    return CheckReport(check.name, loss.kind, 0.0, (loss.reason,), ("",))


def import_modules(workers: Workers, findings: Findings, check: HiddenCheck) -> Failure | None:
    """Import the modules of a check's blanks; a broken module is tried only once."""
    for module in dict.fromkeys(module_of(blank) for blank in check.blanks + check.uses):
        known = (check.package, module)
        if known in findings.broken:
            return findings.broken[known]
        problem = try_import(workers, check.package, module)
        if problem is not None and (problem.kind == "error" or workers.was_reused(check.package)):
            workers.drop_all()  # only a worker without hidden inputs may report the reason
            problem = try_import(workers, check.package, module)
        if problem is not None:
            findings.broken[known] = problem
            workers.drop(check.package)
            return problem
    return None


def try_import(workers: Workers, package: Package, module: str) -> Failure | None:
    """Import one module; return what went wrong, or None."""
    try:
        workers.get(package).call(f"{module}:__name__.title", timeout=IMPORT_TIMEOUT)
    except StudentError as error:
        name = Message("importing {module}", module=module)
        return Failure(StudentFailure(name, error, reveal=True).message, kind="error")
    except OutOfTime:
        slow = Message(
            "importing {module} took more than {limit:.0f} s", module=module, limit=IMPORT_TIMEOUT
        )
        return Failure(slow, kind="out of time")
    except OutOfMemory:
        large = Message("importing {module} took too much memory", module=module)
        return Failure(large, kind="out of memory")
    except WorkerEnded as error:
        ended = Message(
            "importing {module} ended the process: {problem}", module=module, problem=error.problem
        )
        return Failure(ended, kind="error")
    return None


def module_of(blank: str) -> str:
    """The module of a blank: 'classifiers.cnn' of 'classifiers.cnn.ThreeLayerConvNet.loss'."""
    parts = blank.split(".")
    return ".".join(parts[:2] if parts[0] in ("classifiers", CELLS) else parts[:1])
