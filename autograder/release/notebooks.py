"""Notebooks of the release: stubs for solutions, no outputs, graded cells locked."""

import copy
import hashlib
import re
from pathlib import Path
from typing import Any

import nbformat

from .blanks import Blank, ReleaseError, find_blanks, stub
from .languages import LANGUAGES
from .publication import Publication

# Fields in a text: '{points}' of the notebook, '{points:GRADE_ID}' of a cell, the number of
# '{questions}' marked by hand, and their '{questions:points}'.
NUMBER = re.compile(r"\{(points|questions)(?::(\w+))?\}")
ADDRESS_LINE = re.compile(r'^ADDRESS = ""', re.MULTILINE)


def read_notebook(path: Path) -> Any:
    """Read and validate a notebook, in which no two graded cells may share a name."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except Exception as error:
        raise ReleaseError(f"{path.name}: not a valid notebook: {error}") from error
    names = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if is_nbgrader(cell)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ReleaseError(f"{path.name}: grade_id used twice: {', '.join(twice)}")
    return notebook


def is_nbgrader(cell: Any) -> bool:
    """Whether nbgrader has a name for the cell: graded, solution or read-only."""
    return "grade_id" in cell.metadata.get("nbgrader", {})


def graded_cells(notebook: Any) -> list[Any]:
    """The cells that have points."""
    cells = [cell for cell in notebook.cells if is_nbgrader(cell)]
    return [cell for cell in cells if cell.metadata.nbgrader.get("grade")]


def check_points(notebook: Any) -> dict[str, float]:
    """The points of each check, by the grade_id of its cell; answers in words have no check."""
    marked = [cell.metadata.nbgrader for cell in graded_cells(notebook) if cell.cell_type == "code"]
    return {nbgrader.grade_id: float(nbgrader.points) for nbgrader in marked}


def notebook_blanks(notebook: Any, origin: str) -> list[Blank]:
    """Return the blanks of all cells, named by the cells' grade_id."""
    return [blank for cell in notebook.cells for blank in _cell_blanks(cell, origin)]


def release_notebook(
    notebook: Any,
    origin: str,
    made_by: str,
    published: Publication | None = None,
    language: str = LANGUAGES[0],
) -> Any:
    """Return the students' notebook: stubs, no outputs, locked graded cells, a generator note."""
    released = publish_notebook(notebook, origin, published or Publication())
    released.metadata["daseCV"] = {
        "generated": made_by,
        "name": origin,
        "language": language,
    }
    for cell in released.cells:
        cell.source = stub(cell.source, _cell_blanks(cell, origin))
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None
            cell.metadata.pop("execution", None)
        if is_nbgrader(cell) and cell.metadata.nbgrader.get("locked"):
            cell.metadata["deletable"] = False
            cell.metadata["editable"] = False
    return released


def publish_notebook(notebook: Any, origin: str, published: Publication) -> Any:
    """Return a notebook with its points, and the address where the course publishes it.

    Its set-up cell has a line `ADDRESS = ""`; `origin` is the notebook's file name.
    """
    made = copy.deepcopy(notebook)
    fill_in_numbers(made, origin)
    if not published.address:
        return made
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.source = ADDRESS_LINE.sub(f'ADDRESS = "{published.public}"', cell.source)
    if badges := published.badges(origin):
        made.cells.insert(0, nbformat.v4.new_markdown_cell(badges, id="badges"))
    return made


def fill_in_numbers(notebook: Any, origin: str) -> None:
    """Fill in the fields for points and numbers of questions in texts."""
    graded = graded_cells(notebook)
    points = {cell.metadata.nbgrader.grade_id: cell.metadata.nbgrader.points for cell in graded}
    questions = [c.metadata.nbgrader.points for c in graded if c.cell_type == "markdown"]
    numbers: dict[tuple[str, str | None], float] = {
        ("points", None): sum(points.values()),
        ("questions", None): len(questions),
        ("questions", "points"): sum(questions),
        **{("points", name): worth for name, worth in points.items()},
    }

    def fill_in(match: re.Match[str]) -> str:
        wanted = match[1], match[2]
        if wanted not in numbers:
            raise ReleaseError(
                f"{origin}: a text has {match[0]}, expected the name of a graded cell"
            )
        return f"{numbers[wanted]:g}"

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = NUMBER.sub(fill_in, cell.source)


def text_fingerprint(text: str) -> str:
    """A hash of a cell's text, without whitespace."""
    return hashlib.sha256("".join(text.split()).encode()).hexdigest()


def record_texts(notebook: Any, others: list[Any]) -> None:
    """Store fingerprints of the texts in other languages in a course's notebook.

    They tell released text from the student's in a submission of any language.
    """
    texts = {text_fingerprint(cell.source) for other in others for cell in other.cells}
    notebook.metadata["daseCV"] = {"texts": sorted(texts)}


def recorded_texts(notebook: Any) -> list[str]:
    """The fingerprints of `record_texts`; none in a course of an earlier version."""
    return list(notebook.metadata.get("daseCV", {}).get("texts", []))


def _cell_blanks(cell: Any, origin: str) -> tuple[Blank, ...]:
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    blanks = find_blanks(
        cell.source, f"{origin}, cell {grade_id or cell.get('id', '?')}", grade_id or "?"
    )
    if blanks and not cell.metadata.get("nbgrader", {}).get("solution"):
        raise ReleaseError(
            f"{origin}: the cell {grade_id or cell.get('id')} holds a solution, expected nbgrader "
            "metadata with a grade_id and solution: true"
        )
    return blanks
