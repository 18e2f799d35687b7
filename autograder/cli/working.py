"""Commands for students, and for the images."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..release.blanks import ReleaseError
from .output import echo

app = typer.Typer()
data_app = typer.Typer(help="The images.", no_args_is_help=True)
app.add_typer(data_app, name="data")


@app.command()
def check(
    name: Annotated[str, typer.Argument(help="A check; default: all of them.")] = "",
) -> None:
    """Run the public checks of the release around this folder, as students do."""
    run_student_command(["check", name] if name else ["check"])


@app.command()
def submit(
    skip_checks: Annotated[bool, typer.Option("--skip-checks", help="Make the zip only.")] = False,
) -> None:
    """Make the submission.zip of the release around this folder, as students do."""
    run_student_command(["submit", "--skip-checks"] if skip_checks else ["submit"])


@data_app.command("download")
def data_download(
    target: Annotated[Path | None, typer.Option(help="Folder; default: the cache.")] = None,
) -> None:
    """Download CIFAR-10 (163 MiB) from the fastest mirror, resuming if interrupted."""
    from daseCV.data_utils import download_CIFAR10

    echo(f"CIFAR-10 is in {download_CIFAR10(target)}")


def run_student_command(arguments: list[str]) -> None:
    """Run the student's command in the folder that holds `daseCV/`."""
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
