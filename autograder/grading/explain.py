"""Why a check failed: on public inputs, because of which part, and by which likely mistake."""

import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from ..checks import CHECKS, HiddenCheck
from ..checks.parts import PARTS, Parts
from ..hints import MISTAKES
from ..sandbox import OutOfMemory, OutOfTime
from ..worker.client import StudentError, WorkerEnded
from .blame import Blame, TooLong, Trial, find_blame, in_course_order, paying_checks
from .report import CheckReport, Outcome

if TYPE_CHECKING:
    from .session import Session

PUBLIC = b"public"  # inputs that anyone may see
BLAME = 120.0  # seconds to look for the parts that explain one failure
MOST_HINTS = 2  # for one check
PASSES_IN_PUBLIC = "\n  It passes on public inputs, and fails on hidden ones."
NOT_THEIRS = "daseCV.fast_layers: "  # begins what given code prints when it is imported


def assign_blame(session: "Session", check: HiddenCheck, report: CheckReport) -> CheckReport:
    """Name the parts that explain a failure; spare the check where they pay for it."""
    if not check.uses or report.outcome == "not written":
        return report
    ends = time.monotonic() + BLAME

    def trial(parts: Parts, watched: bool = False) -> CheckReport:
        if time.monotonic() > ends:
            raise TooLong
        found = try_with_parts(session, check, parts, watched)
        if found.outcome in ("out of time", "out of memory"):
            raise TooLong
        return found

    try:
        failed = report if check.short is None else trial(Parts(frozenset()))
        blame = find_blame(check, failed, trial, suspects_of(session)) if failed.share < 1 else None
        if blame is None:
            return report
        spared = spared_of(session, blame, trial)
        mended = failed
        if spared and session.settings.policy == "isolate":
            mended = blame.report if spared == blame.parts else trial(Parts(frozenset(spared)))
    except TooLong:
        return report
    # A faulty forward pass's cache may be all that is wrong with the backward one.
    cached = {PARTS[name].forward for name in blame.parts} & session.faulty
    report = replace(report, blamed=in_course_order({*blame.parts, *cached}))
    session.faulty.update(report.blamed)
    if mended.share <= failed.share:
        return report
    outcome: Outcome = "spared" if mended.share == 1 else "partly"
    return replace(report, outcome=outcome, share=mended.share)


def suspects_of(session: "Session") -> set[str]:
    """Parts that were to blame before, or whose own check lost points."""
    return session.faulty | {
        name
        for check in session.settings.hidden_checks.values()
        if session.shares.get(check.name, 1) < 1
        for name in check.blanks
    }


def spared_of(session: "Session", blame: Blame, trial: Trial) -> tuple[str, ...]:
    """Those of the blamed parts that lost points in their own checks, and were attempted."""
    asked, parts = session.settings.hidden_checks, blame.parts
    paid = [n for n in parts if any(session.shares.get(c, 1) < 1 for c in paying_checks(n, asked))]
    if not paid:
        return ()
    seen = blame.seen
    if seen is None or set(seen.called) != set(paid):
        seen = Parts(frozenset(paid))
        trial(seen, watched=True)
    plausible = {n for name in session.plausible for n in CHECKS[name].blanks}
    return tuple(n for n in paid if n in seen.attempted | plausible and n not in seen.unwritten)


def try_with_parts(
    session: "Session", check: HiddenCheck, parts: Parts, watched: bool
) -> CheckReport:
    """Ask a check on hidden inputs, with some parts replaced.

    Where dropout's forward pass is and its backward pass is not, the latter has to be handed the
    mask as it expects it: once as what to multiply by, and where that fails as what is kept.
    """
    report = ask_with_parts(session, check, parts, watched)
    halves = {PARTS[name].kind for name in parts.replaced if PARTS[name].stochastic}
    if report.share < 1 and halves == {"forward"}:
        other = ask_with_parts(session, check, replace(parts, unscaled=True), watched)
        report = max(report, other, key=lambda one: one.share)
    return report


def ask_with_parts(
    session: "Session", check: HiddenCheck, parts: Parts, watched: bool
) -> CheckReport:
    """Ask a check in a fresh worker that some parts are replaced in."""
    session.drop_worker(check.needs_given_layers)
    asked = check if check.short is None else replace(check, questions=check.short)
    try:
        worker = session.workers[check.needs_given_layers] = session.fresh_worker(
            check.needs_given_layers, parts
        )
        worker.replace(
            [PARTS[name].describe() for name in in_course_order(parts.replaced)], watched
        )
        return session.put_questions(asked, session.settings.secret)
    except (StudentError, WorkerEnded):  # nothing of it can be asked
        return CheckReport(check.name, "error", 0.0)
    except (OutOfTime, OutOfMemory):
        return CheckReport(check.name, "out of time", 0.0)
    finally:
        session.drop_worker(check.needs_given_layers)


def add_hint(session: "Session", check: HiddenCheck, report: CheckReport) -> CheckReport:
    """Name the known mistake that the student's code behaves like."""
    if report.outcome == "not written":
        return report
    # Where others are to blame, what else the check stands on has nothing to do with it.
    others = () if report.blamed else check.uses
    suspects = dict.fromkeys([*report.blamed, *check.blanks, *others])
    if not set(suspects) <= set(session.recognised):
        session.drop_worker(check.needs_given_layers)
    try:
        for blank in suspects:
            known = recognise_mistakes(session, check, blank)
            if known:
                return replace(report, hints=known[:MOST_HINTS])
    except (StudentError, OutOfTime, OutOfMemory, WorkerEnded):
        pass  # code that cannot be asked about itself
    finally:
        session.drop_worker(check.needs_given_layers)
    return report


def recognise_mistakes(session: "Session", check: HiddenCheck, blank: str) -> tuple[str, ...]:
    """The known mistakes that a blank behaves like, asked once.

    The submission's own copy of the public probes says so, in a worker that has seen no hidden
    input. Student code could make it say anything: it decides nothing, and the words are ours.
    """
    if blank not in session.recognised:
        found = (
            session.worker(check.needs_given_layers).call("checks.hints:recognise", blank).result
        )
        known = [n for n in found if n in MISTAKES] if isinstance(found, list) else []
        session.recognised[blank] = tuple(known)
    return session.recognised[blank]


def explain_on_public_inputs(
    session: "Session", check: HiddenCheck, report: CheckReport
) -> CheckReport:
    """Ask again on public inputs, in a worker that has seen no others.

    What is shown to a student then holds nothing hidden: neither what it got, nor what was
    expected, nor what its code printed or raised. No other worker runs meanwhile that could
    tell it, by a lock on a file that both may read.
    """
    if not check.replayed:
        return report
    session.drop_workers()
    public = session.put_questions(check, PUBLIC, reveal=True)
    printed = ""
    if check.needs_given_layers in session.workers:
        printed = session.workers[check.needs_given_layers].printed
        if report.outcome != "not written":
            with contextlib.suppress(StudentError, OutOfTime, OutOfMemory, WorkerEnded):
                for blank in check.blanks:  # this worker may be asked for hints as well
                    recognise_mistakes(session, check, blank)
    printed = "".join(
        line for line in printed.splitlines(keepends=True) if not line.startswith(NOT_THEIRS)
    )
    session.drop_worker(check.needs_given_layers)
    if public.share == 1:
        return replace(report, reasons=tuple(r + PASSES_IN_PUBLIC for r in report.reasons))
    return replace(report, reasons=public.reasons, promises=public.promises, printed=printed)
