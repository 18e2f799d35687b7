"""The command that collects what was handed in."""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table
from rich.text import Text

from ..collecting.archives import Refused
from ..collecting.handed_in import HandedIn, LeftAside
from ..collecting.roster import apply_roster, read_roster
from ..collecting.submission import Submission, read_submission
from ..collecting.submitted import write_submitted
from ..course import Course
from ..release.languages import canonical
from ..texts import printable_line
from . import options
from .output import console, echo, errors

app = typer.Typer()


@app.command()
def collect(
    paths: options.Submissions,
    assignment: options.Assignment = "",
    course: options.CourseFolder = None,
    roster: Annotated[
        Path | None,
        typer.Option(help="A table of the class: who is missing, who is in which group."),
    ] = None,
    read_as: options.ReadAs = options.Reading.ASK,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan; write nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Collect without a question what is in doubt, too.")
    ] = False,
) -> None:
    """Put submissions, of whatever form, where nbgrader looks for them: submitted/."""
    found, assignment = options.choose_assignment(course, assignment)
    with tempfile.TemporaryDirectory(prefix="dasecv-collect-") as scratch:
        plan = options.plan_for(found, assignment, paths, scratch, read_as)
        missing: tuple[str, ...] = ()
        if roster is not None:
            plan, missing = apply_roster(plan, read_roster(roster))
        collector = Collector(found, assignment, dry_run)
        # One after the other: a class's notebooks together can be larger than the memory.
        for one in track(plan.taken, "Collecting", console=errors, transient=True):
            collector.take(one)
        console.print(collector.table)
        for line in collector.remarks:
            echo(line, errors)
        if plan.local_times:
            echo(options.assumed_zone(found), errors)
        open_questions = show_doubts(collector, plan.left, missing)
        if not collector.count:
            echo("Nothing to collect.", errors)
            raise typer.Exit(1)
        if dry_run:
            echo("Nothing was written: without --dry-run, this is what is collected.")
            return
        settled = not open_questions or yes
        if not settled and sys.stdin.isatty():
            settled = typer.confirm(f"{open_questions} to look at. Go on as listed?", err=True)
        if roster is not None:
            from ..reports import ReportStore

            store = ReportStore(found.folder / "reports.db", found.nbgrader.groupshared)
            store.note_missing(assignment, missing)
        if settled:
            for one in collector.doubtful:
                collector.write(one)
    there = collector.count - collector.written
    there -= 0 if settled else len(collector.doubtful)
    echo(f"{collector.written} written, {there} were there already. Next:")
    submitted = found.folder / found.nbgrader.submitted_directory
    echo(f"  dasecv grade {submitted} --assignment {assignment}")
    if not settled:
        doubtful = len(collector.doubtful)
        not_taken = f", and {doubtful} in doubt are not collected" if doubtful else ""
        echo(f"{open_questions} to look at{not_taken}: --yes goes on as listed.", errors)
        raise typer.Exit(1)


class Collector:
    """Reads what was handed in, one after the other, and writes what is in no doubt."""

    def __init__(self, course: Course, assignment: str, dry_run: bool) -> None:
        self.course, self.assignment, self.dry_run = course, assignment, dry_run
        source = course.source(assignment)
        self.released = {
            name: (source / f"{name}.ipynb").read_bytes() for name in canonical(source)
        }
        self.modules = course.modules(assignment)
        self.table = Table(box=None, pad_edge=False)
        for column in ("student", "attempt", "late", "notebook", "modules", "from"):
            self.table.add_column(column, overflow="fold")
        self.remarks: list[str] = []
        self.refused: list[str] = []
        self.doubtful: list[HandedIn] = []
        self.count = self.written = 0

    def take(self, one: HandedIn) -> None:
        """A submission's row; it is written, unless a person should look at it first."""
        try:
            submission = self.read(one)
        except (OSError, MemoryError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            self.remarks.append(f"- {one.came_from}: cannot be read: {why}")
            return
        self.count += 1
        self.table.add_row(*plan_row(one, submission, self.course.student_owned))
        doubts: tuple[str, ...] = ()
        if isinstance(submission, Refused):
            self.refused += [f"? {one.student}: refused: {submission}"]
        else:
            doubts = submission.doubts
            notes = [note for note in submission.notes if note not in doubts]
            self.remarks += [f"! {one.student}: {note}" for note in notes]
        if one.doubts or doubts:
            self.doubtful.append(replace(one, doubts=(*one.doubts, *doubts)))
        elif not self.dry_run:
            self.write(one, submission)

    def read(self, one: HandedIn) -> Submission | Refused:
        try:
            return read_submission(
                one.path,
                self.course.student_owned,
                list(self.released),
                self.modules,
                self.course.assignments,
            )
        except Refused as error:
            return error

    def write(self, one: HandedIn, submission: Submission | Refused | None = None) -> None:
        target = self.course.directory("submitted", one.student, self.assignment)
        submission = submission or self.read(one)
        self.written += write_submitted(
            one, submission, self.released, target, self.course.nbgrader.groupshared
        )


def show_doubts(collector: Collector, left: Sequence[LeftAside], missing: Sequence[str]) -> int:
    """Show what is not taken, and at the end what a person should look at, by name.

    Returns how many of these only a person can settle; a refused submission is settled.
    """
    for one in left:
        if not one.doubtful:
            echo(f"- {one.origin}: {one.why}", errors)
    lines = [
        *collector.refused,
        *(f"? {one.student}: {doubt}" for one in collector.doubtful for doubt in one.doubts),
        *(f"? {one.origin}: not taken: {one.why}" for one in left if one.doubtful),
        *(f"? {name}: on the roster, and nothing was handed in" for name in missing),
    ]
    for line in ["Look at these:", *lines] if lines else ():
        echo(line, errors)
    return len(lines) - len(collector.refused)


def plan_row(
    one: HandedIn, submission: Submission | Refused, owned: Sequence[str]
) -> tuple[Text, ...]:
    """The row of a student, whose names are no markup."""
    if isinstance(submission, Refused):
        notebook = modules = "refused"
    else:
        notebook = "✓" if submission.notebooks else "✗"
        modules = f"{len(submission.owned.keys() & set(owned))}/{len(owned)}"
    late = "" if not one.late else "late" if one.at is not None else "late, time unknown"
    cells = (one.student, str(one.attempt), late, notebook, modules, one.came_from)
    return tuple(Text(printable_line(cell)) for cell in cells)
