"""Run the audit: a progress bar, mutants that were not caught, a page at the end."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .equivalence import ROUNDS
from .examine import Results, VerdictStore, audit, choose_mutants, make_examiner, version
from .report import make_page, summarise

VERDICTS = Path("build", "audit.jsonl")


def run_audit(
    root: Path, blanks: Sequence[str], limit: int, jobs: int, output: Path | None, console: Console
) -> bool:
    """Audit the hidden checks, and write a page if `output` names one.

    Parameters
    ----------
    root : Path
        The checkout; verdicts are kept in its `build/`, so that an interrupted run can resume.
    blanks : sequence of str
        Default: all audited blanks.
    limit : int
        Number of mutants; 0: all.
    jobs : int
        Number of processes; 0: one for each processor.
    output : Path or None
    console : Console

    Returns
    -------
    caught : bool
        Whether a check of its own blank caught every mutant that is not equivalent.
    """
    started = time.monotonic()
    mutants = choose_mutants(root, blanks, limit)
    examiner = make_examiner(root, console.print)
    examiner.require_reference()
    store = VerdictStore(root / VERDICTS, version(examiner.grader))
    fresh = not any(store.get(mutant) for mutant in mutants)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    results: Results = []
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("mutants", total=len(mutants))
        for mutant, verdict in audit(examiner, mutants, store, jobs or os.cpu_count() or 1):
            results = [*results, (mutant, verdict)]
            progress.advance(task)
            if verdict.outcome in ("neighbour", "survived", "infrastructure"):
                console.print(f"{verdict.outcome}: {mutant.name}\n{mutant.diff}", markup=False)
    # The time of an interrupted run is not known any more.
    seconds = time.monotonic() - started if fresh else 0.0
    console.print(summarise(results, seconds).replace("**", ""), markup=False)
    if output is not None:
        output.write_text(make_page(results, seconds, ROUNDS), encoding="utf-8")
    return all(verdict.outcome in ("own", "stopped", "equivalent") for _, verdict in results)
