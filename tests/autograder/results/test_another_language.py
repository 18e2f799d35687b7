"""A language is a catalogue: if it accents every letter, everything that people read is accented.

Names, code, quoted docstrings and output of student code stay plain.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.plain import plain_words
from support.pseudo import NAME, write_catalogues

from autograder.grading.report import Report
from autograder.nbgrader.plugin import feedback_text
from autograder.results.gradescope.results import make_results
from autograder.results.marks import StudentMarks
from autograder.results.page import write_pages
from daseCV import language
from daseCV.checks import running
from daseCV.checks.panel import html
from daseCV.language import VARIABLE, Message, say, translate

NAMES = {"alice", "bob", "dave", "eve", "mallory", "Dropout", "ours", "bad", "magic"}
SCRIPT = {
    "script",
    "alert",
    "from",
    "submission",
}  # mallory's name, and the message that mallory's code raises


@pytest.fixture(autouse=True)
def accented(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A made-up language, which is set and is the only one besides English."""
    monkeypatch.setattr(language, "_folders", write_catalogues(root, tmp_path / "catalogues"))
    monkeypatch.setenv(VARIABLE, NAME)
    language._catalogue.cache_clear()
    yield
    language._catalogue.cache_clear()


def visible_text(page: str) -> str:
    """The text of a page and of its labels."""
    labels = re.findall(r'(?:aria-label|placeholder|alt)="([^"]*)"', page)
    without = re.sub(r"<(style|script)>.*?</\1>|<pre>.*?</pre>", " ", page, flags=re.DOTALL)
    return " ".join([re.sub(r"<code>.*?</code>|<[^>]*>|&\w+;|&#\d+;", " ", without), *labels])


def test_a_language_is_found_by_its_folder_alone() -> None:
    assert language.languages() == ["en", NAME]
    assert say("worst entries") == "ŵóřšť éñťřîéš"


def test_pages_of_a_class_and_its_students_are_translated(
    marks: list[StudentMarks], tmp_path: Path
) -> None:
    write_pages(tmp_path / "report", "Dropout", marks, NAME, NAME)

    for page in (tmp_path / "report").rglob("*.html"):
        text = visible_text(page.read_text(encoding="utf-8"))
        assert set(plain_words(text)) <= NAMES | SCRIPT, page


def test_results_for_gradescope_are_translated(marks: list[StudentMarks]) -> None:
    [bob] = [one for one in marks if one.student == "bob"]

    shown = make_results(bob, NAME)

    assert plain_words(shown["output"]) == []
    for test in shown["tests"]:
        assert plain_words(re.sub("“.*?”", "", test["output"])) == []


def test_feedback_below_a_cell_is_translated(marks: list[StudentMarks]) -> None:
    [bob] = [one for one in marks if one.student == "bob"]
    for mark in bob.checks:
        text = feedback_text(Report("graded"), mark.report, NAME)
        assert plain_words(re.sub("“.*?”", "", text)) == []


@pytest.mark.parametrize("name", ["affine_forward", "conv_forward_naive", "dropout_net"])
def test_the_panel_of_a_right_answer_is_translated(name: str) -> None:
    verdict, _ = running.judge(name, {})

    assert plain_words(visible_text(html(verdict))) == []
    assert plain_words(verdict.text()) == []


def test_a_message_and_its_details_are_translated() -> None:
    wrong = Message("{what} has shape {got}, expected {expected}", what="dx", got=1, expected=2)

    text = translate(wrong.with_details(asked=Message("{question}: known values", question="x")))

    assert plain_words(text) == []
