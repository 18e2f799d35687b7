"""The audit as a person sees it: a bar while it runs, what got away, a page at the end."""

import os
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from .equivalence import ROUNDS
from .examine import Kept, Results, audit, examiner_for, mutants_of, version
from .report import page, summary

KEPT = Path("build", "audit.jsonl")


def run_audit(
    root: Path, blanks: Sequence[str], limit: int, jobs: int, output: Path | None, console: Console
) -> bool:
    """Audit the hidden checks, and write a page where one is asked for.

    Parameters
    ----------
    root : Path
        The checkout; verdicts are kept in its `build/`, so that an interrupted run goes on.
    blanks : sequence of str
        Default: all that are audited.
    limit : int
        So many mutants; 0: all.
    jobs : int
        Side by side; 0: one for each processor.
    output : Path or None
    console : Console

    Returns
    -------
    caught : bool
        Whether a check of its own blank caught every mutant that is not equivalent.
    """
    started = time.monotonic()
    mutants = mutants_of(root, blanks, limit)
    examiner = examiner_for(root, console.print)
    examiner.require_reference()
    kept = Kept(root / KEPT, version(examiner.grader))
    fresh = not any(kept.get(mutant) for mutant in mutants)
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    results: Results = []
    with Progress(*columns, TimeRemainingColumn(), console=console) as progress:
        task = progress.add_task("mutants", total=len(mutants))
        for mutant, verdict in audit(examiner, mutants, kept, jobs or os.cpu_count() or 1):
            results = [*results, (mutant, verdict)]
            progress.advance(task)
            if verdict.outcome in ("neighbour", "survived", "infrastructure"):
                console.print(f"{verdict.outcome}: {mutant.name}\n{mutant.diff}", markup=False)
    # What an interrupted run has cost is not known any more.
    seconds = time.monotonic() - started if fresh else 0.0
    console.print(summary(results, seconds).replace("**", ""), markup=False)
    if output is not None:
        output.write_text(page(results, seconds, ROUNDS), encoding="utf-8")
    return all(verdict.outcome in ("own", "stopped", "equivalent") for _, verdict in results)
