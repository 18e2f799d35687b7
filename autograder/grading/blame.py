"""Blame once: which of a submission's parts explain that a check failed.

The check is asked again, each time in a fresh worker, with some of the student's parts replaced by
the reference's. Those run on the trusted side: the worker holds stand-ins that call back.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..checks import HiddenCheck
from ..checks.parts import PARTS, Parts
from .report import CheckReport

NETWORKS = {name for name, part in PARTS.items() if part.level}


class Trial(Protocol):
    """Asks a check with some parts replaced; watched, the student's own are looked at as well."""

    def __call__(self, parts: Parts, watched: bool = False) -> CheckReport: ...


class TooLong(Exception):
    """A trial ran out of time, or would begin after the time for all of them."""


@dataclass(frozen=True)
class Blame:
    """What explains a failure."""

    parts: tuple[str, ...]  # the smallest set of parts that had to be replaced
    report: CheckReport  # what the check comes to with them replaced
    # What the student's own are like, where these were called and no others, and were watched
    seen: Parts | None = None


def find_blame(
    check: HiddenCheck, failed: CheckReport, trial: Trial, suspects: Collection[str] = ()
) -> Blame | None:
    """Find the smallest set of parts whose replacement mends a check as far as any does.

    Layers and update rules are tried before the networks that are built on them, so that a network
    is not blamed for a layer. Where the suspects are enough, nobody else is looked at; layers that
    mend the check as a whole are enough at once. Sets of one are tried first, then a layer's two
    halves, which share a cache; after that parts are given back to the student one at a time while
    the check stays mended, which leaves a set that none can be left out of.

    Suspects are parts that are known to be wrong. Without any blame, the check stands on no other
    part, or these mend nothing.
    """
    never = never_replaced(check)
    layers = frozenset(PARTS) - NETWORKS - never  # a constructor is no part: nothing replaces it
    known = Parts(frozenset(suspects) & frozenset(check.uses) & layers)
    suspected = trial(known, watched=True) if known.replaced else failed
    if suspected.share == 1:
        best, called = suspected, frozenset(known.called)
    else:
        best, called = mend_by_all(check, failed, trial, never)
        few = called & set(suspects)
        if few and few != called:
            mended = suspected if few == set(known.called) else trial(Parts(few))
            if mended.share == best.share:
                best, called = mended, few
    if len(called) < 2:
        seen = known if called and called == set(known.called) else None
        return Blame(in_course_order(called), best, seen) if called else None
    return find_small_set(best, called, trial) or leave_out_one_by_one(best, called, trial)


def mend_by_all(
    check: HiddenCheck, failed: CheckReport, trial: Trial, never: frozenset[str]
) -> tuple[CheckReport, frozenset[str]]:
    """What replacing all layers, or all networks too, comes to; and which of them were called."""
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
    """One part, or a layer's two halves, that mend as much as all that were called."""
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
    """What is left when each part is given back to the student for as long as all stays mended."""
    needed = called
    for name in in_course_order(called)[::-1]:
        report = trial(Parts(needed - {name}))
        if report.share == best.share:
            needed, best = needed - {name}, report
    return Blame(in_course_order(needed), best)


def never_replaced(check: HiddenCheck) -> frozenset[str]:
    """What is never replaced: the blanks, and other ways to write their gradients.

    Who calls the other way instead of writing one has what that one has.
    """
    forwards = {PARTS[name].forward for name in check.blanks if name in PARTS} - {""}
    twins = {name for name, part in PARTS.items() if part.forward in forwards}
    return frozenset(check.blanks) | twins


def in_course_order(names: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in PARTS if name in names)


def paying_checks(name: str, checks: Mapping[str, HiddenCheck]) -> list[str]:
    """The checks that a part's mistakes cost points in, of those that are asked.

    Those that are about it; where none is, the first that stands on it.
    """
    own = [check.name for check in checks.values() if name in check.blanks]
    return own or [check.name for check in checks.values() if name in check.uses][:1]
