"""The student of a file, by its name."""

from dataclasses import replace
from datetime import datetime, timezone

import dateutil.tz
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.collecting.names import Name, read_name, slug

ASSIGNMENTS = ("ConvolutionalNetworks", "Dropout")


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("ada", "ada"),
        ("ada_submission", "ada"),
        ("ada_Dropout", "ada"),
        ("ada-dropout", "ada"),
        ("ada_Dropout_submission", "ada"),
        ("2020123456_ConvolutionalNetworks", "2020123456"),
        ("li_ming", "li_ming"),
        ("张三_submission", "张三"),
        ("Ada Lovelace", "Ada-Lovelace"),
        ("Dropout", "Dropout"),
    ],
)
def test_a_requested_file_name_gives_the_student(name: str, student: str) -> None:
    assert read_name(name, ASSIGNMENTS) == Name(student)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("12345_attempt_2_late", Name("12345", attempt=2, late=True)),
        ("12345_late_attempt_2", Name("12345", attempt=2, late=True)),
        ("ada (1)", Name("ada", attempt=2)),
        ("ada_submission（2）", Name("ada", attempt=3)),
        ("ada_late", Name("ada", late=True)),
    ],
)
def test_attempt_and_lateness_are_read_from_the_name(name: str, expected: Name) -> None:
    assert read_name(name, ASSIGNMENTS) == expected


def test_canvas_names_have_a_student_and_an_id() -> None:
    found = read_name("lovelaceada_LATE_12345_678901_my homework-1")

    assert found == Name(
        "lovelaceada", 2, late=True, id="12345", platform="Canvas", file="my homework"
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("anon_x4Tq9_678901_homework", Name("anon_x4Tq9", id="x4Tq9")),
        ("LATE_anon_12345_678901_homework-2", Name("anon_12345", 3, late=True, id="12345")),
        ("anon_x4Tq9_678901_2020123_homework", Name("anon_x4Tq9", id="x4Tq9")),
        ("de_la_cruzana_12345_678901_homework", Name("de_la_cruzana", id="12345")),
        ("anonymousbosch_12345_678901_homework", Name("anonymousbosch", id="12345")),
    ],
)
def test_anonymous_and_underscored_canvas_names_have_their_student_and_id(
    name: str, expected: Name
) -> None:
    found = read_name(name)

    assert replace(found, file="") == replace(expected, platform="Canvas")


@pytest.mark.parametrize("ending", ["", "_homework", "_final version"])
def test_moodle_names_have_a_student_and_an_id(ending: str) -> None:
    found = read_name(f"Ada Lovelace_1234567_assignsubmission_file{ending}")

    expected = Name("Ada-Lovelace", id="1234567", platform="Moodle", file=ending[1:])
    assert found == expected


def test_blackboard_names_have_a_time() -> None:
    found = read_name("Homework 2_ada_attempt_2026-10-01-12-30-00_homework")

    assert (found.student, found.id, found.file) == ("ada", "ada", "homework")
    assert (found.at, found.platform) == (1_790_857_800.0, "Blackboard")


@given(st.text(max_size=60))
def test_any_name_becomes_a_valid_folder_name(name: str) -> None:
    student = read_name(name, ASSIGNMENTS).student

    assert student
    assert not set("/\\ \0\n") & set(student)
    assert student not in (".", "..")
    assert slug(student) == student


def test_long_names_stay_different() -> None:
    one, other = (slug("张" * 100 + end) for end in "ab")

    assert one != other
    assert len(one.encode()) <= 200


def test_names_without_valid_characters_stay_different() -> None:
    assert slug("🙂") != slug("🙃")


def test_an_impossible_date_is_ignored() -> None:
    name = read_name("Homework 2_ada_attempt_2026-13-45-12-30-00_homework")

    assert (name.student, name.at) == ("ada", None)


@pytest.mark.parametrize(
    ("zone", "hour"), [("UTC", 23), ("Asia/Shanghai", 15), ("America/New_York", 27)]
)
def test_blackboard_times_are_local(zone: str, hour: int) -> None:
    name = "Homework 2_ada_attempt_2026-10-01-23-30-00_homework"

    at = read_name(name, zone=dateutil.tz.gettz(zone)).at

    assert at == datetime(2026, 10, 1, tzinfo=timezone.utc).timestamp() + 3600 * hour + 1800
