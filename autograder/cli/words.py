"""What the command says, where, and options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

console, errors = Console(), Console(stderr=True)

Root = Annotated[
    Path | None, typer.Option(help="Checkout of the reference; default: around this folder.")
]


def echo(line: str, where: Console = console) -> None:
    """Print a line as it is: paths to copy are neither wrapped nor coloured."""
    where.print(line, markup=False, highlight=False, soft_wrap=True)
