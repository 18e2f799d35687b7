"""The command `dasecv`: arguments and messages only."""

import platform
import sys
from importlib.metadata import version
from typing import Annotated

try:
    import nbformat  # noqa: F401
    import typer
    from rich.console import Console  # noqa: F401
except ModuleNotFoundError as error:
    sys.exit(f"dasecv needs {error.name}: pip install 'daseCV[autograder]'")

from daseCV.errors import DaseCVError
from daseCV.language import replace_unencodable

from . import collecting, explaining, grading, making, results, similarity, working
from .output import echo, errors

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
)
for module in (making, collecting, grading, explaining, results, similarity, working):
    app.add_typer(module.app)


def print_version(wanted: bool) -> None:
    if wanted:
        echo(f"daseCV {version('daseCV')}, Python {platform.python_version()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Make the release, run a course, check and hand in, fetch data."""


def main() -> None:
    """Run the command; errors that a person can fix are one line, not a traceback."""
    replace_unencodable()
    try:
        app(standalone_mode=True)
    except (DaseCVError, OSError, ValueError) as error:
        echo(f"error: {error}", errors)
        sys.exit(1)
