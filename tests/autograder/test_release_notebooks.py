"""Notebooks of the release: no solutions, no outputs, graded cells locked, points that add up."""

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import nbformat.v4 as v4
import pytest

from autograder.release import Reference
from autograder.release.blanks import BEGIN, END, ReleaseError
from autograder.release.notebooks import (
    is_nbgrader,
    notebook_blanks,
    read_notebook,
    release_notebook,
)
from daseCV.checks import check_names

SOLVED = f"def double(x):\n    {BEGIN}\n    return x + x\n    {END}\n"


def cell(source: str, **metadata: Any) -> Any:
    """A code cell with outputs, and with nbgrader metadata if given."""
    made = v4.new_code_cell(source, execution_count=7, outputs=[v4.new_output("stream", text="4")])
    if metadata:
        defaults = {"schema_version": 3, "grade": False, "solution": False, "locked": False}
        made.metadata["nbgrader"] = defaults | {"task": False} | metadata
    return made


def solution_cell(source: str = SOLVED, **metadata: Any) -> Any:
    return cell(source, **{"grade_id": "double", "solution": True} | metadata)


def graded_cell(source: str = "assert double(2) == 4", **metadata: Any) -> Any:
    graded = {"grade_id": "double_check", "grade": True, "locked": True, "points": 2}
    return cell(source, **graded | metadata)


def notebook(*cells: Any) -> Any:
    return v4.new_notebook(cells=list(cells))


def release_cells(*cells: Any) -> list[Any]:
    return release_notebook(notebook(*cells), "a.ipynb", "Generated from a.ipynb.").cells


def save_notebook(folder: Path, *cells: Any) -> Path:
    path = folder / "a.ipynb"
    nbformat.write(notebook(*cells), path)
    return path


def test_outputs_and_execution_counts_are_removed() -> None:
    timed = cell("1 + 1")
    timed.metadata["execution"] = {"iopub.status.busy": "2026-01-01T00:00:00Z"}

    [code] = release_cells(timed)

    assert (code.outputs, code.execution_count, dict(code.metadata)) == ([], None, {})


def test_the_source_notebook_itself_is_not_changed() -> None:
    source = notebook(solution_cell(), graded_cell())
    before = copy.deepcopy(source)

    release_notebook(source, "a.ipynb", "Generated from a.ipynb.")

    assert source == before


def test_points_in_a_text_are_filled_in_from_the_cells() -> None:
    question = v4.new_markdown_cell("…")
    question.metadata["nbgrader"] = graded_cell(grade_id="why", points=3).metadata["nbgrader"]
    text = "{points} points, {questions:points} of them for {questions} question; {points:why} each"

    cells = release_cells(v4.new_markdown_cell(text), graded_cell(), question)

    assert cells[0].source == "5 points, 3 of them for 1 question; 3 each"


def test_points_of_an_unknown_cell_in_a_text_are_an_error() -> None:
    with pytest.raises(ReleaseError, match=r"a text has {points:whyy}, expected the name"):
        release_cells(v4.new_markdown_cell("{points:whyy} points"), graded_cell())


def test_a_graded_cell_is_locked() -> None:
    [graded] = release_cells(graded_cell())

    assert graded.metadata["editable"] is False
    assert graded.metadata["deletable"] is False


def test_a_cell_for_students_to_write_in_is_not_locked() -> None:
    free, solution = release_cells(cell("1 + 1"), solution_cell())

    assert "editable" not in free.metadata
    assert "editable" not in solution.metadata


def test_the_stub_of_a_solution_cell_names_its_grade_id() -> None:
    [solution] = release_cells(solution_cell(grade_id="double_it"))

    assert solution.source == (
        "def double(x):\n"
        "    # Your code here: double_it\n"
        '    raise NotImplementedError("double_it is not written yet")\n'
    )


def test_nbgrader_metadata_and_points_are_kept() -> None:
    [graded] = release_cells(graded_cell(points=5))

    assert graded.metadata["nbgrader"] == graded_cell(points=5).metadata["nbgrader"]


def test_the_release_says_what_made_it() -> None:
    made = release_notebook(notebook(), "a.ipynb", "Generated from a.ipynb.")

    assert made.metadata["daseCV"] == {
        "generated": "Generated from a.ipynb.",
        "name": "a.ipynb",
        "language": "zh",
    }


def test_the_blanks_of_a_notebook_are_named_by_their_cells() -> None:
    cells = solution_cell(grade_id="first"), cell("1"), solution_cell(grade_id="second")

    assert [blank.name for blank in notebook_blanks(notebook(*cells), "a")] == ["first", "second"]


@pytest.mark.parametrize(
    "wrong",
    [
        cell(SOLVED),
        cell(SOLVED, grade_id="double"),
        graded_cell(SOLVED),
        v4.new_markdown_cell(SOLVED),
    ],
    ids=["no nbgrader metadata", "read-only cell", "graded cell", "markdown"],
)
def test_a_solution_outside_a_solution_cell_is_an_error(wrong: Any) -> None:
    with pytest.raises(ReleaseError, match=r"a\.ipynb: the cell .* holds a solution, expected"):
        release_cells(wrong)


def test_hidden_tests_in_a_notebook_are_an_error() -> None:
    """Nbgrader would strip them; a release that students fetch elsewhere would publish them."""
    hidden = "### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS"

    with pytest.raises(ReleaseError, match="got '### BEGIN HIDDEN TESTS'"):
        release_cells(graded_cell(hidden))


def test_a_wrong_marker_names_notebook_and_cell() -> None:
    with pytest.raises(ReleaseError, match=r"^a\.ipynb, cell double, line 2: .* never closed"):
        release_cells(solution_cell(f"def double(x):\n    {BEGIN}\n    return 2 * x"))


def test_a_valid_notebook_is_read(tmp_path: Path) -> None:
    path = save_notebook(tmp_path, solution_cell(), graded_cell())

    assert [cell.source for cell in read_notebook(path).cells] == [
        SOLVED,
        "assert double(2) == 4",
    ]


def test_a_grade_id_used_twice_is_an_error(tmp_path: Path) -> None:
    path = save_notebook(tmp_path, graded_cell(), graded_cell(), solution_cell())

    with pytest.raises(ReleaseError, match=r"^a\.ipynb: grade_id used twice: double_check$"):
        read_notebook(path)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no notebook",
        "{}",
        '{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        '{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "source": 3, "outputs": [],'
        ' "execution_count": null}], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
    ],
    ids=["empty", "not JSON", "empty JSON", "cells of a wrong type", "a source of a wrong type"],
)
def test_an_invalid_file_is_an_error_that_names_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ReleaseError, match=r"^a\.ipynb: not a valid notebook"):
        read_notebook(path)


@pytest.fixture(scope="module")
def graded(root: Path) -> dict[str, list[Any]]:
    """Nbgrader metadata of the graded cells of each of the course's own notebooks."""
    return {
        path.stem: [
            SimpleNamespace(**cell.metadata.nbgrader, code=cell.cell_type == "code")
            for cell in read_notebook(path).cells
            if is_nbgrader(cell) and cell.metadata.nbgrader.grade
        ]
        for path in Reference(root).notebooks()
    }


def test_the_points_of_each_notebook_total_100(graded: dict[str, list[Any]]) -> None:
    assert {name: sum(cell.points for cell in cells) for name, cells in graded.items()} == {
        "FullyConnectedNets": 100,
        "BatchNormalization": 100,
        "Dropout": 100,
        "ConvolutionalNetworks": 100,
    }


def test_every_graded_code_cell_is_a_public_check_and_every_check_is_graded_once(
    graded: dict[str, list[Any]],
) -> None:
    asked = [cell.grade_id for cells in graded.values() for cell in cells if cell.code]

    assert sorted(asked) == sorted(check_names())


def test_every_graded_code_cell_is_worth_something_and_locked(
    graded: dict[str, list[Any]],
) -> None:
    cells = [cell for cells in graded.values() for cell in cells if cell.code]

    assert all(cell.points > 0 and cell.locked and not cell.solution for cell in cells)


def test_every_question_in_words_is_marked_by_a_person_and_unlocked(
    graded: dict[str, list[Any]],
) -> None:
    cells = [cell for cells in graded.values() for cell in cells if not cell.code]

    assert cells
    assert all(cell.points > 0 and cell.solution and not cell.locked for cell in cells)
