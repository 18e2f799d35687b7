"""Why a check failed: on public inputs, because of which part, and by which likely mistake."""

import contextlib
import time
from dataclasses import dataclass, replace

from daseCV.language import Message, as_message

from ..checks import CHECKS, HiddenCheck
from ..checks.own_gradient import is_own_gradient
from ..checks.parts import PARTS, Parts
from ..hints import MISTAKES
from ..hints.mistake import plain_name
from ..sandbox import OutOfMemory, OutOfTime
from ..worker.client import NO_ANSWER, StudentError, WorkerEnded
from .asking import Findings, put_questions
from .blame import Blame, TooLong, find_blame, in_course_order, paying_checks
from .report import CheckReport, Outcome
from .settings import GradingSettings
from .workers import Workers

PUBLIC = b"public"  # inputs that anyone may see
BLAME = 120.0  # seconds to look for the parts that explain one failure
MOST_HINTS = 2  # for one check
PASSES_IN_PUBLIC = Message("it passes on public inputs, and fails on hidden ones")
NOT_THEIRS = "daseCV.fast_layers: "  # begins what given code prints when it is imported


@dataclass
class Explainer:
    settings: GradingSettings
    workers: Workers
    findings: Findings
    check: HiddenCheck

    def explain(self, report: CheckReport) -> CheckReport:
        """A report with its reasons on public inputs, the parts to blame, and hints."""
        report = self.show_public_inputs(report)
        self.ends = time.monotonic() + BLAME
        report = self.assign_blame(report)
        return self.add_hint(report)

    def judge_untrained(self) -> CheckReport | None:
        """Judge a training without it, if faulty parts are all that could make it go wrong.

        These have paid in their own checks. Whether the network learns in spite of them, which
        takes an epoch to find out, changes no mark: the check would be right, or spared. None
        where that is not so.
        """
        faulty = self.suspects() & set(self.check.uses) & set(PARTS)
        if not faulty or self.settings.policy != "isolate":
            return None
        self.ends = time.monotonic() + BLAME
        try:
            report = self.ask_with_parts(Parts(frozenset()), False, train=False)
            if report.share == 1:
                return report
            parts = Parts(frozenset(faulty))
            report = self.ask_with_parts(parts, True, train=False)
            blame = Blame(in_course_order(set(parts.called)), report, parts)
            if report.share < 1 or not blame.parts or self.spared_parts(blame) != blame.parts:
                return None
        except TooLong:
            return None
        names = ", ".join(map(plain_name, blame.parts))
        reason = Message("not trained: with a right {names} every step is right", names=names)
        return replace(
            report, outcome="spared", reasons=(reason,), promises=("",), blamed=blame.parts
        )

    def show_public_inputs(self, report: CheckReport) -> CheckReport:
        """Ask again on public inputs, in a worker that has seen no others.

        What is shown to a student then holds nothing hidden: neither what it got, nor what was
        expected, nor what its code printed or raised. No other worker runs meanwhile that could
        tell it, by a lock on a file that both may read.
        """
        check = self.check
        if not check.replayed:
            return report
        self.workers.drop_all()
        public = put_questions(self.workers, self.findings, check, PUBLIC, reveal=True)
        printed = ""
        if (worker := self.workers.running(check.package)) is not None:
            printed = worker.printed
            if report.outcome != "not written":
                with contextlib.suppress(*NO_ANSWER):
                    for blank in check.blanks:  # this worker may be asked for hints as well
                        self.recognise_mistakes(blank)
        self.drop_worker()
        if public.share == 1:
            reasons = [as_message(r).with_details(how=PASSES_IN_PUBLIC) for r in report.reasons]
            return replace(report, reasons=tuple(reasons))
        lines = printed.splitlines(keepends=True)
        printed = "".join(line for line in lines if not line.startswith(NOT_THEIRS))
        return replace(report, reasons=public.reasons, promises=public.promises, printed=printed)

    def assign_blame(self, report: CheckReport) -> CheckReport:
        """Name the parts that explain a failure; spare the check where they pay for it."""
        check, findings = self.check, self.findings
        if not check.uses or report.outcome == "not written":
            return report
        try:
            failed = report if check.short is None else self.try_parts(Parts(frozenset()))
            if failed.share == 1:
                return report
            blame = find_blame(check, failed, self.try_parts, self.suspects())
            if blame is None:
                return self.blame_own_forward(report)
            spared = self.spared_parts(blame)
            mended = failed
            if spared and self.settings.policy == "isolate":
                is_all = spared == blame.parts
                mended = blame.report if is_all else self.try_parts(Parts(frozenset(spared)))
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

    def blame_own_forward(self, report: CheckReport) -> CheckReport:
        """Spare a backward pass that is right for its own forward pass, which pays itself."""
        [backward, *_] = self.check.blanks or ("",)
        forward = PARTS[backward].forward if backward in PARTS else ""
        if not self.has_lost_points(forward):
            return report
        self.drop_worker()
        try:
            worker = self.workers.get(self.check.package)
            if not is_own_gradient(worker, forward, backward, PUBLIC):
                return report
        except NO_ANSWER:
            return report
        finally:
            self.drop_worker()
        report = replace(report, blamed=(forward,))
        self.findings.faulty.add(forward)
        paying = paying_checks(forward, self.settings.hidden_checks)
        if self.settings.policy == "isolate" and self.findings.plausible & set(paying):
            report = replace(report, outcome="spared", share=1.0)
        return report

    def suspects(self) -> set[str]:
        """Parts that were to blame before, or whose own check lost points."""
        return self.findings.faulty | {
            name
            for check in self.settings.hidden_checks.values()
            if self.findings.shares.get(check.name, 1) < 1
            for name in check.blanks
        }

    def has_lost_points(self, part: str) -> bool:
        """Whether a part paid in its own check, or in the first that uses it; or others for it."""
        paying = paying_checks(part, self.settings.hidden_checks)
        shares, spared = self.findings.shares, self.findings.spared
        return any(shares.get(name, 1) < 1 or name in spared for name in paying)

    def spared_parts(self, blame: Blame) -> tuple[str, ...]:
        """Those of the blamed parts that lost points in their own checks, and were attempted."""
        paid = list(filter(self.has_lost_points, blame.parts))
        if not paid:
            return ()
        seen = blame.seen
        if seen is None or set(seen.called) != set(paid):
            seen = Parts(frozenset(paid))
            self.try_parts(seen, watched=True)
        plausible = {blank for name in self.findings.plausible for blank in CHECKS[name].blanks}
        return tuple(n for n in paid if n in seen.attempted | plausible and n not in seen.unwritten)

    def try_parts(self, parts: Parts, watched: bool = False) -> CheckReport:
        """Ask the check on hidden inputs, with some parts replaced.

        Where dropout's forward pass is and its backward pass is not, the latter has to be handed
        the mask as it expects it: once as what to multiply by, and where that fails as what is
        kept.
        """
        if time.monotonic() > self.ends:
            raise TooLong
        report = self.ask_with_parts(parts, watched)
        halves = {PARTS[name].kind for name in parts.replaced if PARTS[name].stochastic}
        if report.share < 1 and halves == {"forward"}:
            other = self.ask_with_parts(replace(parts, unscaled=True), watched)
            report = max(report, other, key=lambda found: found.share)
        if report.outcome in ("out of time", "out of memory"):
            raise TooLong
        return report

    def ask_with_parts(self, parts: Parts, watched: bool, train: bool = True) -> CheckReport:
        """Ask the check in a fresh worker that some parts are replaced in."""
        check = self.check
        short = replace(check, questions=(train and check.short) or check.questions)
        described = [PARTS[name].describe() for name in in_course_order(parts.replaced)]
        try:
            self.workers.replace(check.package, parts).replace(described, watched)
            secret = self.settings.secret
            return put_questions(self.workers, self.findings, short, secret, train=train)
        except (StudentError, WorkerEnded):  # nothing of it can be asked
            return CheckReport(check.name, "error", 0.0)
        except (OutOfTime, OutOfMemory):
            return CheckReport(check.name, "out of time", 0.0)
        finally:
            self.drop_worker()

    def add_hint(self, report: CheckReport) -> CheckReport:
        """Name the known mistake that the student's code behaves like."""
        if report.outcome == "not written":
            return report
        suspects = dict.fromkeys([*report.blamed, *self.check.blanks])
        if not set(suspects) <= set(self.findings.recognised):
            self.drop_worker()
        try:
            for blank in suspects:
                known = self.recognise_mistakes(blank)
                if known:
                    return replace(report, hints=known[:MOST_HINTS])
        except NO_ANSWER:
            pass  # code that cannot be asked about itself
        finally:
            self.drop_worker()
        return report

    def recognise_mistakes(self, blank: str) -> tuple[str, ...]:
        """The known mistakes that a blank behaves like, asked once.

        The submission's own copy of the public probes says so, in a worker that has seen no hidden
        input. Student code could make it say anything: it decides nothing, and the words are ours.
        """
        recognised = self.findings.recognised
        if blank not in recognised:
            worker = self.workers.get(self.check.package)
            found = worker.call("checks.hints:recognise", blank).result
            names = found[: len(MISTAKES)] if isinstance(found, list) else []
            known = [name for name in names if isinstance(name, str) and name in MISTAKES]
            recognised[blank] = tuple(dict.fromkeys(known))
        return recognised[blank]

    def drop_worker(self) -> None:
        self.workers.drop(self.check.package)
