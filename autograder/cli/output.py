"""What the command says, and where."""

from rich.console import Console

from ..texts import printable

console, errors = Console(), Console(stderr=True)


def echo(line: str, where: Console = console) -> None:
    """Print a line as it is: paths to copy are neither wrapped nor coloured.

    All that a command says goes through here, so that nothing in it commands the terminal.
    """
    where.print(printable(line), markup=False, highlight=False, soft_wrap=True)
