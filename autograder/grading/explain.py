"""Why a check failed: on public inputs, because of which part, and by which likely mistake."""

import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace

from daseCV.language import Message, as_message

from ..checks import CHECKS, HiddenCheck
from ..checks.own_gradient import is_own_gradient
from ..checks.parts import PARTS, Parts
from ..hints import MISTAKES
from ..sandbox import OutOfMemory, OutOfTime
from ..worker.client import StudentError, WorkerEnded
from .asking import Findings, put_questions
from .blame import Blame, TooLong, Trial, find_blame, in_course_order, paying_checks
from .report import CheckReport, Outcome
from .settings import GradingSettings
from .workers import Workers

PUBLIC = b"public"  # inputs that anyone may see
BLAME = 120.0  # seconds to look for the parts that explain one failure
MOST_HINTS = 2  # for one check
PASSES_IN_PUBLIC = Message("it passes on public inputs, and fails on hidden ones")
NOT_THEIRS = "daseCV.fast_layers: "  # begins what given code prints when it is imported


def assign_blame(
    settings: GradingSettings,
    workers: Workers,
    findings: Findings,
    check: HiddenCheck,
    report: CheckReport,
) -> CheckReport:
    """Name the parts that explain a failure; spare the check where they pay for it."""
    if not check.uses or report.outcome == "not written":
        return report
    ends = time.monotonic() + BLAME

    def trial(parts: Parts, watched: bool = False) -> CheckReport:
        if time.monotonic() > ends:
            raise TooLong
        found = try_with_parts(workers, findings, check, settings.secret, parts, watched)
        if found.outcome in ("out of time", "out of memory"):
            raise TooLong
        return found

    asked = settings.hidden_checks
    try:
        failed = report if check.short is None else trial(Parts(frozenset()))
        if failed.share == 1:
            return report
        blame = find_blame(check, failed, trial, suspects_of(findings, asked))
        if blame is None:
            return blame_own_forward(settings, workers, findings, check, report)
        spared = spared_of(findings, asked, blame, trial)
        mended = failed
        if spared and settings.policy == "isolate":
            mended = blame.report if spared == blame.parts else trial(Parts(frozenset(spared)))
    except TooLong:
        return report
    # A faulty forward pass's cache may be all that is wrong with the backward one.
    cached = {PARTS[name].forward for name in blame.parts} & findings.faulty
    report = replace(report, blamed=in_course_order({*blame.parts, *cached}))
    findings.faulty.update(report.blamed)
    if mended.share <= failed.share:
        return report
    outcome: Outcome = "spared" if mended.share == 1 else "partly"
    return replace(report, outcome=outcome, share=mended.share)


def blame_own_forward(
    settings: GradingSettings,
    workers: Workers,
    findings: Findings,
    check: HiddenCheck,
    report: CheckReport,
) -> CheckReport:
    """Spare a backward pass that is right for its own forward pass, which loses points itself."""
    [backward, *_] = check.blanks or ("",)
    forward = PARTS[backward].forward if backward in PARTS else ""
    paying = paying_checks(forward, settings.hidden_checks)
    if not any(findings.shares.get(name, 1) < 1 for name in paying):
        return report
    workers.drop(check.package)
    try:
        if not is_own_gradient(workers.get(check.package), forward, backward, PUBLIC):
            return report
    except (StudentError, OutOfTime, OutOfMemory, WorkerEnded):
        return report
    finally:
        workers.drop(check.package)
    report = replace(report, blamed=(forward,))
    if settings.policy == "isolate" and findings.plausible & set(paying):
        report = replace(report, outcome="spared", share=1.0)
    return report


def suspects_of(findings: Findings, asked: Mapping[str, HiddenCheck]) -> set[str]:
    """Parts that were to blame before, or whose own check lost points."""
    return findings.faulty | {
        name
        for check in asked.values()
        if findings.shares.get(check.name, 1) < 1
        for name in check.blanks
    }


def spared_of(
    findings: Findings, asked: Mapping[str, HiddenCheck], blame: Blame, trial: Trial
) -> tuple[str, ...]:
    """Those of the blamed parts that lost points in their own checks, and were attempted."""
    shares = findings.shares
    paid = [
        part
        for part in blame.parts
        if any(shares.get(check, 1) < 1 for check in paying_checks(part, asked))
    ]
    if not paid:
        return ()
    seen = blame.seen
    if seen is None or set(seen.called) != set(paid):
        seen = Parts(frozenset(paid))
        trial(seen, watched=True)
    plausible = {blank for check in findings.plausible for blank in CHECKS[check].blanks}
    return tuple(n for n in paid if n in seen.attempted | plausible and n not in seen.unwritten)


def try_with_parts(
    workers: Workers,
    findings: Findings,
    check: HiddenCheck,
    secret: bytes,
    parts: Parts,
    watched: bool,
) -> CheckReport:
    """Ask a check on hidden inputs, with some parts replaced.

    Where dropout's forward pass is and its backward pass is not, the latter has to be handed the
    mask as it expects it: once as what to multiply by, and where that fails as what is kept.
    """
    report = ask_with_parts(workers, findings, check, secret, parts, watched)
    halves = {PARTS[name].kind for name in parts.replaced if PARTS[name].stochastic}
    if report.share < 1 and halves == {"forward"}:
        unscaled = replace(parts, unscaled=True)
        other = ask_with_parts(workers, findings, check, secret, unscaled, watched)
        report = max(report, other, key=lambda one: one.share)
    return report


def ask_with_parts(
    workers: Workers,
    findings: Findings,
    check: HiddenCheck,
    secret: bytes,
    parts: Parts,
    watched: bool,
) -> CheckReport:
    """Ask a check in a fresh worker that some parts are replaced in."""
    asked = check if check.short is None else replace(check, questions=check.short)
    try:
        workers.replace(check.package, parts).replace(
            [PARTS[name].describe() for name in in_course_order(parts.replaced)], watched
        )
        return put_questions(workers, findings, asked, secret)
    except (StudentError, WorkerEnded):  # nothing of it can be asked
        return CheckReport(check.name, "error", 0.0)
    except (OutOfTime, OutOfMemory):
        return CheckReport(check.name, "out of time", 0.0)
    finally:
        workers.drop(check.package)


def add_hint(
    workers: Workers, findings: Findings, check: HiddenCheck, report: CheckReport
) -> CheckReport:
    """Name the known mistake that the student's code behaves like."""
    if report.outcome == "not written":
        return report
    suspects = dict.fromkeys([*report.blamed, *check.blanks])
    if not set(suspects) <= set(findings.recognised):
        workers.drop(check.package)
    try:
        for blank in suspects:
            known = recognise_mistakes(workers, findings, check, blank)
            if known:
                return replace(report, hints=known[:MOST_HINTS])
    except (StudentError, OutOfTime, OutOfMemory, WorkerEnded):
        pass  # code that cannot be asked about itself
    finally:
        workers.drop(check.package)
    return report


def recognise_mistakes(
    workers: Workers, findings: Findings, check: HiddenCheck, blank: str
) -> tuple[str, ...]:
    """The known mistakes that a blank behaves like, asked once.

    The submission's own copy of the public probes says so, in a worker that has seen no hidden
    input. Student code could make it say anything: it decides nothing, and the words are ours.
    """
    if blank not in findings.recognised:
        found = workers.get(check.package).call("checks.hints:recognise", blank).result
        names = found[: len(MISTAKES)] if isinstance(found, list) else []
        known = [name for name in names if isinstance(name, str) and name in MISTAKES]
        findings.recognised[blank] = tuple(dict.fromkeys(known))
    return findings.recognised[blank]


def explain_on_public_inputs(
    workers: Workers, findings: Findings, check: HiddenCheck, report: CheckReport
) -> CheckReport:
    """Ask again on public inputs, in a worker that has seen no others.

    What is shown to a student then holds nothing hidden: neither what it got, nor what was
    expected, nor what its code printed or raised. No other worker runs meanwhile that could
    tell it, by a lock on a file that both may read.
    """
    if not check.replayed:
        return report
    workers.drop_all()
    public = put_questions(workers, findings, check, PUBLIC, reveal=True)
    printed = ""
    if (worker := workers.running(check.package)) is not None:
        printed = worker.printed
        if report.outcome != "not written":
            with contextlib.suppress(StudentError, OutOfTime, OutOfMemory, WorkerEnded):
                for blank in check.blanks:  # this worker may be asked for hints as well
                    recognise_mistakes(workers, findings, check, blank)
    printed = "".join(
        line for line in printed.splitlines(keepends=True) if not line.startswith(NOT_THEIRS)
    )
    workers.drop(check.package)
    if public.share == 1:
        reasons = [as_message(r).with_details(how=PASSES_IN_PUBLIC) for r in report.reasons]
        return replace(report, reasons=tuple(reasons))
    return replace(report, reasons=public.reasons, promises=public.promises, printed=printed)
