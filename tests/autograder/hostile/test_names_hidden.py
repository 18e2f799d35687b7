"""Cells that no spreadsheet runs, and names that an anonymous export does not reveal."""

import csv
import stat
import unicodedata
from itertools import product
from pathlib import Path

import pytest
from support.made_up import make_course, put_reports

from autograder.course import Course
from autograder.grading.report import Report
from autograder.permissions import restrict
from autograder.reports import Grading, ReportStore
from autograder.results.anonymous import make_name_remover
from autograder.results.exports import export_csv
from autograder.results.gradescope.results import make_results
from autograder.results.marks import read_marks
from autograder.results.page import write_pages
from autograder.tables import FORMULA, write_csv
from daseCV.language import Message

COMMAND = "=cmd|'!C calc'!A0"
BLANKS = ("", " ", '"', "\u3000", "\xa0")
BEFORE = (*BLANKS, "a;", "a,", "a\t", 'a;"', "a; ", "a|")


@pytest.mark.parametrize(("before", "sign"), product(BEFORE, ("=", "+", "-", "@", "＝")))
def test_no_cell_begins_a_formula_for_any_separator(before: str, sign: str, tmp_path: Path) -> None:
    path = tmp_path / "marks.csv"

    write_csv(path, [["student", "notes"], ["ada", f"{before}{sign}{COMMAND[1:]}.ipynb"]])

    for separator in ",;\t|":
        for text in (path.read_text("utf-8-sig"), path.read_text("utf-8-sig").replace('"', "")):
            for row in csv.reader(text.splitlines(), delimiter=separator):
                for cell in row:
                    assert not cell.lstrip(' "\u3000\xa0').startswith(FORMULA), (separator, row)


NAMED = [
    ("Ada-Byron", "Ada Byron.zip"),
    ("Ada-Byron", "byron, ada"),
    ("Ada-Byron", "BYRON_ADA_12345_678901_homework.zip"),
    ("Ada-Byron", "class/adabyron/layers.py"),
    ("Ada-Byron", "ByronAda (1).zip"),
    ("Ada-Byron", "ada.byron@example.org"),
    ("lovelaceada", "lovelaceada_LATE_12345_678901_homework.zip"),
    ("lovelaceada", "Lovelace Ada.zip"),
    ("lovelaceada", "ada lovelace.zip"),
    ("José-García", unicodedata.normalize("NFD", "josé garcía.zip")),
    ("Zoë", unicodedata.normalize("NFD", "ZOË.zip")),
    ("张三", "张三作业.zip"),
    ("O-Brien", "o'brien.zip"),
    ("Anna-Maria-von-Stein", "von Stein, Anna Maria.zip"),
    ("s1234567", "S1234567-hw2.zip"),
]


@pytest.mark.parametrize(("student", "text"), NAMED)
def test_a_name_is_found_in_every_spelling(student: str, text: str) -> None:
    hidden = make_name_remover({student: "student-0"})(text)

    plain = "".join(c for c in unicodedata.normalize("NFKD", hidden).casefold() if c.isalpha())
    words = unicodedata.normalize("NFKD", student).casefold()
    assert "student-0" in hidden
    for word in "".join(c if c.isalpha() else " " for c in words).split():
        if len(word) > 1 and word != "s":
            assert word not in plain.replace("student", "")


def test_other_words_are_unchanged() -> None:
    text = "annotated max_pool_forward_naive banner: dx has shape (2, 3)"

    assert make_name_remover({"Ann-Max": "student-0", "1": "student-1"})(text) == text


@pytest.mark.parametrize("text", ["Byron.zip", "homework of byron, resubmitted", "class/BYRON/x"])
def test_a_part_of_the_student_s_own_name_is_removed(text: str) -> None:
    hidden = make_name_remover({"Ada-Byron": "student-0"}, alone=True)(text)

    assert "byron" not in hidden.casefold()


def test_an_anonymous_export_names_nobody_anywhere(root: Path, tmp_path: Path) -> None:
    course = make_course(root, tmp_path / "course")
    store = ReportStore(course.folder / "reports.db")
    notes = (Message("{name} is no archive: {error}", name="Ada Byron.zip", error="adabyron"),)
    one = Grading(
        "Dropout", "v", "Ada-Byron", "k", "d", "/class/Ada Byron.zip", platform_id="998877",
        doubts='["its number 998877 is that of Hopper, Grace", "BYRON ADA"]',
    )  # fmt: skip
    other = Grading("Dropout", "v", "Grace-Hopper", "k", "d", "/class/hopper.zip")
    store.put("k", Report("refused", notes=notes), [one, other])

    marks = read_marks(course, "Dropout", anonymous=True)
    write_pages(tmp_path / "pages", "Dropout", marks, "en")
    export_csv(tmp_path / "pages" / "marks.csv", marks)
    exported = " ".join(str(make_results(mark, "en")) for mark in marks)

    for path in (tmp_path / "pages").rglob("*.*"):
        exported += path.name + path.read_text(encoding="utf-8-sig")
    for name in ("byron", "hopper", "998877"):
        assert name not in exported.casefold()


@pytest.mark.parametrize(
    ("before", "groupshared", "after"),
    [
        (0o644, False, 0o600),
        (0o640, False, 0o600),
        (0o664, False, 0o660),  # the umask of an instructor who shares with a group
        (0o644, True, 0o660),
        (0o600, False, 0o600),
    ],
)
def test_a_file_is_open_to_the_instructor_or_the_group_only(
    before: int, groupshared: bool, after: int, tmp_path: Path
) -> None:
    path = tmp_path / "gradebook.db"
    path.touch()
    path.chmod(before)

    restrict(path, groupshared)

    assert stat.S_IMODE(path.stat().st_mode) == after


def test_the_report_store_is_open_to_the_instructor_only(root: Path, tmp_path: Path) -> None:
    course: Course = make_course(root, tmp_path / "course")
    put_reports(course, {})
    ReportStore(course.folder / "reports.db")

    assert stat.S_IMODE((course.folder / "reports.db").stat().st_mode) == 0o600


def test_nbgrader_s_gradebook_is_open_to_the_instructor_only_from_the_start(
    generated_course: Path,
) -> None:
    """Here nbgrader has already made its tables and written an assignment."""
    gradebook = generated_course / "gradebook.db"

    assert gradebook.stat().st_size > 0
    assert stat.S_IMODE(gradebook.stat().st_mode) == 0o600
