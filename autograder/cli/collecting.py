"""The command that collects submissions."""

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

from ..collecting.archives import RefusedSubmission
from ..collecting.incoming import IncomingSubmission, SkippedFile
from ..collecting.roster import apply_roster, read_roster
from ..collecting.submission import Submission, read_submission
from ..collecting.submitted import write_submitted
from ..course import Course
from ..release.languages import notebook_names
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
        typer.Option(help="A table of the class, to find missing students and members of groups."),
    ] = None,
    read_as: options.ReadAs = options.Reading.ASK,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan; write nothing.")
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", help="Collect doubtful submissions too, without asking.")
    ] = False,
) -> None:
    """Put submissions of any form where nbgrader looks for them: submitted/."""
    found, assignment = options.choose_assignment(course, assignment)
    with tempfile.TemporaryDirectory(prefix="dasecv-collect-") as scratch:
        plan = options.plan_for(found, assignment, paths, scratch, read_as)
        missing: tuple[str, ...] = ()
        if roster is not None:
            plan, missing = apply_roster(plan, read_roster(roster))
        collector = Collector(found, assignment, dry_run)
        # One at a time: a class's notebooks together can be larger than the memory.
        for incoming in track(plan.submissions, "Collecting", console=errors, transient=True):
            collector.take(incoming)
        console.print(collector.table)
        for line in collector.remarks:
            echo(line, errors)
        if plan.local_times:
            echo(options.describe_zone(found), errors)
        open_questions = show_doubts(collector, plan.skipped, missing)
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
            for incoming in collector.doubtful:
                collector.write(incoming)
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
    """Reads submissions one at a time, and writes those without doubts."""

    def __init__(self, course: Course, assignment: str, dry_run: bool) -> None:
        self.course, self.assignment, self.dry_run = course, assignment, dry_run
        source = course.source(assignment)
        self.released = {
            name: (source / f"{name}.ipynb").read_bytes() for name in notebook_names(source)
        }
        self.modules = course.modules(assignment)
        self.table = Table(box=None, pad_edge=False)
        for column in ("student", "attempt", "late", "notebook", "modules", "from"):
            self.table.add_column(column, overflow="fold")
        self.remarks: list[str] = []
        self.refused: list[str] = []
        self.doubtful: list[IncomingSubmission] = []
        self.count = self.written = 0

    def take(self, incoming: IncomingSubmission) -> None:
        """Read a submission, add its row, and write it unless a person should check it."""
        try:
            submission = self.read(incoming)
        except (OSError, MemoryError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            self.remarks.append(f"- {incoming.came_from}: cannot be read: {why}")
            return
        self.count += 1
        self.table.add_row(*plan_row(incoming, submission, self.course.student_owned))
        doubts: tuple[str, ...] = ()
        if isinstance(submission, RefusedSubmission):
            self.refused += [f"? {incoming.student}: refused: {submission}"]
        else:
            doubts = submission.doubts
            notes = [note for note in submission.notes if note not in doubts]
            self.remarks += [f"! {incoming.student}: {note}" for note in notes]
        if incoming.doubts or doubts:
            self.doubtful.append(replace(incoming, doubts=(*incoming.doubts, *doubts)))
        elif not self.dry_run:
            self.write(incoming, submission)

    def read(self, incoming: IncomingSubmission) -> Submission | RefusedSubmission:
        try:
            return read_submission(
                incoming.path,
                self.course.student_owned,
                list(self.released),
                self.modules,
                self.course.assignments,
            )
        except RefusedSubmission as error:
            return error

    def write(
        self, incoming: IncomingSubmission, submission: Submission | RefusedSubmission | None = None
    ) -> None:
        target = self.course.directory("submitted", incoming.student, self.assignment)
        submission = submission or self.read(incoming)
        self.written += write_submitted(
            incoming, submission, self.released, target, self.course.nbgrader.groupshared
        )


def show_doubts(
    collector: Collector, skipped: Sequence[SkippedFile], missing: Sequence[str]
) -> int:
    """Show skipped files, and at the end what a person should check, by name.

    Returns how many questions are open; a refused submission is not one.
    """
    for file in skipped:
        if not file.doubtful:
            echo(f"- {file.origin}: {file.why}", errors)
    lines = [
        *collector.refused,
        *(f"? {found.student}: {doubt}" for found in collector.doubtful for doubt in found.doubts),
        *(f"? {file.origin}: not taken: {file.why}" for file in skipped if file.doubtful),
        *(f"? {name}: on the roster, and nothing was handed in" for name in missing),
    ]
    for line in ["Look at these:", *lines] if lines else ():
        echo(line, errors)
    return len(lines) - len(collector.refused)


def plan_row(
    incoming: IncomingSubmission, submission: Submission | RefusedSubmission, owned: Sequence[str]
) -> tuple[Text, ...]:
    """The row of a student; names are shown literally, not as markup."""
    if isinstance(submission, RefusedSubmission):
        notebook = modules = "refused"
    else:
        notebook = "✓" if submission.notebooks else "✗"
        modules = f"{len(submission.owned.keys() & set(owned))}/{len(owned)}"
    late = "" if not incoming.late else "late" if incoming.at is not None else "late, time unknown"
    cells = (incoming.student, str(incoming.attempt), late, notebook, modules, incoming.came_from)
    return tuple(Text(printable_line(cell)) for cell in cells)
