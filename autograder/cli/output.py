"""Output of the command."""

from rich.console import Console

from ..texts import printable

console, errors = Console(), Console(stderr=True)


def echo(line: str, where: Console = console) -> None:
    """Print a line literally: paths are neither wrapped nor coloured.

    All output passes through here, so that no text can control the terminal.
    """
    where.print(printable(line), markup=False, highlight=False, soft_wrap=True)
