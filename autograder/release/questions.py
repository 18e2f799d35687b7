"""The parts of a question: a blank, a public check, a hidden check, a cell in a notebook.

`dasecv release` reports missing parts and their places; `dasecv new question` writes all four.
"""

import ast
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import nbformat

from ..folders import NOTEBOOKS, PACKAGE
from .blanks import ReleaseError
from .languages import LANGUAGES, TRANSLATES, fingerprint
from .notebooks import check_points, is_nbgrader, read_notebook
from .reference import Reference

GRADER_ROOT = Path(__file__).resolve().parents[2]
LAYERS = Path(PACKAGE, "layers.py")
PUBLIC = Path(PACKAGE, "checks", "questions")
HIDDEN = Path("autograder", "checks", "questions")
TESTS = Path("tests", "autograder", "checks")
DECORATORS = {"public_check", "hidden_check", "training_check"}  # they register checks
PLACEHOLDER = "QUESTION"  # the question's name, in the templates


def find_missing(reference: Reference) -> Iterator[str]:
    """Missing parts of graded cells' questions: where, and what to write; a line each."""
    public = find_registered(reference.root, PUBLIC)
    hidden = find_registered(reference.root, HIDDEN)
    checks, own = reference.checks(), reference.publication().own_asserts
    for path in reference.weeks():
        for name in check_points(read_notebook(path)):
            if name in own:
                continue
            cell = f"{path.name}, the graded cell {name}"
            for kind, folder, found in (("public", PUBLIC, public), ("hidden", HIDDEN, hidden)):
                if name not in found:
                    yield (
                        f"{cell}: no {kind} check; write a function {name} with @{kind}_check in "
                        f"{folder}/, or let the cell's own asserts decide: pyproject.toml, "
                        f'[tool.dasecv], own_asserts = ["{name}"]'
                    )
            if not (checks[name]["about"] or checks[name]["uses"]):
                yield (
                    f"{cell}: no blank is called {name}; name it in {NOTEBOOKS}/checks.json, as "
                    f'"{name}": {{"about": ["layers.{name}"]}}'
                )


def find_unused(reference: Reference) -> Iterator[str]:
    """Remains of a dropped question: its checks, its blank, texts that mention it."""
    checks = reference.checks()
    left = find_registered(reference.root, HIDDEN) | find_registered(reference.root, PUBLIC)
    for name, place in left.items():
        if name in checks:
            continue
        yield (
            f"{place}: the check {name} is in no notebook; a graded cell would have grade_id "
            f'{name} and  check("{name}")'
        )
        for path in reference.weeks():
            for cell in read_notebook(path).cells:
                if re.search(rf"\b{name}\b", cell.source):
                    yield f"{path.name}, cell {cell.id}: speaks of {name}, which no cell asks for"
    asked = {blank for check in checks.values() for blank in (*check["about"], *check["uses"])}
    for path, blanks in reference.blanks().items():
        for blank in blanks:
            if blank.name not in asked:
                yield (
                    f"{path}, line {blank.first + 1}: no check asks for the blank {blank.name}; "
                    "to hand it out solved: pyproject.toml, [tool.dasecv], given"
                )


def find_registered(root: Path, folder: Path) -> dict[str, str]:
    """Find the functions that register a check: 'file, line' by name.

    A checkout without its own grader uses this one.
    """
    found = {}
    folder = next(path / folder for path in (root, GRADER_ROOT) if (path / folder).is_dir())
    for path in sorted(folder.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [
                part.id
                for mark in getattr(node, "decorator_list", ())
                for part in ast.walk(mark)
                if isinstance(part, ast.Name)
            ]
            if isinstance(node, ast.FunctionDef) and DECORATORS & set(names):
                found[node.name] = f"{path.relative_to(folder.parents[2])}, line {node.lineno}"
    return found


def write_question(root: Path, name: str, after: str, points: float) -> list[str]:
    """Write a working question to start from, after that of another check.

    Parameters
    ----------
    root : Path
        The checkout.
    name : str
        Of the blank, its checks and its cell, such as 'leaky_relu'.
    after : str
        The check that comes before it, such as 'relu_backward'.
    points : float
        What its cell is worth.

    Returns
    -------
    written : list of str
        The files that were written or changed, and what is in them.

    Raises
    ------
    ReleaseError
        If there is such a question, or no such check; then nothing is written.
    """
    reference = Reference(root)
    checks = reference.checks()
    if not name.isidentifier() or name != name.lower() or name.startswith("_"):
        raise ReleaseError(f"got {name!r}, expected a name such as leaky_relu")
    if after not in checks:
        raise ReleaseError(f"got --after {after!r}, expected one of: {', '.join(checks)}")
    code = {
        PUBLIC / f"{name}.py": "public.txt",
        HIDDEN / f"{name}.py": "hidden.txt",
        TESTS / f"test_{name}.py": "test.txt",
    }
    text = reference.text(LAYERS)
    taken = [str(path) for path in code if (root / path).exists()]
    taken += [f"{LAYERS}, line {n.lineno}" for n in parse_functions(text) if n.name == name]
    taken += [f"the check {name}"] if name in checks else []
    if taken:
        raise ReleaseError(f"there is a question {name} already: {', '.join(taken)}")
    blanks = {blank.rpartition(".")[2] for blank in checks[after]["about"]}
    ends = [node.end_lineno for node in parse_functions(text) if node.name in blanks]
    lines = text.rstrip("\n").split("\n")
    line = ends[0] if ends and ends[0] is not None else len(lines)
    lines[line:line] = ["", "", *read_template("layer.txt", name).rstrip("\n").split("\n")]
    notebook = next(p for p in reference.weeks() if after in check_points(read_notebook(p)))
    add_cells(notebook, name, after, points)
    (root / LAYERS).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    for path, source in code.items():
        (root / path).write_text(read_template(source, name), encoding="utf-8", newline="\n")
    return [
        f"{LAYERS}, line {line + 3}: the blank, with its docstring and solution",
        f"{PUBLIC / name}.py: the public check, which students run",
        f"{HIDDEN / name}.py: the hidden check, which decides marks",
        f"{notebook.relative_to(root)}, after {after}: its text in both languages, its graded cell",
        f"{TESTS / f'test_{name}.py'}: its tests",
    ]


def add_cells(path: Path, name: str, after: str, points: float) -> None:
    """Insert a question's text, in each language, and its graded cell after another cell."""
    notebook = nbformat.read(path, as_version=4)
    texts = [read_template(f"text.{language}.txt", name).strip() for language in LANGUAGES]
    cells: list[Any] = [
        nbformat.v4.new_markdown_cell(text, id=f"{name[:50]}-{language}")
        for text, language in zip(texts, LANGUAGES, strict=True)
    ]
    for cell, language in zip(cells, LANGUAGES, strict=True):
        cell.metadata["tags"] = [language]
    cells[1].metadata[TRANSLATES] = fingerprint(texts[0])
    graded = {"grade": True, "locked": True, "solution": False, "task": False}
    nbgrader = {"cell_type": "code", "grade_id": name, "points": points, "schema_version": 3}
    check = f'from daseCV.checks import check\n\ncheck("{name}")'
    cells.append(nbformat.v4.new_code_cell(check, id=name[:60]))
    cells[2].metadata["nbgrader"] = {**nbgrader, **graded}
    [place] = [
        number
        for number, cell in enumerate(notebook.cells, start=1)
        if is_nbgrader(cell) and cell.metadata.nbgrader.grade_id == after
    ]
    notebook.cells[place:place] = cells
    nbformat.write(notebook, path)


def parse_functions(text: str) -> list[ast.FunctionDef]:
    """The functions of a module."""
    return [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]


def read_template(file: str, name: str) -> str:
    """A file of a new question."""
    text = (files(__package__) / "question" / file).read_text(encoding="utf-8")
    return text.replace(PLACEHOLDER, name)
