"""The graded cells of an assignment, in its source and in nbgrader's gradebook."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader import utils
from nbgrader.api import Comment, Grade, Gradebook

from ..release.languages import notebook_names
from ..release.notebooks import is_nbgrader, read_notebook


@dataclass(frozen=True)
class GradedCell:
    notebook: str
    name: str  # its grade_id
    points: float
    kind: str  # 'code' or 'markdown'
    solution: bool = False  # whether students answer in it, so that it has comments


def cells_of_source(source: Path) -> dict[str, GradedCell]:
    """The graded cells in the source notebooks, by name."""
    return {
        cell.metadata.nbgrader.grade_id: GradedCell(
            name,
            cell.metadata.nbgrader.grade_id,
            float(cell.metadata.nbgrader.points),
            cell.cell_type,
            utils.is_solution(cell),
        )
        for name in notebook_names(source)
        for cell in read_notebook(source / f"{name}.ipynb").cells
        if is_nbgrader(cell) and utils.is_grade(cell)
    }


def cells_of_gradebook(gradebook: Gradebook, assignment: str) -> dict[str, GradedCell]:
    """The graded cells that the gradebook knows, by name."""
    return {
        cell.name: GradedCell(notebook.name, cell.name, cell.max_score, cell.cell_type)
        for notebook in gradebook.find_assignment(assignment).notebooks
        for cell in notebook.grade_cells
    }


def describe_differences(gradebook: Gradebook, assignment: str, source: Path) -> list[str]:
    """Differences between source and gradebook, a line each."""
    wanted, known = cells_of_source(source), cells_of_gradebook(gradebook, assignment)
    return describe_cells(wanted, known, "the source", "the gradebook")


def describe_cells(
    wanted: dict[str, GradedCell], known: dict[str, GradedCell], here: str, there: str
) -> list[str]:
    """Differences between two sets of graded cells, a line each."""
    gone = [f"{name} is no longer in {here}" for name in known if name not in wanted]
    new = [f"{name} is new in {here}" for name in wanted if name not in known]
    worth = [
        f"{name} is worth {cell.points:g} points in {here}, {known[name].points:g} in {there}"
        for name, cell in wanted.items()
        if name in known and known[name].points != cell.points
    ]
    return gone + new + worth


def update_gradebook(gradebook: Gradebook, assignment: str, source: Path) -> None:
    """Copy the source's graded cells to the gradebook; scores in cells that stay are kept."""
    wanted, known = cells_of_source(source), cells_of_gradebook(gradebook, assignment)
    for name, cell in known.items():
        if name not in wanted:
            remove_cell(gradebook, assignment, cell)
    for name, cell in wanted.items():
        gradebook.update_or_create_grade_cell(
            name, cell.notebook, assignment, max_score=cell.points, cell_type=cell.kind
        )
        if name not in known:
            add_to_submissions(gradebook, assignment, cell)
    gradebook.db.commit()


def remove_cell(gradebook: Gradebook, assignment: str, cell: GradedCell) -> None:
    """Remove a cell with all its grades and comments."""
    notebook = gradebook.find_notebook(cell.notebook, assignment)
    every = [*notebook.grade_cells, *notebook.solution_cells, *notebook.source_cells]
    for found in (kept for kept in every if kept.name == cell.name):
        rows: list[Any] = [*getattr(found, "grades", ()), *getattr(found, "comments", ())]
        for row in rows:
            gradebook.db.delete(row)
        gradebook.db.delete(found)


def add_to_submissions(gradebook: Gradebook, assignment: str, cell: GradedCell) -> None:
    """Add a grade for a new cell to all submissions in the gradebook."""
    made = gradebook.find_grade_cell(cell.name, cell.notebook, assignment)
    answered = None
    if cell.solution:
        answered = gradebook.update_or_create_solution_cell(cell.name, cell.notebook, assignment)
    for submission in gradebook.notebook_submissions(cell.notebook, assignment):
        gradebook.db.add(Grade(cell=made, notebook=submission))
        if answered is not None:
            gradebook.db.add(Comment(cell=answered, notebook=submission))
