"""The command that finds submissions that are alike."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from .options import Assignment, CourseFolder, Submissions, choose_assignment, plan_for
from .output import echo, errors

app = typer.Typer()


@app.command()
def similar(
    paths: Submissions,
    assignment: Assignment = "",
    course: CourseFolder = None,
    at_least: Annotated[
        float,
        typer.Option(min=0, max=1, help="Minimum share of each one's own code found in the other."),
    ] = 0.8,
    to: Annotated[Path | None, typer.Option(help="Page; default: ASSIGNMENT-alike.html.")] = None,
) -> None:
    """Find submissions whose code is alike, ignoring the given lines."""
    from ..collecting.archives import RefusedSubmission
    from ..collecting.submission import read_submission
    from ..results.similarity import find_similar, write_page

    found, assignment = choose_assignment(course, assignment)
    modules = found.modules(assignment)
    submissions = {}
    with tempfile.TemporaryDirectory(prefix="dasecv-similar-") as scratch:
        plan = plan_for(found, assignment, paths, scratch)
        for incoming in plan.submissions:
            try:
                read = read_submission(incoming.path, found.student_owned, (), modules)
            except (RefusedSubmission, OSError, MemoryError) as error:
                echo(f"! {incoming.student}: {error}", errors)
                continue
            submissions[incoming.student] = read.owned
    for skipped in plan.skipped:
        echo(f"- {skipped.origin}: {skipped.why}", errors)
    stubs = {name: modules[name] for name in found.student_owned}
    pairs = find_similar(submissions, stubs, at_least)
    for pair in pairs[:20]:
        echo(f"{pair.share:4.0%} {pair.other_share:4.0%}  {pair.one}, {pair.other}")
    page = to or Path(f"{assignment}-alike.html")
    write_page(page, assignment, pairs, len(submissions))
    echo(
        f"{len(pairs)} pairs of {len(submissions)} submissions are alike; {page} shows their code."
    )
