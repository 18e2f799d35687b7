"""Commands that build from the reference: releases, courses, a demonstration."""

from pathlib import Path
from typing import Annotated

import nbformat
import typer

from ..folders import RELEASE
from ..release.blanks import ReleaseError
from ..release.build import build_release
from ..release.questions import find_missing, find_unused, write_question
from ..release.reference import Reference, find_root
from .options import CourseFolder, Root
from .output import console, echo, errors

app = typer.Typer()
course_app = typer.Typer(help="An nbgrader course.", no_args_is_help=True)
app.add_typer(course_app, name="course")
new_app = typer.Typer(help="Your own question.", no_args_is_help=True)
app.add_typer(new_app, name="new")


@app.command()
def release(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if assignment/ is out of date.")
    ] = False,
    as_zip: Annotated[
        bool, typer.Option("--zip", help="Also write daseCV-assignment.zip.")
    ] = False,
    notebook: Annotated[
        str, typer.Option(help="Only this notebook, into the folder of --to.")
    ] = "",
    filled: Annotated[
        bool, typer.Option("--filled", help="With the solutions of earlier notebooks.")
    ] = False,
    to: Annotated[Path | None, typer.Option(help="A folder for --notebook.")] = None,
    root: Root = None,
) -> None:
    """Write assignment/, which students receive, from daseCV/ and source_notebooks/."""
    from ..release import catalogues, contents
    from ..release.publish import FOLDER, zip_release

    checkout = find_root(root)
    if notebook or filled or to:
        if not (notebook and to):
            raise ReleaseError(
                "--notebook NAME and --to FOLDER go together, and --filled with them"
            )
        if to.exists() and any(to.iterdir()) and not (to / "daseCV/release.json").exists():
            raise ReleaseError(f"{to} holds something else, expected a new folder or a release")
        build_release(checkout, week=notebook, filled=filled, target=to.resolve())
        earlier = "solved" if filled else "blank"
        echo(f"{to} holds {notebook}, its earlier blanks {earlier}.")
        if as_zip:
            target = zip_release(to, to.with_name(f"{to.name}.zip"), checkout)
            echo(f"{target} is ready to be handed out.")
        return
    echo(f"Comparing {RELEASE}/ with what its sources make ...", errors)
    require_whole_questions(checkout)  # before their code is run
    changes = contents.refresh(Reference(checkout), check_only=check)
    from .. import hints  # it imports the checks that `contents` has just listed

    changes += hints.refresh(checkout, check_only=check)
    changes += catalogues.refresh(checkout, check_only=check)
    changes += build_release(checkout, check_only=check)
    for change in dict.fromkeys(changes):
        echo(change)
    for line in find_unused(Reference(checkout)):
        echo(f"! {line}")
    if check and changes:
        echo(f"{RELEASE}/ is out of date: run  dasecv release  and commit the result.")
        raise typer.Exit(1)
    echo(f"{RELEASE}/ is up to date." if not changes else f"{RELEASE}/ written.")
    if as_zip:
        target = zip_release(checkout / RELEASE, checkout / f"{FOLDER}.zip", checkout)
        echo(f"{target} is ready to be handed out.")


@new_app.command("question")
def new_question(
    name: Annotated[str, typer.Argument(help="Of its blank and its checks: leaky_relu.")],
    after: Annotated[str, typer.Option(help="The check that it comes after: relu_backward.")],
    points: Annotated[float, typer.Option(min=0)] = 2.0,
    root: Root = None,
) -> None:
    """Write a working question as a starting point: its blank, checks, cell and tests."""
    checkout = find_root(root)
    for line in write_question(checkout, name, after, points):
        echo(line)
    echo("Change these, then:")
    echo("  dasecv release")
    echo(f"  pytest tests/autograder/checks/test_{name}.py")


@app.command()
def publish(
    where: Annotated[
        str, typer.Argument(help="Folder or address; default: the one in pyproject.toml.")
    ] = "",
    message: Annotated[str, typer.Option(help="Of the commit.")] = "Release of the assignment",
    week: Annotated[
        Path | None, typer.Option("--from", help="What release --notebook wrote with --to.")
    ] = None,
    root: Root = None,
) -> None:
    """Commit the release to a student repository, without this repository's history."""
    from ..release.publish import publish as put

    for line in put(find_root(root), where, message, week):
        echo(line)


@app.command()
def translated(root: Root = None) -> None:
    """Record that every English text translates the current Chinese text."""
    from ..release.languages import mark_translated

    for path in Reference(find_root(root)).notebooks():
        notebook = nbformat.read(path, as_version=4)
        changed = mark_translated(notebook)
        if changed:
            nbformat.write(notebook, path)
        echo(f"{path.name}: {changed} translation{'' if changed == 1 else 's'} marked.")


@course_app.command("init")
def course_init(
    folder: Path,
    filled: Annotated[
        bool, typer.Option("--filled", help="Each week with the earlier ones solved.")
    ] = False,
    root: Root = None,
) -> None:
    """Make a nbgrader course in FOLDER: source, configuration, student-owned files kept."""
    from ..course import init_course

    require_whole_questions(find_root(root))
    assignments = init_course(find_root(root), folder, filled)
    echo(f"Course made in {folder}. Next:")
    echo(f"  cd {folder}")
    for name in assignments:
        echo(f"  nbgrader generate_assignment {name}")
        echo(f"  dasecv collect SUBMISSIONS --assignment {name}")
        echo(f"  dasecv grade submitted --assignment {name}")
        echo(f"  dasecv gradebook --assignment {name}")
        echo(f"  dasecv report --assignment {name}")
        echo(f"  nbgrader generate_feedback {name}")
    echo("  nbgrader export")


@course_app.command("update")
def course_update(
    course: CourseFolder = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Write the changes; default: only show them.")
    ] = False,
    root: Root = None,
) -> None:
    """Update a running course from the reference: texts, points, questions, checks."""
    from ..course import find_course
    from ..nbgrader.update import find_outdated_configuration, update_course

    found, checkout = find_course(course), find_root(root)
    require_whole_questions(checkout)
    changed = list(update_course(checkout, found, write=yes))
    for update in changed:
        echo(f"{update.assignment}: {len(update.files)} files of its source change")
        for line in (*update.files, *update.cells):
            echo(f"  {line}")
        if update.graded:
            echo(f"  to be graded again: {', '.join(update.graded)}")
        for line in update.lost_scores:
            echo(f"  a person's score goes with its cell: {line}")
    if not changed:
        echo("The course is up to date.")
    elif not yes:
        echo("Nothing is written. To do so:  dasecv course update --yes")
    else:
        if by_hand := find_outdated_configuration(found, Reference(checkout)):
            echo(f"By hand: {by_hand}")
        echo("Written. Next:")
        for update in changed:
            echo(f"  nbgrader generate_assignment {update.assignment} --force")
            echo(f"  dasecv grade submitted --assignment {update.assignment}")
            echo(f"  dasecv gradebook --assignment {update.assignment} --update-cells")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="A new folder for the course.")] = Path("demo"),
    root: Root = None,
) -> None:
    """Simulate a class of six, grade it with nbgrader, and show the marks."""
    from ..demo import run_demo

    if not run_demo(find_root(root), folder, console):
        raise typer.Exit(1)


def require_whole_questions(checkout: Path) -> None:
    """Require that each question has its blank, checks and cell, and that markers are right."""
    if missing := list(find_missing(Reference(checkout))):
        raise ReleaseError("\n".join(missing))
