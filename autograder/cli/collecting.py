"""The command that collects what was handed in."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from ..collecting.archives import Refused
from ..collecting.place import place
from ..collecting.plan import HandedIn, Plan, make_plan
from ..collecting.submission import Submission, read_submission
from ..course import Course
from ..release.languages import canonical
from .grading import Assignment, CourseFolder, chosen
from .words import console, errors, say

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
    found, assignment = chosen(course, assignment)
    source = found.source(assignment)
    released = {name: (source / f"{name}.ipynb").read_bytes() for name in canonical(source)}
    with tempfile.TemporaryDirectory(prefix="dasecv-collect-") as room:
        plan = make_plan(paths, found.assignments, assignment, Path(room))
        read = [(one, contents(found, assignment, one)) for one in plan.taken]
        console.print(table_of(read, found.student_owned))
        written = 0
        for one, submission in () if dry_run else read:
            target = found.folder / "submitted" / one.student / assignment
            written += place(one, submission, released, target)
    tell(plan, read)
    if dry_run:
        say("Nothing was written: without --dry-run, this is what is collected.")
    else:
        say(f"{written} written, {len(read) - written} were there already. Next:")
        say(f"  dasecv grade {found.folder / 'submitted'} --assignment {assignment}")
    if not read:
        raise typer.Exit(1)


def contents(course: Course, assignment: str, one: HandedIn) -> Submission | Refused:
    """What a submission holds, or why it is refused."""
    try:
        notebooks = canonical(course.source(assignment))
        return read_submission(
            one.path, course.student_owned, notebooks, course.modules(assignment)
        )
    except Refused as error:
        return error


Read = Sequence[tuple[HandedIn, Submission | Refused]]


def table_of(read: Read, owned: Sequence[str]) -> Table:
    """The plan, a row for each student."""
    table = Table(box=None, pad_edge=False)
    for column in ("student", "attempt", "late", "notebook", "modules", "from"):
        table.add_column(column, overflow="fold")
    for one, submission in read:
        if isinstance(submission, Refused):
            notebook = modules = "refused"
        else:
            notebook = "✓" if submission.notebooks else "✗"
            modules = f"{len(submission.owned)}/{len(owned)}"
        late = "late" if one.late else ""
        table.add_row(one.student, str(one.attempt), late, notebook, modules, one.shown)
    return table


def tell(plan: Plan, read: Read) -> None:
    """What is worth a look: refusals, notes, and what was left aside."""
    for one, submission in read:
        if isinstance(submission, Refused):
            notes: tuple[str, ...] = (f"refused: {submission}",)
        else:
            notes = submission.notes
        for note in notes:
            say(f"! {one.student}: {note}", errors)
    for left in plan.left:
        say(f"- {left.origin}: {left.why}", errors)
