"""Mutants of right solutions: the reference with one change within one blank, and the styles.

A style is another way to solve some blanks; its code is appended to the reference's file.
"""

import ast
import difflib
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from autograder.release.blanks import Blank, ReleaseError
from autograder.release.reference import Reference

from . import arithmetic, arrays, names, statements  # noqa: F401  (they register operators)
from .operators import OPERATORS, Node
from .styles import FILES, append_code, defined_names, find_styles

MOST_OF_A_STYLE = 30  # mutants, evenly spread
# It seeds its generator differently each time, so it does not even agree with itself.
UNREPEATABLE = ("fc_net/deep_own_generator",)


@dataclass(frozen=True)
class Mutant:
    """A right solution with one change.

    Parameters
    ----------
    blank : str
        The blank that was changed.
    operator : str
        The mutation operator that changed it.
    line : int
        The first line that differs, in the file.
    number : int
        Counts this blank's mutants by this operator on this line, from 1.
    file : str
        The student-owned file that holds the blank, as in the release.
    content : str
        The whole file, changed.
    diff : str
        The lines that differ.
    original : str
        The whole file as it was.
    style : str
        The style that was changed: 'layers/conv_einsum'; '' for the reference.
    others : tuple of str
        The other blanks that the style solves.
    """

    blank: str
    operator: str
    line: int
    number: int
    file: str
    content: str
    diff: str
    original: str = ""
    style: str = ""
    others: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.style or self.blank}, line {self.line}: {self.operator} {self.number}"


def find_mutants(reference: Reference, blanks: Sequence[str]) -> Iterator[Mutant]:
    """Mutate blanks of the reference, always in the same order.

    Parameters
    ----------
    reference : Reference
    blanks : sequence of str
        Their names: 'layers.conv_forward_naive'.

    Raises
    ------
    ReleaseError
        If there is no blank of a name.
    """
    found = {
        blank.name: (path.as_posix(), blank)
        for path, of_file in reference.blanks().items()
        for blank in of_file
    }
    for name in blanks:
        if name not in found:
            raise ReleaseError(f"there is no blank {name}; there are {', '.join(sorted(found))}")
        file, blank = found[name]
        yield from mutate((reference.root / file).read_text(encoding="utf-8"), blank, file)


def find_mutants_of_styles(reference: Reference, blanks: Sequence[str]) -> Iterator[Mutant]:
    """Mutate the styles that solve any of these blanks; yield a sample of their mutants."""
    owned = {name: (reference.root / name).read_bytes() for name in FILES.values()}
    for module, file in FILES.items():
        for name, style in find_styles(module).items():
            place = f"{module}/{name}"
            prefix = file.removeprefix("daseCV/").removesuffix(".py").replace("/", ".")
            solved = [
                blank
                for blank in blanks
                if blank.removeprefix(f"{prefix}.") in defined_names(style)
            ]
            if not solved or place in UNREPEATABLE:
                continue
            original = append_code(owned, file, style)[file].decode()
            found = list(mutate_definitions(style))
            step = max(len(found) // MOST_OF_A_STYLE, 1)
            for operator, line, number, changed in found[::step][:MOST_OF_A_STYLE]:
                content = append_code(owned, file, changed)[file].decode()
                diff = difference(style, changed)
                about = operator, line, number, file, content, diff, original
                yield Mutant(solved[0], *about, style=place, others=tuple(solved[1:]))


def mutate_definitions(style: str) -> Iterator[tuple[str, int, int, str]]:
    """Mutate a style's functions and classes; yield operator, line, number and the whole style.

    None is deleted as a whole: the reference's would take its place.
    """
    in_sight = variables(style) | {node.arg for node in arguments_in(style)} | {"np"}
    lines = style.split("\n")
    for node in ast.parse(style).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            start, end = node.lineno - 1, node.end_lineno
            source = "\n".join(lines[start:end])
            for operator, line, number, changed in find_distinct_changes(source, in_sight):
                if node.name in defined_names(changed):
                    whole = "\n".join([*lines[:start], changed, *lines[end:]])
                    yield operator, start + line, number, whole


def mutate(text: str, blank: Blank, file: str) -> Iterator[Mutant]:
    """Mutate one blank of a file."""
    source, in_sight = textwrap.dedent(blank.source), names_in_sight(text, blank)
    for operator, line, number, changed in find_distinct_changes(source, in_sight):
        content = put_back(text, blank, changed)
        about = operator, blank.first + 1 + line, number, file, content
        yield Mutant(blank.name, *about, difference(text, content), text)


def find_distinct_changes(source: str, in_sight: set[str]) -> Iterator[tuple[str, int, int, str]]:
    """Yield each change that compiles and uses known names: operator, line, number, source."""
    known = {meaning(source)}
    numbers: dict[tuple[str, int], int] = {}
    for operator, changed in find_changes(source):
        means = meaning(changed)
        if means is None or means in known or not variables(changed) <= in_sight:
            continue
        known.add(means)
        line = first_difference(source, changed)
        number = numbers[operator, line] = numbers.get((operator, line), 0) + 1
        yield operator, line, number, changed


def find_changes(source: str) -> Iterator[tuple[str, str]]:
    """Yield each operator's name with each of its changes to a source."""
    tree = cst.parse_module(source)
    for operator in OPERATORS.values():
        for node in walk_nodes(tree):
            for other in operator.replacements(node):
                changed = other if node is tree else tree.deep_replace(node, other)
                assert isinstance(changed, cst.Module)
                yield operator.name, changed.code


def walk_nodes(node: Node) -> Iterator[Node]:
    """Yield nodes that an operator may change, outermost first: no attributes, no plain targets."""
    yield node
    children: Sequence[Node] = node.children
    if isinstance(node, cst.Attribute | cst.Arg):
        children = [node.value]
    elif isinstance(node, cst.AssignTarget | cst.For):
        targets = node.target, *(getattr(node.target, "elements", ()))
        children = [child for child in children if child not in targets]
        if isinstance(node.target, cst.Subscript):
            children = [node.target, *children]
    for child in children:
        yield from walk_nodes(child)


def meaning(source: str) -> str | None:
    """The syntax tree of a blank's code as text; None where it does not compile."""
    function = "def blank(self):\n" + textwrap.indent(source, "    ")
    try:
        compile(function, "blank", "exec")
        return ast.dump(ast.parse(function))
    except SyntaxError:
        return None


def variables(source: str) -> set[str]:
    """The variables that a blank's code uses."""
    tree = ast.parse("def blank(self):\n" + textwrap.indent(source, "    "))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def names_in_sight(text: str, blank: Blank) -> set[str]:
    """The variables and arguments of the function around a blank, and NumPy."""
    around = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef)
        and node.lineno <= blank.first + 1 <= (node.end_lineno or 0)
    ]
    inside = ast.unparse(around[-1])
    return variables(inside) | {node.arg for node in arguments_in(inside)} | {"np"}


def arguments_in(source: str) -> Iterator[ast.arg]:
    """The arguments of all functions."""
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.arg))


def put_back(text: str, blank: Blank, source: str) -> str:
    """A file with other code between a blank's markers."""
    lines = text.split("\n")
    lines[blank.first + 1 : blank.last] = textwrap.indent(source, blank.indent).split("\n")
    return "\n".join(lines)


def first_difference(one: str, two: str) -> int:
    """The first line, from 1, in which two texts differ."""
    pairs = enumerate(zip(one.split("\n"), two.split("\n"), strict=False), 1)
    return next((number for number, (a, b) in pairs if a != b), len(two.split("\n")))


def difference(old: str, new: str) -> str:
    """The lines that differ, without context."""
    lines = difflib.unified_diff(old.split("\n"), new.split("\n"), n=0, lineterm="")
    return "\n".join(line for line in list(lines)[2:] if not line.startswith("@@"))
