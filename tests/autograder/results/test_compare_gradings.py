"""Comparing two gradings of a class."""

from dataclasses import replace

import pytest
from support.made_up import ASSIGNMENT, CLASS, HOSTILE, INFRASTRUCTURE, PARTLY, RIGHT, put_reports

from autograder.course import Course
from autograder.release.blanks import ReleaseError
from autograder.results.compare import (
    Change,
    CheckChange,
    Comparison,
    compare,
    pick_versions,
)
from autograder.results.marks import read_marks


def compare_versions(course: Course, anonymous: bool = False) -> Comparison:
    before, after = pick_versions(course, ASSIGNMENT, [])
    return compare(
        *(read_marks(course, ASSIGNMENT, anonymous, one.version) for one in (before, after))
    )


def test_changes_name_student_check_and_points(course: Course) -> None:
    put_reports(course, {"alice": RIGHT, "bob": PARTLY, "mallory": HOSTILE}, "first")
    put_reports(course, {"alice": PARTLY, "bob": PARTLY, "mallory": RIGHT}, "second")

    seen = compare_versions(course)

    assert seen.unchanged == 1
    assert [one.student for one in seen.changed] == ["mallory", "alice"]  # the largest first
    assert seen.changed[1] == Change(
        "alice", 80.0, 61.25, (CheckChange("dropout_backward", 25.0, 6.25),)
    )


def test_the_same_score_from_other_checks_is_a_change(course: Course) -> None:
    wrong = [replace(check, outcome="wrong", share=0.0) for check in RIGHT.checks]
    put_reports(
        course, {"bob": replace(RIGHT, checks=(RIGHT.checks[0], wrong[1], RIGHT.checks[2]))}, "a"
    )
    put_reports(course, {"bob": replace(RIGHT, checks=(*RIGHT.checks[:2], wrong[2]))}, "b")

    [bob] = compare_versions(course).changed

    assert bob.before == bob.after == 55.0
    assert [check.name for check in bob.checks] == ["dropout_backward", "dropout_net"]


def test_a_new_mark_is_a_change_and_students_in_one_grading_alone_are_listed(
    course: Course,
) -> None:
    put_reports(course, {"bob": INFRASTRUCTURE, "alice": RIGHT}, "first")
    put_reports(course, {"bob": RIGHT, "carol": RIGHT}, "second")

    seen = compare_versions(course)

    assert seen.changed == (Change("bob", None, 80.0, ()),)
    assert (seen.only_before, seen.only_after, seen.unchanged) == (("alice",), ("carol",), 0)


def test_a_check_that_was_dropped_or_is_worth_other_points_is_a_change(course: Course) -> None:
    put_reports(course, {"alice": RIGHT}, "first")
    put_reports(course, {"alice": RIGHT}, "second", {"dropout_forward": 40.0, "dropout_net": 25.0})

    [alice] = compare_versions(course).changed

    assert (alice.before, alice.after) == (80.0, 65.0)
    assert alice.checks == (
        CheckChange("dropout_forward", 30.0, 40.0),
        CheckChange("dropout_backward", 25.0, None),
    )


def test_a_version_can_be_given_by_its_first_characters(course: Course) -> None:
    put_reports(course, CLASS, "abc1")
    put_reports(course, CLASS, "abd2")

    chosen = pick_versions(course, ASSIGNMENT, ["abd", "abc"])

    assert [one.version for one in chosen] == ["abd2", "abc1"]
    for unclear, times in (("ab", 2), ("x", 0)):
        with pytest.raises(ReleaseError, match=f"of {times} gradings, expected one; known: ab"):
            pick_versions(course, ASSIGNMENT, [unclear, "abc"])


def test_one_grading_alone_cannot_be_compared(course: Course) -> None:
    put_reports(course, CLASS, "first")

    with pytest.raises(ReleaseError, match=r"got one grading .*first.*expected two"):
        pick_versions(course, ASSIGNMENT, [])


def test_an_anonymous_comparison_has_no_names(course: Course) -> None:
    put_reports(course, {"alice": RIGHT}, "first")
    put_reports(course, {"alice": PARTLY}, "second")

    [one] = compare_versions(course, anonymous=True).changed

    assert one.student.startswith("student-")
