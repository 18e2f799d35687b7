"""Explains a failed check: on public inputs, by the parts to blame, and by likely mistakes."""

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
from .blame import Blame, TrialTimeout, find_blame, in_course_order, paying_checks
from .report import CheckReport, Outcome
from .settings import GradingSettings
from .workers import Workers

PUBLIC = b"public"  # inputs that anyone may see
BLAME_TIME = 120.0  # seconds to look for the parts that explain one failure
MOST_HINTS = 2  # for one check
PASSES_IN_PUBLIC = Message("it passes on public inputs, and fails on hidden ones")
GIVEN_OUTPUT = "daseCV.fast_layers: "  # start of a line that given code prints on import


@dataclass
class Explainer:
    settings: GradingSettings
    workers: Workers
    findings: Findings
    check: HiddenCheck

    def explain(self, report: CheckReport) -> CheckReport:
        """Add reasons on public inputs, the parts to blame, and hints to a report."""
        report = self.show_public_inputs(report)
        self.deadline = time.monotonic() + BLAME_TIME
        report = self.assign_blame(report)
        return self.add_hint(report)

    def judge_without_training(self) -> CheckReport | None:
        """Judge a training check without training, if only known faulty parts could make it fail.

        These parts have lost points in their own checks. So the mark is the same whether or not the
        network learns: the check would be right, or spared. None if this does not apply.
        """
        faulty = self.suspects() & set(self.check.uses) & set(PARTS)
        if not faulty or self.settings.policy != "isolate":
            return None
        self.deadline = time.monotonic() + BLAME_TIME
        try:
            report = self.ask_with_parts(Parts(frozenset()), False, train=False)
            if report.share == 1:
                return report
            parts = Parts(frozenset(faulty))
            report = self.ask_with_parts(parts, True, train=False)
            blame = Blame(in_course_order(set(parts.called)), report, parts)
            if report.share < 1 or not blame.parts or self.spared_parts(blame) != blame.parts:
                return None
        except TrialTimeout:
            return None
        names = ", ".join(map(plain_name, blame.parts))
        reason = Message("not trained: with a right {names} every step is right", names=names)
        return replace(
            report, outcome="spared", reasons=(reason,), promises=("",), blamed=blame.parts
        )

    def show_public_inputs(self, report: CheckReport) -> CheckReport:
        """Ask again on public inputs, in a worker that has seen no others.

        So nothing hidden is shown to the student: in results, expected values, output or errors. No
        other worker runs at the same time, which could pass hidden inputs on.
        """
        check = self.check
        if not check.can_replay:
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
        printed = "".join(line for line in lines if not line.startswith(GIVEN_OUTPUT))
        return replace(report, reasons=public.reasons, promises=public.promises, printed=printed)

    def assign_blame(self, report: CheckReport) -> CheckReport:
        """Name the parts that explain a failure; spare the check if they lose points elsewhere."""
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
        except TrialTimeout:
            return report
        # A backward pass may fail only because of the cache of a faulty forward pass.
        cached = {PARTS[name].forward for name in blame.parts} & findings.faulty
        report = replace(report, blamed=in_course_order({*blame.parts, *cached}))
        findings.faulty.update(report.blamed)
        if mended.share <= failed.share:
            return report
        outcome: Outcome = "spared" if mended.share == 1 else "partly"
        return replace(report, outcome=outcome, share=mended.share)

    def blame_own_forward(self, report: CheckReport) -> CheckReport:
        """Spare a backward pass that is right for the student's faulty forward pass."""
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
        """Parts that were blamed before, or lost points in their own check."""
        return self.findings.faulty | {
            name
            for check in self.settings.hidden_checks.values()
            if self.findings.shares.get(check.name, 1) < 1
            for name in check.blanks
        }

    def has_lost_points(self, part: str) -> bool:
        """Whether a part's mistakes cost points: in its own checks, or in others."""
        paying = paying_checks(part, self.settings.hidden_checks)
        shares, spared = self.findings.shares, self.findings.spared
        return any(shares.get(name, 1) < 1 or name in spared for name in paying)

    def spared_parts(self, blame: Blame) -> tuple[str, ...]:
        """The blamed parts that lost points in their own checks, and were attempted."""
        paid = list(filter(self.has_lost_points, blame.parts))
        if not paid:
            return ()
        seen = blame.seen
        if seen is None or set(seen.called) != set(paid):
            seen = Parts(frozenset(paid))
            self.try_parts(seen, observed=True)
        plausible = {blank for name in self.findings.plausible for blank in CHECKS[name].blanks}
        return tuple(n for n in paid if n in seen.attempted | plausible and n not in seen.unwritten)

    def try_parts(self, parts: Parts, observed: bool = False) -> CheckReport:
        """Ask the check on hidden inputs, with some parts replaced.

        If only dropout's forward pass is replaced, the student's backward pass gets the mask as
        factors, and if that fails, as a boolean mask of kept entries.
        """
        if time.monotonic() > self.deadline:
            raise TrialTimeout
        report = self.ask_with_parts(parts, observed)
        halves = {PARTS[name].kind for name in parts.replaced if PARTS[name].stochastic}
        if report.share < 1 and halves == {"forward"}:
            other = self.ask_with_parts(replace(parts, unscaled=True), observed)
            report = max(report, other, key=lambda found: found.share)
        if report.outcome in ("out of time", "out of memory"):
            raise TrialTimeout
        return report

    def ask_with_parts(self, parts: Parts, observed: bool, train: bool = True) -> CheckReport:
        """Ask the check in a fresh worker with some parts replaced."""
        check = self.check
        short = replace(check, questions=(train and check.short) or check.questions)
        described = [PARTS[name].describe() for name in in_course_order(parts.replaced)]
        try:
            self.workers.restart(check.package, parts).install_stand_ins(described, observed)
            secret = self.settings.secret
            return put_questions(self.workers, self.findings, short, secret, train=train)
        except (StudentError, WorkerEnded):  # the check cannot be asked
            return CheckReport(check.name, "error", 0.0)
        except (OutOfTime, OutOfMemory):
            return CheckReport(check.name, "out of time", 0.0)
        finally:
            self.drop_worker()

    def add_hint(self, report: CheckReport) -> CheckReport:
        """Add the known mistakes that the student's code behaves like."""
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
            pass  # the code gives no answer
        finally:
            self.drop_worker()
        return report

    def recognise_mistakes(self, blank: str) -> tuple[str, ...]:
        """The known mistakes that a blank behaves like, asked once.

        The probes run in a worker that has seen no hidden input. Student code could forge the
        result; but it only selects hints of the catalogue, and decides no mark.
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
