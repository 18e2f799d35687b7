"""Marks for other programs: the plain table, Canvas's gradebook, Gradescope's results."""

import csv
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.made_up import POINTS, RIGHT, SCRIPT

from autograder.course import Course
from autograder.reports import Grading, ReportStore
from autograder.results.exports import export_canvas, export_csv
from autograder.results.gradescope.results import make_results, write_results
from autograder.results.marks import StudentMarks, read_marks
from autograder.tables import (
    FORMULA,
    Dialect,
    escape_formula,
    find_dialect,
    read_csv,
    write_csv,
)

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


def test_the_table_has_the_platform_s_id(marks: list[StudentMarks], tmp_path: Path) -> None:
    export_csv(tmp_path / "marks.csv", [replace(marks[0], platform_id="12345"), marks[1]])

    assert [row["platform id"] for row in rows(tmp_path / "marks.csv")] == ["12345", ""]


def test_the_table_has_platform_attempt_and_lateness(
    marks: list[StudentMarks], tmp_path: Path
) -> None:
    second = replace(marks[0], platform="Canvas", attempt=2, late=True)
    export_csv(tmp_path / "marks.csv", [second, marks[1]])

    assert [
        (row["platform"], row["attempt"], row["late"]) for row in rows(tmp_path / "marks.csv")
    ] == [("Canvas", "2", "late"), ("", "1", "")]


def test_marks_have_the_platform_s_id_unless_they_are_anonymous(course: Course) -> None:
    grading = Grading("Dropout", "v1", "ada", "k", "k", "ada.zip", platform_id="12345")
    ReportStore(course.folder / "reports.db").put("k", RIGHT, [grading])

    [named] = read_marks(course, "Dropout")
    [anonymous] = read_marks(course, "Dropout", anonymous=True)

    assert (named.platform_id, anonymous.platform_id) == ("12345", "")


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1"])
def test_names_that_look_like_formulas_are_escaped(
    name: str, marks: list[StudentMarks], tmp_path: Path
) -> None:
    export_csv(tmp_path / "marks.csv", [replace(marks[0], student=name)])

    [row] = rows(tmp_path / "marks.csv")
    assert row["student"] == f"'{name}"


@given(st.text(alphabet="ab ;,\t\n\r\"'=+-@＝"))
def test_a_text_is_unchanged_except_for_apostrophes(text: str) -> None:
    cell = escape_formula(text)

    assert not cell.lstrip(" ").startswith(FORMULA)
    assert cell.replace("'", "") == text.replace("\r\n", "\n").replace("\r", "\n").replace("'", "")


@pytest.mark.parametrize("text", ["Ada; Bob, and -Carol", "a-b; c=d", "ada@uni.edu", "1-2", " x"])
def test_text_without_formulas_is_unchanged(text: str) -> None:
    assert escape_formula(text) == text


@pytest.mark.parametrize("written", [",", ";", "\t"])
@pytest.mark.parametrize("expected", [",", ";", "\t"])
@pytest.mark.parametrize("begin", ["", "a", "a;", "a,", "a\t", "a\n", 'a; "', "a,  "])
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_is_a_formula_for_any_expected_separator(
    written: str, expected: str, begin: str, sign: str, tmp_path: Path
) -> None:
    write_csv(tmp_path / "t.csv", [["bob", f"{begin}{sign}x", "end"]], Dialect(written))

    found = read_csv(tmp_path / "t.csv", Dialect(expected))

    cells = [cell.lstrip(' "') for row in found for cell in row]
    assert not [cell for cell in cells if cell.startswith(FORMULA)]


@given(st.floats(-100, 100).map(lambda value: round(value, 2)))
def test_numbers_stay_numbers(value: float) -> None:
    assert float(escape_formula(value)) == value


@given(st.lists(st.lists(st.text(alphabet='a", \r\n\u4e2d;'), min_size=1), min_size=1))
def test_a_written_table_is_read_back_unchanged(table: list[list[str]]) -> None:
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
        ("Diver, Dave", "103", ""),  # without a mark, because of an internal failure
        ("Absent, Zoe", "104", ""),
        ("Student, Test", "105", ""),
    ]
    assert (done.filled, done.column) == (2, "Dropout (12)")
    assert done.strangers == ("eve", "mallory")


def test_canvas_s_own_id_identifies_a_student(
    marks: list[StudentMarks], roster: Path, tmp_path: Path
) -> None:
    exported = replace(marks[0], student="liddellalice", platform_id="101")
    another = replace(
        marks[1], student="dave", platform_id="102"
    )  # dave is the login of another student

    done = export_canvas(tmp_path / "c.csv", "Dropout", [exported, another], roster)

    found = {row[1]: row[-1] for row in read_csv(tmp_path / "c.csv")[2:]}
    assert found == {"101": "80", "102": "61.25", "103": "", "104": "", "105": ""}
    assert done.strangers == ()


def test_gradescope_s_email_address_matches_canvas_s_login(
    marks: list[StudentMarks], roster: Path, tmp_path: Path
) -> None:
    roster.write_text(ROSTER.replace(",alice,", ",Alice@uni.edu,"), encoding="utf-8")
    one = replace(marks[0], platform_id="alice@uni.edu")

    assert export_canvas(tmp_path / "c.csv", "Dropout", [one], roster).filled == 1


EUROPEAN = """Student;ID;SIS Login ID;Section;Dropout (12)
    Points Possible;;;;80
"Müller, Jürgen";101;bob;A;
"""
CHINESE = EUROPEAN.replace("Müller, Jürgen", "王小明")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (EUROPEAN, "utf-8"),
        (EUROPEAN, "utf-8-sig"),
        (EUROPEAN, "cp1252"),
        (CHINESE, "utf-8"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "gbk"),
        (CHINESE, "utf-16"),
    ],
)
@pytest.mark.parametrize(("separator", "score"), [(",", "61.25"), (";", "61,25"), ("\t", "61.25")])
def test_the_canvas_gradebook_has_the_roster_s_format(
    text: str,
    encoding: str,
    separator: str,
    score: str,
    marks: list[StudentMarks],
    roster: Path,
    tmp_path: Path,
) -> None:
    roster.write_bytes(text.replace(";", separator).encode(encoding))

    export_canvas(tmp_path / "c.csv", "Dropout", marks, roster)

    written = (tmp_path / "c.csv").read_bytes()
    assert written.startswith(roster.read_bytes()[:3])  # the byte order mark, if any
    found = read_csv(tmp_path / "c.csv", Dialect(separator, encoding))
    assert found[2] == [text.split('"')[1], "101", "bob", "A", score]


@pytest.mark.parametrize(
    ("separator", "possible", "decimal"),
    [(";", "80.00", "."), (";", "80,00", ","), (";", "80", ","), (",", '"80,00"', ",")],
)
def test_numbers_in_the_roster_determine_the_decimal_mark(
    separator: str, possible: str, decimal: str, roster: Path
) -> None:
    table = f"Student;ID;Lab\n;;{possible}\n"
    roster.write_text(table.replace(";", separator))

    assert find_dialect(roster) == Dialect(separator, "utf-8", decimal)


def test_headings_with_other_separators_do_not_mislead(roster: Path) -> None:
    roster.write_text('Student;ID;Section;"Lab 1, a, b, c, d, e";"Lab 2; a"\n')

    assert find_dialect(roster).separator == ";"


def test_text_outside_the_roster_s_encoding_is_written_in_utf8(
    marks: list[StudentMarks], roster: Path, tmp_path: Path
) -> None:
    roster.write_bytes(EUROPEAN.encode("cp1252"))

    export_canvas(tmp_path / "c.csv", "卷积", marks, roster)

    assert read_csv(tmp_path / "c.csv", Dialect(";"))[0][-1] == "卷积"


def test_a_workbook_is_not_a_roster(
    marks: list[StudentMarks], roster: Path, tmp_path: Path
) -> None:
    roster.write_bytes(b"PK\x03\x04\x8d\x81\x9d" + bytes(range(256)))

    with pytest.raises(ValueError, match="expected a CSV file, best in UTF-8"):
        export_canvas(tmp_path / "c.csv", "Dropout", marks, roster)


def test_canvas_gets_a_new_column_if_it_has_none(
    marks: list[StudentMarks], tmp_path: Path, roster: Path
) -> None:
    roster.write_text(ROSTER.replace("Dropout (12)", "Dropout 2 (12)"), encoding="utf-8")

    assert export_canvas(tmp_path / "c.csv", "Dropout", marks, roster).column == "Dropout"


def test_a_mark_is_left_out_if_two_students_share_its_name(
    marks: list[StudentMarks], tmp_path: Path, roster: Path
) -> None:
    roster.write_text(ROSTER.replace("zoe", "alice"), encoding="utf-8")

    done = export_canvas(tmp_path / "c.csv", "Dropout", marks, roster)

    assert done.filled == 1
    assert "alice" in done.strangers


def test_a_file_without_the_columns_is_not_a_roster(
    marks: list[StudentMarks], tmp_path: Path
) -> None:
    path = tmp_path / "other.csv"
    path.write_text("name,mark\nalice,3\n")

    with pytest.raises(ValueError, match=r"column 'Student'; got name, mark.*choose Export"):
        export_canvas(tmp_path / "c.csv", "Dropout", marks, path)


def test_a_roster_of_other_students_is_an_error_with_the_expected_names(
    marks: list[StudentMarks], tmp_path: Path, roster: Path
) -> None:
    others = [replace(one, student=f"{one.student}-2025") for one in marks]

    with pytest.raises(ValueError, match=r"none of its 5 students.*alice-2025.*SIS Login ID"):
        export_canvas(tmp_path / "c.csv", "Dropout", others, roster)


def test_gradescope_gets_its_full_schema(marks: list[StudentMarks], tmp_path: Path) -> None:
    bob = marks[1]

    write_results(tmp_path / "results.json", make_results(bob, "en"))

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


def test_gradescope_shows_printed_output_as_text(marks: list[StudentMarks]) -> None:
    found = make_results(marks[4], "zh", "after_published")

    assert SCRIPT in found["tests"][1]["output"]
    assert {test["output_format"] for test in found["tests"]} == {"text"}
    assert {test["visibility"] for test in found["tests"]} == {"after_published"}


def test_an_internal_failure_is_not_a_result_for_gradescope(marks: list[StudentMarks]) -> None:
    with pytest.raises(ValueError, match="dave has no mark yet"):
        make_results(marks[2], "en")
