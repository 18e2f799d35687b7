"""Count wrong hints: find the first hint for each mutant of the reference, and test it.

A hint is right if the mutant does what the catalogued mistake does on other inputs as well. A
mutant runs without a sandbox, since it is made from the reference; limits on time and memory stop
endless loops.
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

SECONDS = 5.0  # of processor time for a mutant; the reference takes 0.01
MEMORY = 4 * 2**30
SEEDS = range(PUBLIC + 1, PUBLIC + 6)  # of the inputs on which a hint is tested

Outcome = Literal["none", "right", "wrong", "stopped"]


@dataclass(frozen=True)
class HintVerdict:
    """The first hint for a mutant.

    Parameters
    ----------
    mutant : str
        The mutant's name.
    blank : str
    hint : str
        The id of the mistake; '' for none.
    outcome : {'none', 'right', 'wrong', 'stopped'}
        'wrong': the mutant differs on other inputs; 'stopped': it is too slow to be probed.
    """

    mutant: str
    blank: str
    hint: str
    outcome: Outcome


class OutOfTime(BaseException):
    """Not an `Exception`, so that handlers for student code let it pass."""


def try_out(root: Path, mutant: Mutant) -> HintVerdict:
    """Find a mutant's first hint, and test whether it is right."""
    name = mutant.file.partition("/")[2]
    try:
        with limit_time(SECONDS), library(root, {name: mutant.content}) as changed:
            found = recognise(mutant.blank, changed)
            if not found:
                return HintVerdict(mutant.name, mutant.blank, "", "none")
            right = behaves_alike(root, mutant.blank, changed, found[0])
            return HintVerdict(mutant.name, mutant.blank, found[0], "right" if right else "wrong")
    except (OutOfTime, MemoryError):
        return HintVerdict(mutant.name, mutant.blank, "", "stopped")
    except (Exception, SystemExit):  # the file does not even import: nothing to recognise
        return HintVerdict(mutant.name, mutant.blank, "", "none")


def behaves_alike(root: Path, blank: str, mutant: Library, mistake_id: str) -> bool:
    """Whether a library does what a catalogued mistake does, on inputs that probes do not use."""
    source = planted_source(root, MISTAKES[mistake_id])
    with library(root, {file_of(blank): source}) as other:
        pairs = ((observe(blank, mutant, seed), observe(blank, other, seed)) for seed in SEEDS)
        return all(equal(*pair) for pair in pairs)


def equal(one: dict[str, Mark], two: dict[str, Mark]) -> bool:
    return one.keys() == two.keys() and all(same(one[key], two[key]) for key in one)


@contextlib.contextmanager
def limit_time(seconds: float) -> Iterator[None]:
    """Interrupt code that takes more processor time; only in a process's main thread."""

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
    """Limit a process of the pool, so that a mutant's arrays cannot fill the machine."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def try_all_hints(
    root: Path, blanks: Sequence[str] = (), limit: int = 0, jobs: int = 0
) -> list[HintVerdict]:
    """Try out the first hint of every mutant, in parallel.

    Parameters
    ----------
    root : Path
        The checkout.
    blanks : sequence of str
        Default: all.
    limit : int
        Number of mutants, evenly spread; 0: all.
    jobs : int
        Number of processes; 0: one for each processor.
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
        'mutants', each outcome, and 'hints': those that are right or wrong.
    """
    verdicts = try_all_hints(root, blanks, limit, jobs)
    table = Table("blank", title="The first hints for mutants of the reference")
    for title in ("mutants", "hints", "wrong"):
        table.add_column(title, justify="right")
    for blank in dict.fromkeys(verdict.blank for verdict in verdicts):
        counts = count_outcomes([verdict for verdict in verdicts if verdict.blank == blank])
        table.add_row(blank, *(str(counts[name]) for name in ("mutants", "hints", "wrong")))
    total = count_outcomes(verdicts)
    table.add_section()
    table.add_row("all", *(str(total[name]) for name in ("mutants", "hints", "wrong")))
    console.print(table)
    for verdict in verdicts:
        if verdict.outcome == "wrong":
            console.print(f"wrong: {verdict.mutant}: {verdict.hint}", markup=False, soft_wrap=True)
    return total


def count_outcomes(verdicts: Sequence[HintVerdict]) -> Counter[str]:
    counts: Counter[str] = Counter(verdict.outcome for verdict in verdicts)
    counts["mutants"] = len(verdicts)
    counts["hints"] = counts["right"] + counts["wrong"]
    return counts
