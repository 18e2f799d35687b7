"""Shared by the tests of results: a course with a made-up class."""

from pathlib import Path

import pytest
from support.made_up import CLASS, make_course, put_reports

from autograder.course import Course
from autograder.results.marks import StudentMarks, read_marks


@pytest.fixture
def course(root: Path, tmp_path: Path) -> Course:
    """A course in which nothing is graded."""
    return make_course(root, tmp_path / "course")


@pytest.fixture
def marks(course: Course) -> list[StudentMarks]:
    """The marks of alice, bob, dave, eve and mallory."""
    put_reports(course, CLASS)
    return read_marks(course, "Dropout")
