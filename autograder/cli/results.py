"""Commands for results: pages, tables for other systems, changes of a regrade."""

import contextlib
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..release.blanks import ReleaseError
from .options import CourseFolder, Graded, choose_graded
from .output import echo, errors

if TYPE_CHECKING:
    from ..course import Course
    from ..results.exports import MatchResult
    from ..results.marks import StudentMarks

ROUNDING = 0.02  # points: those of each check are rounded to two digits

app = typer.Typer()
export_app = typer.Typer(help="Marks for other systems.", no_args_is_help=True)
app.add_typer(export_app, name="export")

Anonymous = Annotated[
    bool, typer.Option("--anonymous", help="Ids instead of names, the same each time.")
]
Machine = Annotated[
    bool, typer.Option("--machine", help="Only the machine's marks, without those given by hand.")
]
Language = Annotated[str, typer.Option(help="zh or en; default: the course's.")]


class Visibility(str, Enum):
    """When students see the checks on Gradescope."""

    VISIBLE = "visible"
    HIDDEN = "hidden"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"


Noted = list[tuple[str, str]]


def find_noteworthy(course: "Course", assignment: str, anonymous: bool) -> tuple[Noted, Noted]:
    """Students whose marks the last regrade changed, or a person overrode; each with details."""
    from ..nbgrader.final import overridden_scores
    from ..results import compare as comparing
    from ..results.anonymous import alias
    from ..results.marks import read_marks
    from ..results.views import format_number

    regraded: Noted = []
    with contextlib.suppress(ReleaseError):  # it was graded once
        versions = comparing.pick_versions(course, assignment, [])
        both = [read_marks(course, assignment, anonymous, grading.version) for grading in versions]
        regraded = [
            (change.student, f"{format_number(change.before)} -> {format_number(change.after)}")
            for change in comparing.compare(*both).changed
        ]
    overridden = overridden_scores(course, assignment)
    if anonymous:
        overridden = {alias(course.secret, name): text for name, text in overridden.items()}
    return regraded, sorted(overridden.items())


@app.command()
def report(
    assignment: Graded = "",
    course: CourseFolder = None,
    to: Annotated[Path | None, typer.Option(help="Folder; default: report/ASSIGNMENT.")] = None,
    anonymous: Anonymous = False,
    language: Language = "",
) -> None:
    """Write a page for the class and one for each student, as files that need no network."""
    from ..results.marks import read_marks, read_missing
    from ..results.page import write_pages

    found, assignment = choose_graded(course, assignment)
    marks = read_marks(found, assignment, anonymous)
    folder = to or found.folder / "report" / assignment
    missing = read_missing(found, assignment, anonymous)
    noted = find_noteworthy(found, assignment, anonymous)
    page = write_pages(
        folder, assignment, marks, language or found.language, language, missing, *noted
    )
    echo(f"{page} is the class's page; {len(marks)} students have theirs in {folder / 'students'}.")


def read_marks_to_export(
    course: "Course", assignment: str, machine: bool, anonymous: bool = False
) -> "list[StudentMarks]":
    """The gradebook's final marks, else the machine's; prints which."""
    from ..nbgrader.final import final_marks
    from ..results.marks import read_marks

    final = {} if machine else final_marks(course, assignment)
    scores = {name: (mark.score, mark.maximum) for name, mark in final.items()}
    if not final:
        echo("The machine's marks, without what people give in nbgrader's gradebook.")
        return read_marks(course, assignment, anonymous)
    graded = read_marks(course, assignment)
    if left := [mark.student for mark in graded if mark.student not in final]:
        raise ReleaseError(
            f"not in the gradebook, which has the final marks: {', '.join(left)}; first:  dasecv "
            f"gradebook --assignment {assignment}  or export the machine's marks with --machine"
        )
    if old := [
        mark.student
        for mark in graded
        if mark.score is not None and abs(mark.score - final[mark.student].machine) > ROUNDING
    ]:
        raise ReleaseError(
            f"graded again since the gradebook was written: {', '.join(old)}; first:  dasecv "
            f"gradebook --assignment {assignment}"
        )
    echo("Final marks of nbgrader's gradebook: people's scores, extra credit, late penalties.")
    known = {mark.student for mark in graded}
    if waiting := [name for name in known if final[name].is_open]:
        echo(
            f"Answers that wait for a person, so not counted: {', '.join(sorted(waiting))}", errors
        )
    return read_marks(course, assignment, anonymous, final=scores)


def print_unmatched(done: "MatchResult", table: Path) -> None:
    """Print students who are only in the marks, or only in the table."""
    if done.strangers:
        echo(f"not in {table}: {', '.join(done.strangers)}", errors)
    if done.without:
        echo(f"without a mark: {', '.join(done.without)}", errors)


@export_app.command("csv")
def export_csv(
    assignment: Graded = "",
    course: CourseFolder = None,
    to: Annotated[Path | None, typer.Option(help="File; default: ASSIGNMENT.csv.")] = None,
    anonymous: Anonymous = False,
    machine: Machine = False,
) -> None:
    """Write a table: a row for each student, with the platform's id, a column for each check."""
    from ..results import exports

    found, assignment = choose_graded(course, assignment)
    marks = read_marks_to_export(found, assignment, machine, anonymous)
    path = to or Path(f"{assignment}.csv")
    exports.export_csv(path, marks)
    echo(f"{path} has {len(marks)} students and {len(marks[0].checks)} checks.")


@export_app.command("canvas")
def export_canvas(
    roster: Annotated[
        Path | None, typer.Option(help="A gradebook exported from Canvas, with the ids.")
    ] = None,
    assignment: Graded = "",
    course: CourseFolder = None,
    to: Annotated[Path | None, typer.Option(help="File; default: ASSIGNMENT-canvas.csv.")] = None,
    machine: Machine = False,
) -> None:
    """Write a gradebook for Canvas to import: Grades, Import.

    It has the roster's separator, encoding and decimal mark, so that Canvas and Excel read both
    alike. With ";" the decimal mark is ",", unless the roster's numbers have ".".
    """
    from ..results import exports

    found, assignment = choose_graded(course, assignment)
    marks = read_marks_to_export(found, assignment, machine)
    if roster is None:
        raise ReleaseError(f"no --roster: {exports.INSTEAD}")
    path = to or Path(f"{assignment}-canvas.csv")
    done = exports.export_canvas(path, assignment, marks, roster)
    print_unmatched(done, roster)
    echo(f'{path} has {done.filled} marks in the column "{done.column}".')


@export_app.command("moodle")
def export_moodle(
    worksheet: Annotated[
        Path, typer.Option("--roster", help="Moodle's grading worksheet of the assignment.")
    ],
    assignment: Graded = "",
    course: CourseFolder = None,
    to: Annotated[Path | None, typer.Option(help="File; default: ASSIGNMENT-moodle.csv.")] = None,
    machine: Machine = False,
) -> None:
    """Fill in Moodle's grading worksheet, for its action "Upload grading worksheet"."""
    from ..results import moodle

    found, assignment = choose_graded(course, assignment)
    marks = read_marks_to_export(found, assignment, machine)
    path = to or Path(f"{assignment}-moodle.csv")
    done = moodle.export_moodle(path, marks, worksheet)
    print_unmatched(done, worksheet)
    echo(f'{path} has {done.filled} marks in the column "{done.column}".')


@export_app.command("gradescope")
def export_gradescope(
    assignment: Graded = "",
    course: CourseFolder = None,
    to: Annotated[Path | None, typer.Option(help="Folder; default: ASSIGNMENT-gradescope.")] = None,
    anonymous: Anonymous = False,
    language: Language = "",
    visibility: Visibility = Visibility.VISIBLE,
    machine: Machine = False,
) -> None:
    """Write a results.json for each student, in Gradescope's form."""
    from ..results.gradescope.results import make_results, write_results
    from ..results.views import file_names

    found, assignment = choose_graded(course, assignment)
    marks = read_marks_to_export(found, assignment, machine, anonymous)
    folder = to or Path(f"{assignment}-gradescope")
    marked = [mark for mark in marks if mark.score is not None]
    for mark, name in zip(marked, file_names(mark.student for mark in marked), strict=True):
        spoken = language or mark.language or found.language
        path = folder / name.removesuffix(".html") / "results.json"
        write_results(path, make_results(mark, spoken, visibility.value))
    if len(marked) < len(marks):
        echo(f"{len(marks) - len(marked)} not graded: internal error.", errors)
    echo(f"{folder} has a results.json of each of {len(marked)} students.")


@export_app.command("gradescope-autograder")
def export_autograder(
    assignment: Graded = "",
    course: CourseFolder = None,
    to: Annotated[
        Path | None, typer.Option(help="File; default: ASSIGNMENT-autograder.zip.")
    ] = None,
    visibility: Visibility = Visibility.VISIBLE,
) -> None:
    """Write an autograder for Gradescope: the grader, hidden checks, and the course's secret."""
    from ..results.gradescope.bundle import write_bundle

    found, assignment = choose_graded(course, assignment)
    path = to or Path(f"{assignment}-autograder.zip")
    write_bundle(path, found, assignment, visibility.value)
    echo(f"{path} is Gradescope's autograder of {assignment}. It holds the solutions and the")
    echo("course's secret: give it to Gradescope and to nobody else.")


@app.command()
def compare(
    versions: Annotated[
        list[str] | None,
        typer.Argument(
            help="Two gradings, by the first letters of their names; default: the last two."
        ),
    ] = None,
    assignment: Graded = "",
    course: CourseFolder = None,
    anonymous: Anonymous = False,
) -> None:
    """Show which marks a regrade changed, in which checks, and by how much."""
    from ..results import compare as comparing
    from ..results.marks import read_marks
    from ..results.views import format_number, format_time

    if versions and len(versions) != 2:
        raise ReleaseError(f"got {len(versions)} grading, expected two to compare, or none")
    found, assignment = choose_graded(course, assignment)
    before, after = comparing.pick_versions(found, assignment, versions or [])
    both = []
    for word, grading in (("before", before), ("after", after)):
        noted = format_time(grading.noted)
        echo(f"{word}: {grading.version[:8]}, {noted}, {grading.students} students")
        both.append(read_marks(found, assignment, anonymous, grading.version))
    seen = comparing.compare(*both)
    for change in seen.changed:
        echo(f"{change.student}: {format_number(change.before)} -> {format_number(change.after)}")
        for check in change.checks:
            echo(f"    {check.name}: {format_number(check.before)} -> {format_number(check.after)}")
    for word, names in (("before", seen.only_before), ("after", seen.only_after)):
        if names:
            echo(f"only {word}: {', '.join(names)}")
    echo(f"{len(seen.changed)} changed, {seen.unchanged} unchanged.")
