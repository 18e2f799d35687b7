"""A course may grade a cell by its own asserts: then its outputs count, as for nbgrader."""

import json

import nbformat
import pytest
from nbformat import v4

from autograder.grading.outputs import read_outputs
from autograder.grading.own_asserts import judge_cells
from autograder.grading.report import CheckReport

ERROR = v4.new_output("error", ename="AssertionError", evalue="too small", traceback=[])
NUMBER = v4.new_output("execute_result", data={"text/plain": "1.5"})
NAN = v4.new_output("execute_result", data={"text/plain": "nan"})
OBJECT = v4.new_output("execute_result", data={"text/plain": "<Figure>"})
PRINTED = v4.new_output("stream", name="stdout", text="fine")


def judge_cell(outputs: list[object], count: int | None = 3) -> CheckReport:
    """The outcome of a cell worth 2 points that ended with these outputs."""
    graded = {"grade_id": "mine", "grade": True, "solution": False, "points": 2}
    cell = v4.new_code_cell("assert True", outputs=outputs, execution_count=count)
    cell.metadata["nbgrader"] = {**graded, "locked": True, "schema_version": 3}
    notebook = v4.new_notebook(cells=[v4.new_code_cell("x = 1"), cell])
    notebook.cells[0].execution_count = 1
    asked = nbformat.writes(notebook)
    executed = read_outputs(json.dumps(notebook).encode(), asked)
    assert executed is not None
    [report] = judge_cells([executed], ["mine"])
    return report


@pytest.mark.parametrize(
    ("outputs", "outcome", "share"),
    [
        ([], "right", 1.0),
        ([PRINTED], "right", 1.0),
        ([OBJECT], "right", 1.0),
        ([NUMBER], "partly", 0.75),
        ([NAN], "wrong", 0.0),
        ([PRINTED, ERROR], "wrong", 0.0),
    ],
    ids=["nothing", "text", "an object", "points", "NaN", "an error"],
)
def test_outputs_decide_the_points_of_a_cell(
    outputs: list[object], outcome: str, share: float
) -> None:
    report = judge_cell(outputs)

    assert (report.name, report.outcome, report.share) == ("mine", outcome, share)


def test_a_cell_that_was_not_reached_gets_0() -> None:
    report = judge_cell([], count=None)

    assert (report.outcome, report.share) == ("error", 0)
    assert report.reasons == ("the cell was not reached",)


def test_a_cell_of_a_notebook_that_did_not_run_gets_0() -> None:
    [report] = judge_cells([], ["mine"])

    assert (report.outcome, report.share) == ("error", 0)


def test_an_error_in_the_outputs_is_the_reason() -> None:
    assert judge_cell([ERROR]).reasons == ("AssertionError: too small",)
