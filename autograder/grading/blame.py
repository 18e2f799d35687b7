"""Finds the parts of a submission that explain a failed check, so that a mistake costs points once.

The check is repeated, each time in a fresh worker, with some of the student's parts replaced by the
reference's. These run on the trusted side: the worker holds stand-ins that call back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..checks import HiddenCheck
from ..checks.parts import PARTS, Parts
from .report import CheckReport

NETWORKS = {name for name, part in PARTS.items() if part.level}


class Trial(Protocol):
    """Asks a check with some parts replaced; `observed` records the student's own results too."""

    def __call__(self, parts: Parts, observed: bool = False) -> CheckReport: ...


class TrialTimeout(Exception):
    """A trial ran out of time, or the time for all trials is over."""


@dataclass(frozen=True)
class Blame:
    """The parts that explain a failure."""

    parts: tuple[str, ...]  # the smallest set whose replacement mends the check
    report: CheckReport  # of the check with these parts replaced
    # The student's own results, if exactly these parts were called and observed
    seen: Parts | None = None


def find_blame(
    check: HiddenCheck, failed: CheckReport, trial: Trial, suspects: Collection[str] = ()
) -> Blame | None:
    """Find the smallest set of parts whose replacement mends a check as far as any does.

    Layers and update rules are tried before networks, so that a network is not blamed for a layer.
    `suspects` are parts that are known to be wrong; if they mend the check, no others are tried.
    Single parts come first, then the two halves of a layer, which share a cache. Otherwise parts
    are given back to the student one at a time while the check stays mended, until each one left is
    necessary.

    None if the check uses no other part, or if replacing them mends nothing.
    """
    never = irreplaceable_parts(check)
    layers = frozenset(PARTS) - NETWORKS - never  # a constructor is not a part, so it stays
    known = Parts(frozenset(suspects) & frozenset(check.uses) & layers)
    suspected = trial(known, observed=True) if known.replaced else failed
    if suspected.share == 1:
        best, called = suspected, frozenset(known.called)
    else:
        best, called = mend_with_all(check, failed, trial, never)
        few = called & set(suspects)
        if few and few != called:
            mended = suspected if few == set(known.called) else trial(Parts(few))
            if mended.share == best.share:
                best, called = mended, few
    if len(called) < 2:
        seen = known if called and called == set(known.called) else None
        return Blame(in_course_order(called), best, seen) if called else None
    return find_small_set(best, called, trial) or leave_out_one_by_one(best, called, trial)


def mend_with_all(
    check: HiddenCheck, failed: CheckReport, trial: Trial, never: frozenset[str]
) -> tuple[CheckReport, frozenset[str]]:
    """Replace all layers, then all networks too; return the best report and the called parts."""
    best, called = failed, frozenset[str]()
    for level in (0, 1) if NETWORKS & set(check.uses) else (0,):
        names = {n for n, part in PARTS.items() if part.level <= level}
        parts = Parts(frozenset(names - never))
        report = trial(parts)
        if report.share > best.share:
            best, called = report, frozenset(parts.called)
        if best.share == 1:
            break
    return best, called


def find_small_set(best: CheckReport, called: frozenset[str], trial: Trial) -> Blame | None:
    """Find one part, or a layer's two halves, that mend as much as all called parts."""
    ordered = in_course_order(called)
    alone = [frozenset({name}) for name in ordered]
    forward = {name: PARTS[name].forward for name in ordered}
    halves = [frozenset({name, forward[name]}) for name in ordered if forward[name] in called]
    for some in alone + halves:
        report = trial(Parts(some))
        if report.share == best.share:
            return Blame(in_course_order(some), report)
    return None


def leave_out_one_by_one(best: CheckReport, called: frozenset[str], trial: Trial) -> Blame:
    """Give parts back to the student one by one; blame those that the check then fails without."""
    needed = called
    for name in in_course_order(called)[::-1]:
        report = trial(Parts(needed - {name}))
        if report.share == best.share:
            needed, best = needed - {name}, report
    return Blame(in_course_order(needed), best)


def irreplaceable_parts(check: HiddenCheck) -> frozenset[str]:
    """Parts that are never replaced: the check's blanks, and alternatives to their gradients.

    A student may call the alternative instead of writing the blank.
    """
    forwards = {PARTS[name].forward for name in check.blanks if name in PARTS} - {""}
    twins = {name for name, part in PARTS.items() if part.forward in forwards}
    return frozenset(check.blanks) | twins


def in_course_order(names: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in PARTS if name in names)


def paying_checks(name: str, checks: Mapping[str, HiddenCheck]) -> list[str]:
    """The asked checks in which mistakes of a part cost points.

    These are the checks about the part; if there are none, the first check that uses it.
    """
    own = [check.name for check in checks.values() if name in check.blanks]
    return own or [check.name for check in checks.values() if name in check.uses][:1]
