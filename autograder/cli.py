"""The command `dasecv`."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

try:
    import nbformat
    import typer
    from rich.console import Console
except ModuleNotFoundError as error:
    sys.exit(f"dasecv needs {error.name}: pip install 'daseCV[autograder]'")

from .environment import EnvironmentFault
from .release.blanks import ReleaseError
from .release.build import RELEASE, Reference, build_release, find_root
from .sandbox import SandboxError

console, errors = Console(), Console(stderr=True)
app = typer.Typer(
    help="Make the release, run a course, check and hand in, fetch data.",
    no_args_is_help=True,
    add_completion=False,
)
course_app = typer.Typer(help="A nbgrader course.", no_args_is_help=True)
data_app = typer.Typer(help="The images.", no_args_is_help=True)
app.add_typer(course_app, name="course")
app.add_typer(data_app, name="data")

Root = Annotated[
    Path | None, typer.Option(help="Checkout of the reference; default: around this folder.")
]


@app.command()
def release(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; fail if assignment/ is out of date.")
    ] = False,
    as_zip: Annotated[
        bool, typer.Option("--zip", help="Make daseCV-assignment.zip of it as well.")
    ] = False,
    notebook: Annotated[str, typer.Option(help="This one alone, into the folder of --to.")] = "",
    filled: Annotated[
        bool, typer.Option("--filled", help="With solutions of the notebooks before it.")
    ] = False,
    to: Annotated[Path | None, typer.Option(help="A folder for --notebook.")] = None,
    root: Root = None,
) -> None:
    """Write assignment/, what students receive, from daseCV/ and source_notebooks/."""
    from . import hints
    from .release import contents

    checkout = find_root(root)
    if notebook or filled or to:
        if not (notebook and to):
            raise ReleaseError(
                "--notebook NAME and --to FOLDER go together, and --filled with them"
            )
        insist_on_own(to)
        build_release(checkout, week=notebook, filled=filled, target=to.resolve())
        earlier = "solved" if filled else "blank"
        say(f"{to} holds {notebook}, its earlier blanks {earlier}.")
        return
    Reference(checkout).blanks()  # a wrong marker is named before anything of it is run
    changes = hints.refresh(checkout, check_only=check)
    changes += contents.refresh(Reference(checkout), check_only=check)
    changes += build_release(checkout, check_only=check)
    for change in dict.fromkeys(changes):
        say(change)
    if check and changes:
        say(f"{RELEASE}/ is out of date: run  dasecv release  and commit the result.")
        raise typer.Exit(1)
    say(f"{RELEASE}/ is up to date." if not changes else f"{RELEASE}/ written.")
    if as_zip:
        from .release.publish import zip_release

        say(f"{zip_release(checkout)} is ready to be handed out.")


@app.command()
def publish(
    where: Annotated[
        str, typer.Argument(help="Folder or address; default: the one in pyproject.toml.")
    ] = "",
    message: Annotated[str, typer.Option(help="Of the commit.")] = "Release of the assignment",
    root: Root = None,
) -> None:
    """Put the release, and nothing else, into a student repository without this one's history."""
    from .release.publish import publish as put

    for line in put(find_root(root), where, message):
        say(line)


@app.command()
def translated(root: Root = None) -> None:
    """Note that every English text translates the Chinese one as it is now."""
    from .release.languages import mark_translated

    for path in Reference(find_root(root)).notebooks():
        notebook = nbformat.read(path, as_version=4)
        changed = mark_translated(notebook)
        if changed:
            nbformat.write(notebook, path)
        say(f"{path.name}: {changed} translation{'' if changed == 1 else 's'} marked.")


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="A check; default: all of them.")] = "",
) -> None:
    """Run the public checks of the release around this folder, as students do."""
    as_student(["check", name] if name else ["check"])


@app.command()
def submit(
    skip_checks: Annotated[bool, typer.Option("--skip-checks", help="Make the zip only.")] = False,
) -> None:
    """Make the submission.zip of the release around this folder, as students do."""
    as_student(["submit", "--skip-checks"] if skip_checks else ["submit"])


@course_app.command("init")
def course_init(folder: Path, root: Root = None) -> None:
    """Make a nbgrader course in FOLDER: source, configuration, student-owned files kept."""
    from .course import init_course

    assignments = init_course(find_root(root), folder)
    say(f"Course made in {folder}. Next:")
    say(f"  cd {folder}")
    for name in assignments:
        say(f"  nbgrader generate_assignment {name}")
        say(f"  # put the zips into downloaded/{name}/archive/")
        for command in ("zip_collect", "autograde", "generate_feedback"):
            say(f"  nbgrader {command} {name}")
    say("  nbgrader export")


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
    from .course import find_course
    from .fleet import Fleet
    from .sandbox import find_sandbox

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
def audit(
    blank: Annotated[list[str] | None, typer.Option(help="Only this one; repeatable.")] = None,
    limit: Annotated[int, typer.Option(help="So many mutants, evenly spread; 0: all.")] = 0,
    jobs: Annotated[int, typer.Option(help="Side by side; 0: one for each processor.")] = 0,
    output: Annotated[Path | None, typer.Option(help="A page in Markdown to write.")] = None,
    hints: Annotated[
        bool, typer.Option("--hints", help="Count wrong hints instead; of all blanks.")
    ] = False,
    root: Root = None,
) -> None:
    """Prove the hidden checks: mutate the reference's blanks, grade every mutant, and report."""
    if hints:
        from .audit.hints import run_hints

        run_hints(find_root(root), blank or [], limit, jobs, console)
        return
    from .audit.run import run_audit

    if not run_audit(find_root(root), blank or [], limit, jobs, output, console):
        raise typer.Exit(1)


@app.command()
def doctor() -> None:
    """Say what isolation this machine offers, its gaps, and what to install."""
    from .doctor import diagnose

    works, lines = diagnose()
    for line in lines:
        say(line)
    if not works:
        raise typer.Exit(1)


@data_app.command("download")
def data_download(
    target: Annotated[Path | None, typer.Option(help="Folder; default: the cache.")] = None,
) -> None:
    """Fetch CIFAR-10 (163 MiB), with resume, from the fastest mirror that answers."""
    from daseCV.data_utils import download_CIFAR10

    say(f"CIFAR-10 is in {download_CIFAR10(target)}")


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="A new folder for the course.")] = Path("demo"),
    root: Root = None,
) -> None:
    """Simulate a class of six, grade it with nbgrader, and show the marks."""
    from .demo import run_demo

    if not run_demo(find_root(root), folder, console):
        raise typer.Exit(1)


def main() -> None:
    """Run the command; errors that a person can mend are one line, not a traceback."""
    try:
        app(standalone_mode=True)
    except (ReleaseError, SandboxError, EnvironmentFault, OSError, ValueError) as error:
        say(f"error: {error}", errors)
        sys.exit(1)


def insist_on_own(folder: Path) -> None:
    """Insist that a folder is new, empty, or holds a release that may be replaced."""
    if folder.exists() and any(folder.iterdir()) and not (folder / "daseCV/release.json").exists():
        raise ReleaseError(f"{folder} holds something else, expected a new folder or a release")


def as_student(arguments: list[str]) -> None:
    """Run the student's own command, in the folder that holds their `daseCV/`."""
    start = Path.cwd()
    for folder in (start, *start.parents):
        if (folder / "daseCV" / "__main__.py").exists():
            done = subprocess.run(
                [sys.executable, "-m", "daseCV", *arguments], cwd=folder, check=False
            )
            raise typer.Exit(done.returncode)
    raise ReleaseError(
        f"no daseCV/ in {start} or above it; run this in the folder that holds the assignment"
    )


def say(line: str, where: Console = console) -> None:
    """Print a line as it is: paths to copy are neither wrapped nor coloured."""
    where.print(line, markup=False, highlight=False, soft_wrap=True)
