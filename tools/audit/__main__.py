"""Prove the hidden checks: change the reference's blanks one by one, grade each mutant, report.

    python -m tools.audit --output docs/grading-audit.md
    python -m tools.audit --blank layers.relu_forward
    python -m tools.audit --hints                # instead: which hints are wrong
    python -m tools.audit --training             # instead: whether a few steps suffice

Run it in the checkout. An interrupted run resumes: verdicts are kept in `build/`.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from .hints import run_hints
from .run import run_audit
from .training import run_training

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Run the audit that the command line asks for; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.audit",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--blank", action="append", default=[], help="only this blank; repeatable")
    parser.add_argument("--limit", type=int, default=0, help="number of mutants, evenly spread")
    parser.add_argument("--jobs", type=int, default=0, help="processes; default: one a processor")
    parser.add_argument("--output", type=Path, help="a page in Markdown to write")
    parser.add_argument("--hints", action="store_true", help="count wrong hints instead")
    parser.add_argument("--training", action="store_true", help="judge training both ways instead")
    given = parser.parse_args(arguments)
    console = Console()
    if given.hints:
        run_hints(ROOT, given.blank, given.limit, given.jobs, console)
        return 0
    if given.training:
        right = run_training(ROOT, given.limit, given.jobs, given.output, console)
        return 0 if right else 1
    caught = run_audit(ROOT, given.blank, given.limit, given.jobs, given.output, console)
    return 0 if caught else 1


if __name__ == "__main__":
    sys.exit(main())
