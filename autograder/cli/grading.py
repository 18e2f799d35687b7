"""Commands that grade what was handed in."""

from pathlib import Path
from typing import Annotated

import typer

from ..release.blanks import ReleaseError
from .words import errors, say

app = typer.Typer()


@app.command()
def grade(
    submissions: Annotated[list[Path], typer.Argument(help="Folders and zips, one a submission.")],
    assignment: Annotated[str, typer.Option(help="Default: the course's only one.")] = "",
    course: Annotated[
        Path | None, typer.Option(help="Course folder; default: around this folder.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Side by side; 0: one for each processor.")] = 0,
    regrade: Annotated[bool, typer.Option(help="Grade again what has a report.")] = False,
    tier: Annotated[str, typer.Option(help="Insist on a sandbox: bubblewrap, landlock.")] = "",
    unsafe_no_sandbox: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Grade even where no sandbox works.")
    ] = False,
) -> None:
    """Grade submissions with the hidden checks, side by side, and keep a report of each."""
    from ..course import find_course
    from ..fleet import Fleet
    from ..sandbox import find_sandbox

    found = find_course(course)
    if not assignment and len(found.assignments) > 1:
        raise ReleaseError(f"name one with --assignment: {', '.join(found.assignments)}")
    assignment = assignment or found.assignments[0]
    sandbox = find_sandbox(tier or None, unsafe=unsafe_no_sandbox)
    fleet = Fleet(found, assignment, sandbox, say)
    points = fleet.points()
    open_ones = 0
    for done in fleet.grade(submissions, jobs or None, regrade):
        report = done.report
        earned = sum(report.share(name) * maximum for name, maximum in points.items())
        seconds = "known" if done.known else f"{report.seconds:.1f} s"
        say(f"{done.path.name}: {earned:g} / {sum(points.values()):g}  {report.status}, {seconds}")
        for note in report.notes:
            say(f"    ! {note}")
        for check in report.checks:
            if check.outcome != "right":
                say(f"    {'✓' if check.share == 1 else '✗'} {check.name}: {check.outcome}")
                if check.blamed:
                    say(f"        {check.cause}")
                for line in check.advice(report.language or found.language):
                    say(f"        {line}")
                for reason in check.reasons:
                    for line in reason.splitlines():
                        say(f"        {line}")
        open_ones += report.status == "infrastructure"
    if sandbox.name.startswith("none"):
        say(f"! {sandbox.name}", errors)
    if open_ones:
        say(
            f"{open_ones} without a mark, for a reason of ours: run it again, then report it.",
            errors,
        )
        raise typer.Exit(3)


@app.command()
def doctor() -> None:
    """Say what isolation this machine offers, its gaps, and what to install."""
    from ..doctor import diagnose

    works, lines = diagnose()
    for line in lines:
        say(line)
    if not works:
        raise typer.Exit(1)
