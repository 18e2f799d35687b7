"""Converts cells with magics to Python; IPython itself decides which lines are magics."""

import ast
import re
import warnings
from typing import Any

from daseCV.contents import UNREADABLE

MOST_WORK = 200_000  # possible magics times characters: about a second of IPython
SIGN = re.compile(r"[%!?]|^[^\S\n]*[/,;]", re.MULTILINE)
RUNNERS = ("run_line_magic", "run_cell_magic", "system", "getoutput")


def as_python(cell: str) -> str:
    """The Python code that IPython makes of a cell; Python stays as it is."""
    if parse(cell) is not None or len(SIGN.findall(cell)) * len(cell) > MOST_WORK:
        return cell
    from IPython.core.inputtransformer2 import TransformerManager  # slow

    try:
        return TransformerManager().transform_cell(cell)
    except (RuntimeError, SyntaxError, ValueError):  # too many magics, or not tokens
        return cell


def without_magics(cell: str) -> str:
    """A cell as Python without IPython; lines keep their numbers.

    Magics are removed, but the code that `%time` or a cell magic runs stays.
    """
    python = as_python(cell)
    tree = parse(python)
    if tree is None:
        return python
    magics = magics_in(tree)
    if len(tree.body) == 1 and magics and magics[0].func.attr == "run_cell_magic":
        body = without_magics(magics[0].args[2].value)
        above = cell[: cell.index("%%")].count("\n") + 1
        return "\n" * above + (body if parse(body) is not None else "pass\n")
    lines = python.encode().split(b"\n")  # columns of a tree are bytes
    statements = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for magic in magics:
        line = lines[magic.lineno - 1]
        done = _magic_as_python(magic, is_statement=id(magic) in statements).encode()
        lines[magic.lineno - 1] = line[: magic.col_offset] + done + line[magic.end_col_offset :]
    return b"\n".join(lines).decode()


def magics_in(tree: ast.Module) -> list[Any]:
    """The calls that IPython makes of magics, from right to left."""
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in RUNNERS
        and ast.unparse(node.func.value) == "get_ipython()"
        and all(isinstance(argument, ast.Constant) for argument in node.args)
        and node.lineno == node.end_lineno
    ]
    return sorted(calls, key=lambda call: -call.col_offset)


def _magic_as_python(magic: Any, is_statement: bool) -> str:
    """A magic as Python: the code of `%time`, or nothing."""
    name, *rest = [argument.value for argument in magic.args]
    code = without_magics(rest[0].strip()).strip() if name == "time" and rest else ""
    if not code or parse(code) is None:
        return "pass" if is_statement else "None"
    return code if is_statement else f"({code})"


def parse(code: str | bytes) -> ast.Module | None:
    """The syntax tree of code; None if it is not Python."""
    try:
        return parse_quietly(code)
    except UNREADABLE:
        return None


def parse_quietly(code: str | bytes) -> ast.Module:
    """The syntax tree of code, without warnings about escapes; raises one of UNREADABLE."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(code)
