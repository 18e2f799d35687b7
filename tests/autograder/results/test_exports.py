"""Marks for other programs: the plain table, Canvas's gradebook, Gradescope's results."""

import csv
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.made_up import POINTS, SCRIPT

from autograder.results.cells import FORMULA, escape_formula, read_csv, write_csv
from autograder.results.exports import export_canvas, export_csv
from autograder.results.gradescope.results import results, write_results
from autograder.results.marks import StudentMarks

ROSTER = """\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Lab 0 (11),Dropout (12),Final Score
,,,,,Manual Posting,,(read only)
    Points Possible,,,,,10,80,(read only)
"Liddell, Alice",101,s-1,alice,A,9,,0
"Builder, Bob",102,s-2,BOB ,A,8,,0
"Diver, Dave",103,s-3,dave,B,,,0
"Absent, Zoe",104,s-4,zoe,B,,,0
"Student, Test",105,,f3a1,A,,,0
"""


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return path


def test_the_table_has_one_column_for_each_check(marks: list[StudentMarks], tmp_path: Path) -> None:
    export_csv(tmp_path / "marks.csv", marks)

    found = {row["student"]: row for row in rows(tmp_path / "marks.csv")}
    assert [name for name in found["bob"] if name.startswith("dropout_")] == [
        f"{name} ({points:g})" for name, points in POINTS.items()
    ]
    assert found["bob"]["score"] == "61.25"
    assert found["bob"]["dropout_backward (25)"] == "6.25"
    assert (found["eve"]["score"], found["eve"]["status"]) == ("0", "refused")
    assert (found["dave"]["score"], found["dave"]["dropout_net (25)"]) == ("", "")


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1"])
def test_no_name_is_a_formula(name: str, marks: list[StudentMarks], tmp_path: Path) -> None:
    export_csv(tmp_path / "marks.csv", [replace(marks[0], student=name)])

    [row] = rows(tmp_path / "marks.csv")
    assert row["student"] == f"'{name}"


@given(st.text())
def test_no_text_begins_a_formula_and_others_stay(text: str) -> None:
    cell = escape_formula(text)

    assert not cell.lstrip(" ").startswith(FORMULA)
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    assert cell in (kept, f"'{kept}")


@given(st.floats(-100, 100).map(lambda value: round(value, 2)))
def test_numbers_stay_numbers(value: float) -> None:
    assert float(escape_formula(value)) == value


@given(st.lists(st.lists(st.text(alphabet='a", \r\n\u4e2d;'), min_size=1), min_size=1))
def test_what_is_written_is_read(table: list[list[str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        write_csv(path, table)
        expected = [[escape_formula(cell) for cell in row] for row in table]
        assert read_csv(path) == [row for row in expected if any(row)]


def test_canvas_gets_its_own_ids_and_column(
    marks: list[StudentMarks], roster: Path, tmp_path: Path
) -> None:
    done = export_canvas(tmp_path / "canvas.csv", "Dropout", marks, roster)

    head, possible, *students = read_csv(tmp_path / "canvas.csv")
    assert head == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Dropout (12)"]
    assert possible == ["    Points Possible", "", "", "", "", "80"]
    assert [(row[0], row[1], row[-1]) for row in students] == [
        ("Liddell, Alice", "101", "80"),
        ("Builder, Bob", "102", "61.25"),
        ("Diver, Dave", "103", ""),  # without a mark, for a reason of ours
        ("Absent, Zoe", "104", ""),
        ("Student, Test", "105", ""),
    ]
    assert (done.filled, done.column) == (2, "Dropout (12)")
    assert done.strangers == ("eve", "mallory")


def test_canvas_gets_a_new_column_where_it_has_none(
    marks: list[StudentMarks], tmp_path: Path, roster: Path
) -> None:
    roster.write_text(ROSTER.replace("Dropout (12)", "Dropout 2 (12)"), encoding="utf-8")

    assert export_canvas(tmp_path / "c.csv", "Dropout", marks, roster).column == "Dropout"


def test_two_students_of_one_name_are_nobodys(
    marks: list[StudentMarks], tmp_path: Path, roster: Path
) -> None:
    roster.write_text(ROSTER.replace("zoe", "alice"), encoding="utf-8")

    done = export_canvas(tmp_path / "c.csv", "Dropout", marks, roster)

    assert done.filled == 1
    assert "alice" in done.strangers


def test_another_file_is_no_roster(marks: list[StudentMarks], tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("name,mark\nalice,3\n")

    with pytest.raises(ValueError, match=r"column 'Student'; got name, mark.*choose Export"):
        export_canvas(tmp_path / "c.csv", "Dropout", marks, path)


def test_a_roster_of_others_says_what_names_were_expected(
    marks: list[StudentMarks], tmp_path: Path, roster: Path
) -> None:
    others = [replace(one, student=f"{one.student}-2025") for one in marks]

    with pytest.raises(ValueError, match=r"none of its 5 students.*alice-2025.*SIS Login ID"):
        export_canvas(tmp_path / "c.csv", "Dropout", others, roster)


def test_gradescope_gets_its_full_schema(marks: list[StudentMarks], tmp_path: Path) -> None:
    bob = marks[1]

    write_results(tmp_path / "results.json", results(bob, "en"))

    found = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert {name: found[name] for name in found if name not in ("tests", "output")} == {
        "score": 61.25,
        "execution_time": 3.5,
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "extra_data": {"status": "graded", "sandbox": "bubblewrap", "handed_in": bob.handed_in},
    }
    assert found["score"] == sum(test["score"] for test in found["tests"])
    backward = found["tests"][1]
    assert "dx[3, 7] = -3.1" in backward.pop("output")
    assert backward == {
        "score": 6.25,
        "max_score": 25.0,
        "status": "failed",
        "name": "dropout_backward",
        "name_format": "text",
        "number": "2",
        "output_format": "text",
        "tags": ["partly", "dropout_backward.new-mask"],
        "visibility": "visible",
        "extra_data": {"blamed": [], "seconds": 0.0},
    }
    assert found["tests"][2]["status"] == "passed"  # spared


def test_gradescope_shows_what_was_printed_as_text(marks: list[StudentMarks]) -> None:
    found = results(marks[4], "zh", "after_published")

    assert SCRIPT in found["tests"][1]["output"]
    assert {test["output_format"] for test in found["tests"]} == {"text"}
    assert {test["visibility"] for test in found["tests"]} == {"after_published"}


def test_a_failure_of_ours_is_no_result_for_gradescope(marks: list[StudentMarks]) -> None:
    with pytest.raises(ValueError, match="dave has no mark yet"):
        results(marks[2], "en")


def test_gradescope_knows_four_visibilities(marks: list[StudentMarks]) -> None:
    with pytest.raises(ValueError, match="got visibility 'secret', expected one of: visible"):
        results(marks[0], "en", "secret")
