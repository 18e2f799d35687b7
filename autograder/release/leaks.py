"""Leaks: solutions that survive in a release.

A solution block leaks where its text stands anywhere in the release. A single statement of one
leaks where it is distinctive: long enough to say something, and not found in the code that students
are given anyway. Both are compared as Python's parser sees them, without comments, white space,
brackets and quotes; files and cells that Python cannot parse are compared as text.
"""

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator

from .blanks import Blank

# A shorter statement, such as `dx = dout * (x > 0)`, leaks only as a whole block.
DISTINCTIVE = 24


def find_leaks(blanks: list[Blank], given: Iterable[str], release: dict[str, str]) -> list[str]:
    """Find what of the solutions survives.

    Parameters
    ----------
    blanks : list of Blank
        All blanks of the reference.
    given : iterable of str
        Python sources of the instructor-owned code.
    release : dict of str
        Text of each file (or notebook cell) in the release, by a name for the message.

    Returns
    -------
    leaks : list of str
        One line each, naming the place and the blank; empty when nothing survives.
    """
    known = {statement for source in given for statement in _statements(source)}
    leaks = []
    wanted: dict[str, str] = {}
    for blank in blanks:
        wanted[_squeeze(_normal(blank.source))] = blank.name
        for statement in _statements(blank.source):
            if len(statement) >= DISTINCTIVE and statement not in known:
                wanted.setdefault(statement, blank.name)
    wanted.pop("", None)
    for place, text in release.items():
        if "BEGIN SOLUTION" in text or "END SOLUTION" in text:
            leaks.append(f"{place}: a solution marker")
        squeezed = _squeeze(text)
        parsed = set(_statements(text))
        for statement, name in wanted.items():
            if statement in parsed or statement in squeezed:
                leaks.append(f"{place}: part of the solution of {name}: {statement[:60]}")
    return leaks


def _statements(source: str) -> Iterator[str]:
    """Every statement of a source, whole and nested, in a form without layout."""
    tree = _parse(source)
    if tree is not None:
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield _squeeze(ast.unparse(node))


def _normal(source: str) -> str:
    """A source as Python's parser sees it, without comments and layout."""
    tree = _parse(source)
    return source if tree is None else ast.unparse(tree.body)  # type: ignore[arg-type]


def _parse(source: str) -> ast.Module | None:
    """Parse a module, a block of a function (which may return), or a cell with magics."""
    source = textwrap.dedent(re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE))
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


def _squeeze(text: str) -> str:
    return re.sub(r"[\s\"'()]+", "", text)
