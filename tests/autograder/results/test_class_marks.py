"""Marks and class summaries of made-up reports."""

import re
from dataclasses import replace

import pytest
from support.made_up import ASSIGNMENT, CLASS, HINT, PARTLY, POINTS, RIGHT, put_reports

from autograder.course import Course
from autograder.release.blanks import ReleaseError
from autograder.reports import Grading, ReportStore
from autograder.results.anonymous import alias
from autograder.results.marks import StudentMarks, read_marks
from autograder.results.summary import ClassSummary, HintCount
from daseCV.language import translate


def by_name(marks: list[StudentMarks]) -> dict[str, StudentMarks]:
    return {one.student: one for one in marks}


def test_a_score_is_the_sum_of_shares_of_the_cells_points(marks: list[StudentMarks]) -> None:
    found = by_name(marks)

    assert {one.maximum for one in marks} == {sum(POINTS.values())} == {80.0}
    assert found["alice"].score == 80.0
    assert found["bob"].score == 30 + 6.25 + 25
    assert [(one.name, one.lost) for one in found["bob"].losses] == [("dropout_backward", 18.75)]


def test_a_refused_submission_gets_0_and_an_internal_failure_no_mark(
    marks: list[StudentMarks],
) -> None:
    found = by_name(marks)

    assert found["eve"].score == 0.0
    assert found["dave"].score is None
    assert found["dave"].share is None


def test_a_fraction_of_a_point_is_rounded_as_in_the_gradebook(course: Course) -> None:
    third = replace(PARTLY, checks=(replace(PARTLY.checks[1], share=1 / 3),))
    put_reports(course, {"bob": third})

    [bob] = read_marks(course, ASSIGNMENT)

    assert bob.score == 8.33


def test_without_a_store_the_error_says_what_to_do_and_none_is_created(course: Course) -> None:
    with pytest.raises(ReleaseError, match="dasecv grade SUBMISSIONS --assignment Dropout"):
        read_marks(course, ASSIGNMENT)

    assert not (course.folder / "reports.db").exists()


def test_a_class_summary_counts_students_and_scores(marks: list[StudentMarks]) -> None:
    seen = ClassSummary(marks)

    assert seen.students == 5
    assert seen.scores == (0.0, 0.0, 61.25, 80.0)
    assert (seen.mean, seen.median, seen.full_marks) == (35.3125, 30.625, 1)
    assert seen.bins == (2, 0, 0, 0, 0, 0, 0, 1, 0, 1)
    assert [one.student for one in seen.failed] == ["eve"]
    assert [one.student for one in seen.open] == ["dave"]
    assert [one.student for one in seen.slowest][:2] == ["mallory", "bob"]


def test_each_check_has_its_pass_rate_and_mean_loss(marks: list[StudentMarks]) -> None:
    forward, backward, net = ClassSummary(marks).checks

    assert (forward.full, forward.part, forward.none) == (2, 0, 2)
    assert (backward.full, backward.part, backward.none) == (1, 1, 2)
    assert (forward.pass_rate, backward.pass_rate, net.pass_rate) == (0.5, 0.25, 0.5)
    assert backward.mean_loss == (0 + 18.75 + 25 + 25) / 4


def test_causes_count_students_and_the_points_they_cost(marks: list[StudentMarks]) -> None:
    seen = ClassSummary([*marks, replace(by_name(marks)["bob"], student="carol")])

    assert seen.hints == (HintCount(HINT, students=2, points=37.5),)
    assert seen.unexplained == 3  # mallory's; no check of eve's was asked


def test_a_class_without_any_mark_has_a_summary(course: Course) -> None:
    put_reports(course, {"dave": CLASS["dave"]})

    seen = ClassSummary(read_marks(course, ASSIGNMENT))

    assert (seen.students, seen.mean, seen.checks, seen.scores) == (1, None, (), ())


def test_bins_include_their_lower_edge(course: Course) -> None:
    checks = (replace(RIGHT.checks[0], outcome="partly", share=0.8),)
    put_reports(course, {"x": replace(RIGHT, checks=checks)})  # 24 of 80: 30%

    assert ClassSummary(read_marks(course, ASSIGNMENT)).bins.index(1) == 3


def test_anonymous_ids_are_stable_and_differ_between_courses(
    course: Course, marks: list[StudentMarks]
) -> None:
    hidden = read_marks(course, ASSIGNMENT, anonymous=True)

    assert all(re.fullmatch(r"student-[0-9a-f]{10}", one.student) for one in hidden)
    assert [one.student for one in hidden] == sorted(alias(course.secret, name) for name in CLASS)
    assert alias(course.secret, "alice") != alias(b"another course's", "alice")


def test_an_anonymous_id_replaces_the_name_in_notes_too(
    course: Course, marks: list[StudentMarks]
) -> None:
    eve = by_name(read_marks(course, ASSIGNMENT, anonymous=True))[alias(course.secret, "eve")]

    assert eve.notes == (f"{eve.student}.zip is not a readable archive: bad magic",)


def test_a_late_submission_without_a_time_is_on_the_page(course: Course) -> None:
    grading = Grading("Dropout", "v", "ada", "ada's", "ada", "/", late=True)
    ReportStore(course.folder / "reports.db").put("ada's", RIGHT, [grading])

    [ada] = read_marks(course, "Dropout")

    assert ada.notes == ("late, time unknown: no penalty taken",)
    assert translate(ada.notes[0], "zh") == "迟交，时间不明：没有扣迟交分"


def test_an_anonymous_note_is_in_the_reader_s_language(course: Course) -> None:
    put_reports(course, CLASS)

    [eve] = [
        one for one in read_marks(course, "Dropout", anonymous=True) if one.status == "refused"
    ]

    assert translate(eve.notes[0], "zh") == f"{eve.student}.zip 不是可读的压缩包：bad magic"
