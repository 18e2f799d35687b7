"""The student's code that decides a check: the functions of its blanks, with their line numbers."""

from collections.abc import Iterable, Mapping

from daseCV.trained import find_function

from ..folders import PACKAGE
from ..hints.mistake import plain_name
from ..hints.plant import file_of
from ..release.magics import parse
from ..texts import printable

MOST_LINES = 120  # of one function


def code_of(blanks: Iterable[str], owned: Mapping[str, bytes]) -> str:
    """The submitted functions of some blanks with line numbers; '' if there are none."""
    parts = []
    for blank in dict.fromkeys(blanks):
        file = f"{PACKAGE}/{file_of(blank)}"
        text = owned.get(file, b"").decode("utf-8", "replace")
        tree = parse(text)
        node = find_function(tree, plain_name(blank).split(".")) if tree else None
        if node is None:
            continue
        lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
        numbered = [f"{n:4} {line}" for n, line in enumerate(lines, start=node.lineno)]
        if len(numbered) > MOST_LINES:
            numbered = [*numbered[:MOST_LINES], "     ..."]
        parts.append("\n".join([file, *numbered]))
    return printable("\n\n".join(parts))
