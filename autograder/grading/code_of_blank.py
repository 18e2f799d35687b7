"""The student's code that decides a check: the functions of its blanks, with their line numbers."""

import ast
from collections.abc import Iterable, Mapping

from daseCV.trained import find_function

from ..folders import PACKAGE
from ..hints.mistake import plain_name
from ..hints.plant import file_of
from ..release.magics import parse
from ..texts import printable

MOST_LINES = 120  # of one function


def code_of(blanks: Iterable[str], owned: Mapping[str, bytes]) -> str:
    """The submitted functions of some blanks, without docstrings; '' if none is found."""
    parts = []
    for blank in dict.fromkeys(blanks):
        file = f"{PACKAGE}/{file_of(blank)}"
        text = owned.get(file, b"").decode("utf-8", "replace")
        tree = parse(text)
        node = find_function(tree, plain_name(blank).split(".")) if tree else None
        if node is None:
            continue
        lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
        document = docstring_lines(node)
        numbered = [
            f"{n:4} {line}" for n, line in enumerate(lines, start=node.lineno) if n not in document
        ]
        if len(numbered) > MOST_LINES:
            numbered = [*numbered[:MOST_LINES], "     ..."]
        parts.append("\n".join([file, *numbered]))
    return printable("\n\n".join(parts))


def docstring_lines(node: ast.FunctionDef | ast.ClassDef) -> range:
    """The lines of a docstring, where no code shares them."""
    first, *others = node.body
    is_alone = others and others[0].lineno > (first.end_lineno or 0) and first.lineno > node.lineno
    if ast.get_docstring(node) is None or not is_alone:
        return range(0)
    return range(first.lineno, (first.end_lineno or 0) + 1)
