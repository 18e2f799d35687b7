"""What a catalogued mistake is: a change of the reference, and what a student is told about it."""

from dataclasses import dataclass

from daseCV.errors import DaseCVError

Edits = tuple[tuple[str, str], ...]
Row = tuple[str, Edits, str]


class HintError(DaseCVError):
    """The catalogue does not fit the reference; the message names the mistake."""


@dataclass(frozen=True)
class Mistake:
    """One typical mistake.

    Parameters
    ----------
    id : str
        The function and what is wrong: 'conv_backward_naive.db-not-summed'.
    blank : str
        The blank that it is made in: 'layers.conv_backward_naive'.
    edits : tuple of (str, str)
        What stands in the reference's solution, once, and what such a student wrote instead.
    hint : str
        What the behaviour shows and what to think about, never the right line; in English.
    """

    id: str
    blank: str
    edits: Edits
    hint: str


def mistakes(blank: str, *rows: Row) -> list[Mistake]:
    """The mistakes of one blank, each a row: name, edits, hint."""
    parts = blank.split(".")
    function = ".".join(parts[-2:] if parts[-2][0].isupper() else parts[-1:])
    return [Mistake(f"{function}.{name}", blank, edits, hint) for name, edits, hint in rows]
