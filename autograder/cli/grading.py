"""Commands that grade submissions and sync the gradebook."""

import shutil
import tempfile
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from ..release.blanks import ReleaseError
from . import options
from .output import echo, errors

if TYPE_CHECKING:
    from ..course import Course
    from ..fleet import Run

app = typer.Typer()


class Deferrable(str, Enum):
    TRAINING = "training"


@app.command()
def grade(
    submissions: options.Submissions,
    assignment: options.Assignment = "",
    course: options.CourseFolder = None,
    read_as: options.ReadAs = options.Reading.ASK,
    jobs: Annotated[int, typer.Option(help="Parallel jobs; 0: as many as suit this machine.")] = 0,
    scheduler: Annotated[
        str, typer.Option(help="Grade on this Dask cluster: tcp://host:8786.")
    ] = "",
    regrade: Annotated[
        bool, typer.Option(help="Grade again, even submissions with a report.")
    ] = False,
    check: Annotated[
        list[str] | None,
        typer.Option(help="Repeat only this check, and keep the other results; repeatable."),
    ] = None,
    defer: Annotated[
        Deferrable | None, typer.Option(help="Defer checks that take minutes to a later run.")
    ] = None,
    tier: Annotated[str, typer.Option(help="Use this sandbox: bubblewrap, landlock.")] = "",
    unsafe_no_sandbox: Annotated[
        bool, typer.Option("--unsafe-no-sandbox", help="Grade even where no sandbox works.")
    ] = False,
) -> None:
    """Grade submissions with the hidden checks, in parallel, and keep a report of each.

    After any interruption, the next run continues: finished reports are kept.
    """
    from ..fleet import Fleet
    from ..sandbox import find_sandbox

    found, assignment = options.choose_assignment(course, assignment)
    # `submitted` is nbgrader's name of the step; the course may have renamed the folder.
    own = found.folder / found.nbgrader.submitted_directory
    submissions = [own if str(p) == "submitted" and not p.exists() else p for p in submissions]
    sandbox = find_sandbox(tier or None, unsafe=unsafe_no_sandbox)
    with tempfile.TemporaryDirectory(prefix="dasecv-grade-") as scratch:
        plan = options.plan_for(found, assignment, submissions, scratch, read_as)
        if not plan.submissions:
            why = "; ".join(f"{skipped.origin}: {skipped.why}" for skipped in plan.skipped)
            raise ReleaseError(f"nothing to grade: {why or 'the folder is empty'}")
        for skipped in plan.skipped:
            echo(f"{'?' if skipped.doubtful else '-'} {skipped.origin}: {skipped.why}", errors)
        for incoming in plan.submissions:
            for doubt in incoming.doubts:
                echo(f"? {incoming.student}: {doubt}", errors)
        if plan.local_times:
            echo(options.describe_zone(found))
        fleet = Fleet(found, assignment, sandbox, echo, scheduler)
        echo(f"Profile {fleet.recipe.profile}; training on {fleet.recipe.images}.")
        grade_and_show(
            fleet.grade(plan.submissions, jobs or None, regrade, check or (), defer is not None),
            found,
            assignment,
        )
    if sandbox.name.startswith("none"):
        echo(f"! {sandbox.name}", errors)


def grade_and_show(run: "Run", course: "Course", assignment: str) -> None:
    """Grade, and print a line for each result; reasons too if there is only one."""
    from .live import Progress, reason_lines, result_line, stop_on_ctrl_c

    points, total = course.points(assignment), len(run.submissions)
    with Progress(total) as progress, stop_on_ctrl_c(run.stop):
        for done in run:
            progress.count(done.known, done.report.status == "infrastructure", run.running)
            echo(result_line(done, points))
            for line in reason_lines(done.report, course.language) if total == 1 else ():
                echo(f"    {line}")
    if run.stopped:
        echo(f"Stopped: {progress.done} of {total} are done and kept.", errors)
        echo("The same command goes on from there.", errors)
        raise typer.Exit(130)
    if total > 1:
        progress.print_summary()
    if run.defer_training:
        echo(
            "Training is put off. There are no marks until it is done, by the same command", errors
        )
        echo("without --defer.", errors)
    if progress.failed:
        echo(f"{progress.failed} not graded: internal error. Run it again,", errors)
        echo("then report it.", errors)
        raise typer.Exit(3)


@app.command()
def gradebook(
    assignment: options.Graded = "",
    course: options.CourseFolder = None,
    db: Annotated[str, typer.Option(help="Default: the db_url of nbgrader_config.py.")] = "",
    update_cells: Annotated[
        bool,
        typer.Option(
            "--update-cells", help="Adopt questions and points that changed in the source."
        ),
    ] = False,
) -> None:
    """Write all marks to nbgrader's gradebook, and the notebooks that formgrader shows.

    The marks equal those of "nbgrader autograde", for a class of any size. Repeating it is safe:
    marks given by hand stay.
    """
    from ..nbgrader.gradebook import GradebookWriter

    found, assignment = options.choose_graded(course, assignment)
    synced = list(GradebookWriter(found, assignment, db).sync(update_cells))
    if not synced:
        raise ReleaseError(
            f"nothing is graded yet; first:  dasecv grade SUBMISSIONS  ({assignment})"
        )
    removed = [marks.student for marks in synced if marks.removed]
    open_ones = [marks.student for marks in synced if marks.score is None and not marks.removed]
    to_mark = sum(marks.to_mark > 0 for marks in synced)
    for marks in synced:
        if marks.before is not None and marks.before != marks.score:
            echo(f"{marks.student}: {marks.before:g} -> {marks.score:g}")
    count = len(synced) - len(open_ones) - len(removed)
    echo(f"{count} submissions are in the gradebook; answers for a person to")
    echo(f"mark are in {to_mark} of them: nbgrader's formgrader shows them.")
    if late := [marks.student for marks in synced if marks.late_without_time]:
        echo(f"Late, time unknown, so no penalty taken: {', '.join(late)}", errors)
    if "plugin_class" not in found.configuration.ExportApp:  # a course of an earlier version
        echo(
            "What people mark from now on pays no late penalty in nbgrader's export and feedback:",
            errors,
        )
        echo(
            "add c.ExportApp and c.GenerateFeedback to nbgrader_config.py (docs/reports.md).",
            errors,
        )
    if removed:
        echo(f"Removed from the gradebook, and not brought back: {', '.join(removed)}.", errors)
        echo("To remove their reports too:  dasecv forget NAME. To bring one back:", errors)
        echo("  nbgrader db student add NAME  and this again.", errors)
    if open_ones:
        echo(f"{len(open_ones)} not graded, internal error: {', '.join(open_ones)}", errors)
        raise typer.Exit(3)


@app.command()
def forget(
    student: Annotated[str, typer.Argument(help="As reports and the gradebook name them.")],
    assignment: Annotated[str, typer.Option(help="Default: all of the course.")] = "",
    course: options.CourseFolder = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove without asking.")] = False,
) -> None:
    """Remove a student: reports, entries in the gradebook, and the folders of their submissions.

    What would be removed is shown first.
    """
    from ..collecting.submission import note_path
    from ..course import find_course
    from ..nbgrader.gradebook import forget_student
    from ..reports import ReportStore

    found = find_course(course)
    assignments = [assignment] if assignment else list(found.assignments)
    store = ReportStore(found.folder / "reports.db")
    steps = ("submitted", "autograded", "feedback")
    folders = [found.directory(step, student, name) for name in assignments for step in steps]
    folders = [folder for folder in folders if folder.exists()]
    gradings = store.gradings(student, assignments)
    if not gradings and not folders:
        raise ReleaseError(f"there is nothing of {student!r} in {', '.join(assignments)}")
    for grading in gradings:
        echo(f"- the report of {grading.assignment}, of {grading.path}")
    for folder in folders:
        echo(f"- {folder}")
    echo(f"- what the gradebook has of {student} in {', '.join(assignments)}, comments included")
    if not yes:
        typer.confirm("Remove all of this?", abort=True)
    forget_student(found, student, assignments)
    store.forget(student, assignments)
    for folder in folders:
        shutil.rmtree(folder)
        note_path(folder).unlink(missing_ok=True)
    echo(f"{student} is forgotten. What was handed in elsewhere is graded again when it is named.")


@app.command()
def doctor() -> None:
    """Show which sandbox this machine offers, its gaps, and what to install."""
    from ..doctor import diagnose

    works, lines = diagnose()
    for line in lines:
        echo(line)
    if not works:
        raise typer.Exit(1)
