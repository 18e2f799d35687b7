"""The command that collects what was handed in."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from rich.table import Table
from rich.text import Text

from ..collecting.archives import Refused
from ..collecting.plan import HandedIn, make_plan
from ..collecting.submission import Submission, read_submission
from ..collecting.submitted import write_submitted
from ..course import Course
from ..release.languages import canonical
from .grading import Assignment, CourseFolder, assumed_zone, choose_assignment
from .words import console, echo, errors

app = typer.Typer()


@app.command()
def collect(
    paths: Annotated[
        list[Path], typer.Argument(help="Submissions, folders of them, a platform's export.")
    ],
    assignment: Assignment = "",
    course: CourseFolder = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the plan; write nothing.")
    ] = False,
) -> None:
    """Put submissions, of whatever form, where nbgrader looks for them: submitted/."""
    found, assignment = choose_assignment(course, assignment)
    source, submitted = found.source(assignment), found.folder / found.nbgrader.submitted_directory
    released = {name: (source / f"{name}.ipynb").read_bytes() for name in canonical(source)}
    modules = found.modules(assignment)
    table, remarks, written, count = new_table(), list[str](), 0, 0
    with tempfile.TemporaryDirectory(prefix="dasecv-collect-") as room:
        plan = make_plan(paths, found.assignments, assignment, Path(room), found.zone)
        # One after the other: a class's notebooks together can be larger than the memory.
        for one in track(plan.taken, "Collecting", console=errors, transient=True):
            try:
                submission = describe_contents(found, list(released), modules, one)
            except OSError as error:
                remarks.append(f"- {one.shown}: cannot be read: {error.strerror or error}")
                continue
            count += 1
            table.add_row(*plan_row(one, submission, len(found.student_owned)))
            remarks += [f"! {one.student}: {note}" for note in notes_of(submission)]
            if not dry_run:
                target = found.directory("submitted", one.student, assignment)
                written += write_submitted(one, submission, released, target)
    console.print(table)
    for line in (*remarks, *(f"- {left.origin}: {left.why}" for left in plan.left)):
        echo(line, errors)
    if plan.local_times:
        echo(assumed_zone(found), errors)
    if not count:
        echo("Nothing to collect.", errors)
        raise typer.Exit(1)
    if dry_run:
        echo("Nothing was written: without --dry-run, this is what is collected.")
    else:
        echo(f"{written} written, {count - written} were there already. Next:")
        echo(f"  dasecv grade {submitted} --assignment {assignment}")


def describe_contents(
    course: Course, notebooks: Sequence[str], modules: Mapping[str, bytes], one: HandedIn
) -> Submission | Refused:
    """What a submission holds, or why it is refused."""
    try:
        return read_submission(one.path, course.student_owned, notebooks, modules)
    except Refused as error:
        return error


def new_table() -> Table:
    """The plan, without its rows."""
    table = Table(box=None, pad_edge=False)
    for column in ("student", "attempt", "late", "notebook", "modules", "from"):
        table.add_column(column, overflow="fold")
    return table


def plan_row(one: HandedIn, submission: Submission | Refused, owned: int) -> tuple[Text, ...]:
    """The row of a student, whose names are no markup."""
    if isinstance(submission, Refused):
        notebook = modules = "refused"
    else:
        notebook = "✓" if submission.notebooks else "✗"
        modules = f"{len(submission.owned)}/{owned}"
    late = "" if not one.late else "late" if one.at is not None else "late, time unknown"
    cells = (one.student, str(one.attempt), late, notebook, modules, one.shown)
    return tuple(map(Text, cells))


def notes_of(submission: Submission | Refused) -> tuple[str, ...]:
    """What is worth a look."""
    return (f"refused: {submission}",) if isinstance(submission, Refused) else submission.notes
