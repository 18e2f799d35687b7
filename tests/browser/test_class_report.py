"""An instructor reads the report about a class, in a browser, from files."""

import os
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.lab_page import SCREENSHOTS

from autograder.grading.report import CheckReport, Outcome, Status
from autograder.hints import MISTAKES
from autograder.results.marks import CheckMark, StudentMarks
from autograder.results.page import write_pages
from daseCV.language import Message

pytestmark = pytest.mark.slow

POINTS = {
    "conv_forward_naive": 12.0,
    "conv_backward_naive": 14.0,
    "max_pool_forward_naive": 7.0,
    "max_pool_backward_naive": 8.0,
    "cnn_loss": 8.0,
    "cnn_gradients": 10.0,
    "cnn_one_epoch": 4.0,
    "spatial_batchnorm_forward": 4.0,
    "spatial_groupnorm_forward": 5.0,
}
SURNAMES = [
    "chen",
    "gao",
    "guo",
    "he",
    "hu",
    "huang",
    "li",
    "lin",
    "liu",
    "sun",
    "wang",
    "wu",
    "xu",
]
SURNAMES += ["zhang", "zhao"]
NAMES = ["fang", "jing", "lei", "min", "wei"]
WIDE, NARROW = {"width": 1200, "height": 1000}, {"width": 390, "height": 844}
REASON = (
    "{0} is wrong\n  got:      {0}[0, 0, 1, 2] = 1.25\n  expected: {0}[0, 0, 1, 2] = 4.5\n"
    "  where:    96 of 320 entries; this one is off the most (relative error 0.57)"
)


def made_up_class() -> list[StudentMarks]:
    """75 students, some of whom make catalogued mistakes."""
    random.seed(3)
    names = [f"{surname}.{name}" for surname in SURNAMES for name in NAMES]
    found = []
    for number, name in enumerate(sorted(names)):
        skill = random.betavariate(4, 1.2)
        checks = tuple(made_up_check(check, most, skill) for check, most in POINTS.items())
        found.append(
            StudentMarks(
                name,
                "graded",
                checks,
                seconds=random.lognormvariate(2.2, 0.4),
                handed_in=1_790_000_000.0 + 5000 * number,
                sandbox="bubblewrap",
            )
        )
    without_marks: dict[int, Status] = {4: "student error", 30: "refused", 51: "infrastructure"}
    for number, status in without_marks.items():
        nothing = tuple(CheckMark(check, most) for check, most in POINTS.items())
        found[number] = replace(found[number], status=status, checks=nothing, seconds=0.4)
    return found


def made_up_check(name: str, most: float, skill: float) -> CheckMark:
    """A check that is right or has one of its catalogued mistakes."""
    known = [mistake for mistake in MISTAKES if mistake.startswith(f"{name}.")]
    if random.random() < skill:
        return CheckMark(name, most, CheckReport(name, "right", 1.0))
    share = random.choice([0.0, 0.25, 0.5])
    hints = (random.choice(known[:4]),) if known and random.random() < 0.8 else ()
    outcome: Outcome = "partly" if share else "wrong"
    reason = REASON.format("dx" if "backward" in name else "out")
    return CheckMark(name, most, CheckReport(name, outcome, share, (reason,), ("",), hints=hints))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page about the class."""
    folder = tmp_path_factory.mktemp("report")
    return write_pages(folder, "ConvolutionalNetworks", made_up_class(), "en", "en")


@pytest.fixture
def page(browser: Any, report: Path) -> Iterator[Any]:
    """The page about the class in a tab that allows no network request and no error."""
    tab = browser.new_page(viewport=WIDE)
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda said: problems.append(said.text))
    tab.on(
        "request", lambda request: problems.append(request.url) if is_outside(request.url) else None
    )
    tab.goto(report.as_uri())
    yield tab
    tab.close()
    assert problems == []


def is_outside(url: str) -> bool:
    return not url.startswith("file:")


def save_picture(page: Any, name: str, whole: bool = True) -> None:
    """Save a picture if a folder for pictures is set."""
    folder = os.environ.get(SCREENSHOTS)
    if folder:
        page.evaluate("document.activeElement.blur()")
        page.screenshot(path=Path(folder, f"{name}.png"), full_page=whole)


def column(page: Any, number: int) -> list[str]:
    """The visible texts in a column of the students' table."""
    rows = page.locator("#students tbody tr:visible")
    return [str(text) for text in rows.locator(f"td:nth-child({number})").all_inner_texts()]


WEEK = Message("of another week: {name}", name="Dropout.ipynb")


@pytest.fixture
def page_with_notes(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """The page about a class with remarks about some students."""
    marks = made_up_class()
    marks[0] = replace(marks[0], late=True)
    marks[1] = replace(marks[1], late=True, handed_in=None)
    marks[2] = replace(marks[2], doubts=(WEEK,))
    path = write_pages(
        tmp_path,
        "ConvolutionalNetworks",
        marks,
        "en",
        missing=["zoe.new"],
        regraded=[(marks[3].student, "cnn_loss: 4 -> 8")],
        overridden=[(marks[5].student, "conv_forward_naive: 12 instead of 6")],
    )
    tab = browser.new_page(viewport=WIDE)
    tab.goto(path.as_uri())
    yield tab
    tab.close()


def test_students_worth_a_look_are_listed_under_the_reason(page_with_notes: Any) -> None:
    sections = {
        box.locator("h3").inner_text(): box.inner_text().splitlines()[1:]
        for box in page_with_notes.locator("section .two > div:has(h3)").all()
    }
    save_picture(page_with_notes, "class_worth_a_look")

    assert {title.split(" · ")[0] for title in sections} >= {
        "Could not be graded as a whole",
        "In doubt when collected",
        "Late, as the platform says",
        "Set by a person in place of the machine",
        "Changed by the last regrade",
        "On the roster, nothing graded",
    }
    late = " ".join(sections["Late, as the platform says · 2"])
    assert "chen.fang" in late
    assert "time unknown" in late
    assert "of another week: Dropout.ipynb" in " ".join(sections["In doubt when collected · 1"])
    assert sections["On the roster, nothing graded · 1"] == ["", "zoe.new"]


def test_a_name_worth_a_look_links_to_the_students_page(page_with_notes: Any) -> None:
    page_with_notes.get_by_role("row", name="cnn_loss: 4 -> 8").get_by_role("link").click()

    assert page_with_notes.locator("h1").inner_text()
    assert "chen.min" in page_with_notes.title() + page_with_notes.locator("body").inner_text()


def test_a_click_on_a_heading_sorts_and_a_second_click_reverses(page: Any) -> None:
    heading = page.locator("#students").get_by_role("button", name="Score")

    heading.click()

    ascending = column(page, 2)
    scores = [float(text) for text in ascending if text != "–"]
    assert ascending[0] == "–"  # without a mark
    assert scores == sorted(scores)
    assert page.locator("#students th[aria-sort=ascending]").inner_text().startswith("Score")

    heading.press("Enter")  # with the keyboard

    assert [float(text) for text in column(page, 2) if text != "–"] == scores[::-1]


def test_students_are_sorted_by_name(page: Any) -> None:
    heading = page.locator("#students").get_by_role("button", name="Student")

    heading.click()
    heading.click()

    assert column(page, 1) == sorted(column(page, 1), reverse=True)


def test_the_filter_finds_names_checks_and_statuses(page: Any) -> None:
    box = page.get_by_role("searchbox")

    box.fill("WANG.")
    assert column(page, 1) == [f"wang.{name}" for name in sorted(NAMES)]
    assert page.get_by_role("status").inner_text() == "5 shown"

    box.fill("cnn_loss −")
    assert all("cnn_loss" in lost for lost in column(page, 3))

    box.fill("refused")
    assert column(page, 4) == ["refused"]

    box.fill("")
    assert len(column(page, 1)) == 75


def test_a_students_page_is_one_click_away(page: Any) -> None:
    box = page.get_by_role("searchbox")
    box.fill("conv_backward_naive")
    link = page.locator("#students tbody tr:visible a").first
    name = link.inner_text()

    link.click()

    assert re.search(r"/students/[^/]+\.html$", page.url)
    assert page.get_by_role("main").locator("..").get_by_text(name, exact=True).is_visible()
    lost = page.locator("details#conv_backward_naive")
    assert lost.get_by_text("dx is wrong").is_visible()  # details of lost points are open
    lost.locator("summary").press("Enter")
    assert not lost.get_by_text("dx is wrong").is_visible()
    lost.locator("summary").press("Enter")
    save_picture(page, "class_report_student")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_is_readable_in_both_colour_schemes(page: Any, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)

    back, ink = (
        page.evaluate(f"getComputedStyle(document.body).{name}")
        for name in ("backgroundColor", "color")
    )
    assert abs(brightness(back) - brightness(ink)) > 150
    assert (brightness(back) > 128) == (scheme == "light")
    if scheme == "light":
        save_picture(page, "class_report", whole=False)


def brightness(colour: str) -> float:
    return sum(map(float, re.findall(r"\d+", colour)[:3])) / 3


def test_the_report_fits_a_phone(browser: Any, report: Path) -> None:
    tab = browser.new_page(viewport=NARROW)
    students = sorted((report.parent / "students").iterdir())
    for page in (report, students[0], students[4]):
        tab.goto(page.as_uri())

        assert tab.evaluate("document.documentElement.scrollWidth") == NARROW["width"]
    tab.close()


def test_the_report_is_readable_without_scripts(browser: Any, report: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()

    tab.goto(report.as_uri())

    assert tab.locator("#students tbody tr").count() == 75
    assert not tab.get_by_role("searchbox").is_visible()
    tab.locator("#students a").first.click()
    assert "/students/" in tab.url
    context.close()


def test_the_report_can_be_printed(page: Any) -> None:
    page.emulate_media(media="print")

    assert not page.get_by_role("searchbox").is_visible()
    assert page.pdf().startswith(b"%PDF")
