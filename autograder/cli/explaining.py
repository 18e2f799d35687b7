"""The command that explains why a check lost points, for instructors only."""

from pathlib import Path
from typing import Annotated

import typer

from ..release.blanks import ReleaseError
from .options import CourseFolder, Graded, choose_graded
from .output import echo

app = typer.Typer()


@app.command()
def explain(
    student: Annotated[str, typer.Argument(help="As reports and the gradebook name them.")],
    check: Annotated[str, typer.Argument(help="The check's name: conv_forward_naive.")],
    assignment: Graded = "",
    course: CourseFolder = None,
    to: Annotated[Path | None, typer.Option(help="Folder; default: explain/STUDENT/CHECK.")] = None,
    tier: Annotated[str, typer.Option(help="Use this sandbox: bubblewrap, landlock.")] = "",
) -> None:
    """Explain why a student's check lost points, and write a script to repeat it.

    For instructors: its output shows hidden inputs, which must not reach students.
    """
    from ..fleet import Fleet
    from ..grading.reproduce import explain_check
    from ..sandbox import find_sandbox

    found, assignment = choose_graded(course, assignment)
    fleet = Fleet(found, assignment, find_sandbox(tier or None), echo)
    gradings = fleet.store.gradings(student, [assignment])
    if not gradings:
        raise ReleaseError(f"{student!r} has no report in {assignment}; first:  dasecv grade FILES")
    if check not in fleet.grader.hidden_checks:
        names = ", ".join(fleet.grader.hidden_checks)
        raise ReleaseError(f"got check {check!r}, expected one of: {names}")
    last = gradings[-1]
    report = fleet.store.get(last.key)
    submission = fleet.read(Path(last.path))
    if report is None or submission.digest() != last.digest:
        raise ReleaseError(
            f"{last.path} is not what was graded; collect and grade it again, then repeat this"
        )
    folder = to or found.folder / "explain" / student / check
    asked = fleet.grader.hidden_checks[check]
    again = explain_check(fleet.grader, submission, asked, folder)
    [kept] = [earlier for earlier in report.checks if earlier.name == check]
    points = found.points(assignment)[check]
    echo(f"{student}, {check}: {points * kept.share:g} of {points:g} points, {kept.outcome}")
    if kept.cause:
        echo(kept.cause)
    for line in "\n".join(again.reasons).splitlines():
        echo(f"    {line}")
    if again.share == 1:
        echo("Nothing is lost when it is asked again.")
    echo((folder / "code.txt").read_text(encoding="utf-8"))
    if (folder / "reproduce.py").exists():
        echo(f"Ask it again, outside of the grader:  cd {folder} && python reproduce.py")
    else:
        echo(f"{folder} has the code; training is not repeated question by question.")
