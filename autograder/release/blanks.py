"""Blanks: finds solutions in a source text, and replaces them by stubs."""

import ast
import functools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from daseCV.errors import DaseCVError

BEGIN = "### BEGIN SOLUTION"
END = "### END SOLUTION"
# A part of a solution that another week asks for, such as the dropout of a network.
PART = re.compile(r"### BEGIN PART (\w+)")
END_PART = "### END PART"

# A line that looks like a marker must be one: misspelt markers would publish the solution.
MARKER_LIKE = re.compile(r"(BEGIN|END) SOLUTION|^#+\s*(BEGIN|END)\b|^##+\s*(?i:begin|end)\b")


class ReleaseError(DaseCVError):
    """The release cannot be made; the message says where and why."""


@dataclass(frozen=True)
class Blank:
    # What the block completes: 'layers.conv_forward_naive', or a notebook cell's grade_id
    name: str
    source: str  # lines between the markers
    # Indices of the markers' lines
    first: int
    last: int
    indent: str  # white space before the opening marker


def module_name(path: Path) -> str:
    """Return the dotted name of a file within the package: classifiers/cnn.py, classifiers.cnn."""
    return ".".join(path.with_suffix("").parts)


@functools.lru_cache(maxsize=256)  # a release asks for the blanks of each file many times
def find_blanks(text: str, origin: str, name: str | None = None) -> tuple[Blank, ...]:
    """Find the marked solution blocks of a Python source.

    Parameters
    ----------
    text : str
        A module or a notebook cell.
    origin : str
        Where the text comes from, for messages.
    name : str, optional
        Name of every block (a cell's grade_id). Without it, the block is named by `origin` (a
        module's dotted name) and the function or method around it.

    Raises
    ------
    ReleaseError
        For a nested, unclosed, unopened or misspelt marker, or a block outside any function.
    """
    lines = text.split("\n")
    blanks: list[Blank] = []
    opened: int | None = None
    for number, line in enumerate(lines):
        stripped = line.strip()
        where = f"{origin}, line {number + 1}"
        if stripped == BEGIN:
            if opened is not None:
                raise ReleaseError(f"{where}: {BEGIN} inside the block of line {opened + 1}")
            opened = number
        elif stripped == END:
            if opened is None:
                raise ReleaseError(f"{where}: {END} without {BEGIN}")
            indent = re.match(r"\s*", lines[opened])[0]  # type: ignore[index]
            source = "\n".join(lines[opened + 1 : number])
            scope = name or _scope(text, opened + 1, origin)
            blanks.append(Blank(scope, source, opened, number, indent))
            opened = None
        elif opened is not None and (PART.fullmatch(stripped) or stripped == END_PART):
            continue
        elif MARKER_LIKE.search(stripped):
            raise ReleaseError(f"{where}: got {stripped!r}, expected {BEGIN} or {END} alone")
    if opened is not None:
        raise ReleaseError(f"{origin}, line {opened + 1}: {BEGIN} is never closed")
    return tuple(blanks)


def find_parts(blank: Blank) -> list[Blank]:
    """The parts of a blank, named after it: 'classifiers.fc_net.FullyConnectedNet.loss.dropout'."""
    parts: list[Blank] = []
    first, name = None, ""
    for number, line in enumerate(blank.source.split("\n")):
        stripped = line.strip()
        if (found := PART.fullmatch(stripped)) and first is None:
            first, name = number, f"{blank.name}.{found[1]}"
        elif stripped == END_PART and first is not None:
            source = blank.source.split("\n")
            inside = "\n".join(source[first + 1 : number])
            indent = line[: len(line) - len(line.lstrip())]
            parts.append(Blank(name, inside, first, number, indent))
            first = None
        elif found or stripped == END_PART:
            raise ReleaseError(f"{blank.name}: {stripped} without its other half")
    if first is not None:
        raise ReleaseError(f"{blank.name}: {PART.pattern} is never closed")
    return parts


def stub(
    text: str,
    blanks: Sequence[Blank],
    filled: Collection[str] = (),
    open_parts: Collection[str] = (),
) -> str:
    """Replace each block by a line that raises NotImplementedError with the blank's name.

    Blanks named in `filled` keep their solutions, without markers, except for their `open_parts`.
    """
    lines = text.split("\n")
    for blank in reversed(blanks):
        kept = placeholder(blank)
        if blank.name in filled:
            kept = blank.source.split("\n")
            for part in reversed(find_parts(blank)):
                inside = placeholder(part) if part.name in open_parts else part.source.split("\n")
                kept[part.first : part.last + 1] = inside
        lines[blank.first : blank.last + 1] = kept
    return "\n".join(lines)


def placeholder(blank: Blank) -> list[str]:
    """The lines that replace a solution."""
    return [
        f"{blank.indent}# Your code here: {blank.name}",
        f'{blank.indent}raise NotImplementedError("{blank.name} is not written yet")',
    ]


def _scope(text: str, line: int, origin: str) -> str:
    """Dotted name of the innermost function or method around a line."""
    try:
        scopes = [s for s in _scopes(text) if s.lineno <= line <= (s.end_lineno or 0)]
    except SyntaxError as error:
        raise ReleaseError(f"{origin}: {error}") from None
    if not scopes or isinstance(scopes[-1], ast.ClassDef):
        raise ReleaseError(f"{origin}, line {line}: a solution block outside any function")
    return ".".join([origin, *(scope.name for scope in scopes)])


@functools.lru_cache(maxsize=8)
def _scopes(text: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """All functions and classes of a module, outer ones first; parsed once for all its blanks."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    scopes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]
    return sorted(scopes, key=lambda node: node.lineno)
