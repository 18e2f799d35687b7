"""The pages as files: their content, and that nothing of a submission becomes markup."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from support.made_up import CLASS, HINT, PARTLY, SCRIPT

from autograder.hints import MISTAKES
from autograder.results.marks import StudentMarks
from autograder.results.page import write_pages
from autograder.results.views import OUTCOMES, file_names, hint_text
from daseCV.language import Message, translate


class ParsedPage(HTMLParser):
    """A page's text, its links, and the elements that would load or run something."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.text, self.scripts = "", 0
        self.links: list[str | None] = []
        self.loads: list[tuple[str, str, str | None]] = []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        for name, value in attributes:
            if name == "href" and tag == "a":
                self.links.append(value)
            elif name in ("src", "href", "srcset", "data") or name.startswith("on"):
                self.loads.append((tag, name, value))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def folder(marks: list[StudentMarks], tmp_path: Path) -> Path:
    """English pages of the made-up class."""
    write_pages(tmp_path / "report", "Dropout", marks, "en", "en")
    return tmp_path / "report"


def test_the_class_and_each_student_have_a_page(folder: Path) -> None:
    seen = ParsedPage(folder / "index.html")

    assert sorted(path.stem for path in (folder / "students").iterdir()) == sorted(CLASS)
    for student in CLASS:
        assert f"students/{student}.html" in seen.links
    assert all((folder / str(link)).exists() for link in seen.links)


@pytest.mark.parametrize(
    ("language", "phrase"), [("en", "not on the roster"), ("zh", "不在名单上")]
)
def test_doubts_from_collecting_are_on_the_class_page(
    marks: list[StudentMarks], tmp_path: Path, language: str, phrase: str
) -> None:
    doubtful = replace(marks[0], doubts=(Message("not on the roster"),))

    page = write_pages(tmp_path, "Dropout", [doubtful, *marks[1:]], language)

    assert phrase in ParsedPage(page).text


def test_pages_load_nothing(folder: Path) -> None:
    for page in folder.rglob("*.html"):
        assert ParsedPage(page).loads == [], page
        assert not re.search(r"url\(|@import|https?:", page.read_text(encoding="utf-8"))
        assert "default-src 'none'" in page.read_text(encoding="utf-8")


def test_output_of_a_submission_is_shown_as_text(folder: Path) -> None:
    page = folder / "students" / "mallory.html"

    assert ParsedPage(page).scripts == 0
    assert ParsedPage(page).text.count(SCRIPT) == 3  # a note, an error's message, printed output
    assert SCRIPT not in page.read_text(encoding="utf-8")


def test_a_student_s_name_is_shown_as_text(marks: list[StudentMarks], tmp_path: Path) -> None:
    name = '../"><script>x</script> 张三'

    write_pages(tmp_path, "Dropout", [replace(marks[0], student=name)], "zh")

    seen = ParsedPage(tmp_path / "index.html")
    [page] = (tmp_path / "students").iterdir()
    assert seen.scripts == 1  # the page's own
    assert name in seen.text
    assert page.name == "____script_x__script__张三.html"
    assert ParsedPage(page).scripts == 0


def test_file_names_are_distinct_for_all_student_names() -> None:
    names = list(
        file_names(iter(["Ann", "ann", "a/b", "a b", "..", "", "ann-2", "x" * 99, "x" * 98]))
    )

    assert len({name.casefold() for name in names}) == len(names)
    assert not any(name.startswith(".") or "/" in name for name in names)


def test_a_student_s_page_has_verdict_reason_hint_and_next_step(folder: Path) -> None:
    text = ParsedPage(folder / "students" / "bob.html").text

    assert "61.25 / 80" in " ".join(text.split())
    for phrase in ("partly right", "not charged here", "dx[3, 7] = -4.4", "6.25 / 25"):
        assert phrase in text
    assert MISTAKES[HINT].hint.replace("`", "") in text
    assert "only dropout_backward is to blame" in text
    assert "python -m daseCV check dropout_backward" in text
    assert "The docstring promises: “Gradient of inverted dropout.”" in text


@pytest.mark.parametrize(
    ("student", "phrase"),
    [
        ("alice", "Everything is right"),
        ("dave", "this is not your fault"),
        ("eve", "nothing of it was used"),
        ("mallory", "Begin with dropout_forward"),
    ],
)
def test_each_student_s_page_says_what_to_do_next(folder: Path, student: str, phrase: str) -> None:
    assert phrase in ParsedPage(folder / "students" / f"{student}.html").text


def test_every_colour_comes_with_a_sign_and_words(folder: Path) -> None:
    assert all(sign and words for sign, _, words in OUTCOMES.values())
    text = ParsedPage(folder / "students" / "bob.html").text
    assert "◐" in text
    assert "✓" in text


def test_a_student_s_page_is_in_the_language_of_the_notebook(
    marks: list[StudentMarks], tmp_path: Path
) -> None:
    write_pages(tmp_path, "Dropout", marks, "zh")

    assert "部分对" not in ParsedPage(tmp_path / "students" / "bob.html").text
    assert "全对" in ParsedPage(tmp_path / "students" / "alice.html").text
    assert "没能整体评分的" in ParsedPage(tmp_path / "index.html").text


def test_reasons_are_translated(marks: list[StudentMarks], tmp_path: Path) -> None:
    write_pages(tmp_path, "Dropout", marks, "zh", "zh")

    text = ParsedPage(tmp_path / "students" / "bob.html").text
    hint = translate(hint_text(HINT), "zh").replace("`", "")
    for phrase in ("部分对", "dx 不对", "应为：dx[3, 7] = -3.1", hint):
        assert phrase in text


def test_a_language_without_a_catalogue_is_an_error_that_names_it(
    marks: list[StudentMarks], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="got language 'fr', expected one of: en, zh"):
        write_pages(tmp_path, "Dropout", marks, "fr")


def test_pages_of_an_earlier_report_are_deleted_and_no_other_files(
    marks: list[StudentMarks], tmp_path: Path
) -> None:
    write_pages(tmp_path, "Dropout", marks, "en")
    (tmp_path / "students" / "somebody_elses.html").write_text("<p>")

    write_pages(tmp_path, "Dropout", marks[:1], "en")

    left = {page.stem for page in (tmp_path / "students").iterdir()}
    assert left == {"alice", "somebody_elses"}


@pytest.mark.slow
def test_two_thousand_students_fit_on_a_page(marks: list[StudentMarks], tmp_path: Path) -> None:
    alike = [
        replace(marks[number % len(marks)], student=f"student{number:05}") for number in range(2000)
    ]

    page = write_pages(tmp_path, "Dropout", alike, "zh")

    assert page.stat().st_size < 3_000_000
    assert len(list((tmp_path / "students").iterdir())) == 2000
    assert PARTLY.checks[1].reasons[0].splitlines()[0] not in page.read_text(encoding="utf-8")
