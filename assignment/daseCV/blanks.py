# Generated from daseCV/blanks.py by "dasecv release".
"""Finds a blank's `raise NotImplementedError` that was forgotten beside written code."""

import ast
from pathlib import Path

from .language import say

MARK = "# Your code here"


def describe_leftover(file: Path, line: int) -> str:
    """A message about a forgotten `raise NotImplementedError` in a line, counted from 1.

    Empty if the blank holds nothing else.
    """
    try:
        text = file.read_text(encoding="utf-8")
        written = MARK not in text.splitlines()[line - 2] or assigns_below(ast.parse(text), line)
    except (OSError, ValueError, SyntaxError, IndexError):  # changed since it was imported
        return ""
    if not written:
        return ""
    return say(
        "there is other code here: delete the raise NotImplementedError in line {line} as well",
        line=line,
    )


def assigns_below(tree: ast.AST, line: int) -> bool:
    """Whether the function around a line assigns variables below it; given code does not."""
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.lineno < line <= (node.end_lineno or 0)
    ]
    return any(
        isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
        for function in around[-1:]
        for statement in ast.walk(function)
        if isinstance(statement, ast.Assign) and statement.lineno > line
        for target in statement.targets
        for part in ast.walk(target)
    )
