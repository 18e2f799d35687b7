"""The student's code that decides a check: the functions of its blanks, with their line numbers."""

import ast
from collections.abc import Iterable, Mapping

from ..folders import PACKAGE
from ..hints.mistake import plain_name
from ..hints.plant import file_of
from ..texts import printable

MOST_LINES = 120  # of one function


def code_of(blanks: Iterable[str], owned: Mapping[str, bytes]) -> str:
    """The functions of some blanks as they were handed in, a class's methods together; or ''."""
    parts = []
    for blank in dict.fromkeys(blanks):
        file = f"{PACKAGE}/{file_of(blank)}"
        text = owned.get(file, b"").decode("utf-8", "replace")
        node = find_function(text, plain_name(blank).split("."))
        if node is None:
            continue
        lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
        numbered = [f"{n:4} {line}" for n, line in enumerate(lines, start=node.lineno)]
        if len(numbered) > MOST_LINES:
            numbered = [*numbered[:MOST_LINES], "     ..."]
        parts.append("\n".join([file, *numbered]))
    return printable("\n\n".join(parts))


def find_function(text: str, names: list[str]) -> ast.FunctionDef | None:
    """The last definition of a function or method; the one that counts."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for name in names[:-1]:
        classes = [node for node in body if isinstance(node, ast.ClassDef) and node.name == name]
        body = classes[-1].body if classes else []
    found = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == names[-1]]
    return found[-1] if found else None
