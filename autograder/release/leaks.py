"""Leaks: solutions that survive in a release.

A solution block leaks if its text is anywhere in the release. A single statement leaks if it is
distinctive: long, and not in the given code. Both are compared as Python's parser sees them,
without comments, white space, brackets and quotes; files and cells that Python cannot parse are
compared as text. A rewritten solution, for example with other names, is not found.
"""

import ast
import json
import re
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from .blanks import Blank
from .magics import parse

# A shorter statement, such as `dx = dout * (x > 0)`, leaks only as a whole block.
DISTINCTIVE = 24


def find_leaks(blanks: list[Blank], given: Iterable[str], release: dict[str, str]) -> list[str]:
    """Find surviving parts of solutions: a line each, with the place and the blank.

    Parameters
    ----------
    blanks : list of Blank
        All blanks of the reference.
    given : iterable of str
        Python sources of the instructor-owned code.
    release : dict of str
        Text of each file (or notebook cell) in the release, by a name for the message.
    """
    known = {_squeeze(ast.unparse(node)) for source in given for node in _statements(source)}
    leaks = []
    wanted: dict[str, str] = {}
    for blank in blanks:
        # Also as written: compared as text, 1e-5 differs from Python's 1e-05.
        wanted[_squeeze(_normalised(blank.source))] = wanted[_squeeze(blank.source)] = blank.name
        for node in _statements(blank.source):
            statement = _squeeze(ast.unparse(node))
            if len(statement) >= DISTINCTIVE and statement not in known:
                written = ast.get_source_segment(textwrap.dedent(blank.source), node) or ""
                wanted.setdefault(statement, blank.name)
                wanted.setdefault(_squeeze(written), blank.name)
    wanted.pop("", None)
    for place, text in release.items():
        if "BEGIN SOLUTION" in text or "END SOLUTION" in text:
            leaks.append(f"{place}: a solution marker")
        # With comments, without them, and as parsed: commented-out code leaks too.
        forms = (text, re.sub(r"#.*", "", text), _normalised(text))
        squeezed = "\n".join(map(_squeeze, forms))
        for statement, name in wanted.items():
            if statement in squeezed:
                leaks.append(f"{place}: part of the solution of {name}: {statement[:60]}")
    return leaks


def read_texts(tree: Path) -> dict[str, str]:
    """Read every text in a folder by its path: files as they are, notebooks cell by cell.

    Outputs, attachments and metadata of a cell are a separate entry.
    """
    texts = {}
    for path in sorted(path for path in tree.rglob("*") if path.is_file()):
        name = path.relative_to(tree).as_posix()
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            content = json.loads(text)
        except ValueError:
            texts[name] = text
            continue
        cells = content.pop("cells", []) if isinstance(content, dict) else []
        texts[name] = "\n".join(_strings(content))
        for number, cell in enumerate(cells):
            texts[f"{name}, cell {number}"] = "".join(cell.pop("source", ""))
            texts[f"{name}, cell {number}, outputs"] = "\n".join(_strings(cell))
    return texts


def _strings(content: Any) -> Iterator[str]:
    """All texts in what a JSON file holds."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list | dict):
        for part in content.values() if isinstance(content, dict) else content:
            yield from _strings(part)


def _statements(source: str) -> Iterator[ast.stmt]:
    """Every statement of a source, whole and nested, but functions and classes."""
    tree = _parse(source)
    if tree is not None:
        for node in ast.walk(tree):
            if isinstance(node, ast.stmt) and not isinstance(node, ast.FunctionDef | ast.ClassDef):
                yield node


def _normalised(source: str) -> str:
    """A source as Python's parser sees it, without comments and layout."""
    tree = _parse(source)
    return source if tree is None else ast.unparse(tree)


def _parse(source: str) -> ast.Module | None:
    """Parse a module, a block of a function (which may return), or a cell with magics."""
    source = textwrap.dedent(source)
    # A line that starts with % may continue an expression: as a magic only if parsing fails.
    for text in (source, re.sub(r"^([ \t]*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)):
        if (tree := parse(text)) is not None:
            return tree
    return None


def _squeeze(text: str) -> str:
    """A text without layout: white space, quotes, brackets, comment signs, closing commas."""
    return re.sub(r"[\s\"'()\\#]+|,(?=\s*[)\]}])", "", text)
