"""Wrong hints, measured: mutants of the reference are given hints, and each hint is tried out.

A hint is right where the mutant does what the catalogued mistake does on other inputs as well. A
mutant runs in this machine's processes, not in a sandbox: it is made from the reference, and limits
on time and memory stop what has become endless.
"""

import contextlib
import os
import resource
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from autograder.hints.catalogue import MISTAKES
from autograder.hints.plant import file_of, library, planted_source
from autograder.release.reference import Reference
from daseCV.checks.hints import recognise
from daseCV.checks.library import Library
from daseCV.checks.probing import PUBLIC, Mark, observe, same

from .mutants import Mutant, find_mutants

SECONDS = 5.0  # for a mutant; the reference takes 0.01
MEMORY = 4 * 2**30
SEEDS = range(PUBLIC + 1, PUBLIC + 6)  # of the inputs that a hint is tried out on

Outcome = Literal["none", "right", "wrong", "stopped"]


@dataclass(frozen=True)
class Given:
    """What a mutant was told first.

    Parameters
    ----------
    mutant : str
        Its name.
    blank : str
    hint : str
        The id of the mistake; '' for none.
    outcome : {'none', 'right', 'wrong', 'stopped'}
        'wrong': on other inputs it does something else; 'stopped': too slow to be probed.
    """

    mutant: str
    blank: str
    hint: str
    outcome: Outcome


class OutOfTime(BaseException):
    """No `Exception`, so that what catches those of student code lets it through."""


def try_out(root: Path, mutant: Mutant) -> Given:
    """Give a mutant a hint, and find out whether it is right."""
    name = mutant.file.partition("/")[2]
    try:
        with limited(SECONDS), library(root, {name: mutant.content}) as changed:
            found = recognise(mutant.blank, changed)
            if not found:
                return Given(mutant.name, mutant.blank, "", "none")
            right = behaves_alike(root, mutant.blank, changed, found[0])
            return Given(mutant.name, mutant.blank, found[0], "right" if right else "wrong")
    except (OutOfTime, MemoryError):
        return Given(mutant.name, mutant.blank, "", "stopped")
    except (Exception, SystemExit):  # a file that does not even import: nothing to recognise
        return Given(mutant.name, mutant.blank, "", "none")


def behaves_alike(root: Path, blank: str, one: Library, mistake_id: str) -> bool:
    """Whether a library does what a catalogued mistake does, on inputs that hints never saw."""
    source = planted_source(root, MISTAKES[mistake_id])
    with library(root, {file_of(blank): source}) as other:
        return all(equal(observe(blank, one, seed), observe(blank, other, seed)) for seed in SEEDS)


def equal(one: dict[str, Mark], two: dict[str, Mark]) -> bool:
    return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Interrupt what takes more processor time; only in a process's main thread."""

    def interrupt(*_: Any) -> None:
        raise OutOfTime

    before = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def limit_memory() -> None:
    """For a process of the pool: an array of a mutant's making must not fill the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def hints_given(
    root: Path, blanks: Sequence[str] = (), limit: int = 0, jobs: int = 0
) -> list[Given]:
    """Try out the first hint of every mutant, side by side.

    Parameters
    ----------
    root : Path
        The checkout.
    blanks : sequence of str
        Default: all.
    limit : int
        So many mutants, evenly spread; 0: all.
    jobs : int
        Side by side; 0: one for each processor.
    """
    reference = Reference(root)
    names = blanks or [blank.name for found in reference.blanks().values() for blank in found]
    mutants = list(find_mutants(reference, names))
    if 0 < limit < len(mutants):
        mutants = [mutants[place * len(mutants) // limit] for place in range(limit)]
    with ProcessPoolExecutor(
        jobs or os.cpu_count() or 1, mp_context=get_context("spawn"), initializer=limit_memory
    ) as pool:
        return list(pool.map(try_out, [root] * len(mutants), mutants, chunksize=8))


def run_hints(
    root: Path, blanks: Sequence[str], limit: int, jobs: int, console: Console
) -> Counter[str]:
    """Count wrong hints, and print a table of them by blank.

    Returns
    -------
    counts : Counter
        Of 'mutants' and of each outcome; 'hints' are those that are right or wrong.
    """
    given = hints_given(root, blanks, limit, jobs)
    table = Table("blank", title="The first hint that mutants of the reference are given")
    for title in ("mutants", "hints", "wrong"):
        table.add_column(title, justify="right")
    for blank in dict.fromkeys(one.blank for one in given):
        counts = counted([one for one in given if one.blank == blank])
        table.add_row(blank, *(str(counts[name]) for name in ("mutants", "hints", "wrong")))
    total = counted(given)
    table.add_section()
    table.add_row("all", *(str(total[name]) for name in ("mutants", "hints", "wrong")))
    console.print(table)
    for one in given:
        if one.outcome == "wrong":
            console.print(f"wrong: {one.mutant}: {one.hint}", markup=False, soft_wrap=True)
    return total


def counted(given: Sequence[Given]) -> Counter[str]:
    counts: Counter[str] = Counter(one.outcome for one in given)
    counts["mutants"] = len(given)
    counts["hints"] = counts["right"] + counts["wrong"]
    return counts
