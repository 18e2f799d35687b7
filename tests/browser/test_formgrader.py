"""An instructor marks answers in words with nbgrader's formgrader, in a browser.

The tests are steps of one story and run in their order on one page.
"""

import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dropout_course import ASSIGNMENT, QUESTIONS, WRONG_GRADIENT, Student, copy_course, nbgrader
from nbgrader.api import Gradebook
from support.lab_page import SCREENSHOTS, WAIT, wait_for

pytestmark = pytest.mark.slow

ANSWER = "训练时随机丢掉一部分，谁也靠不住谁。"
CHAO = Student("chao", {"zh": ANSWER}, run="zh", edits=(WRONG_GRADIENT,))
ELLA = Student("ella", {"en": "Units that may vanish cannot rely on each other."}, run="en")
QUESTION = QUESTIONS[0]
SCORE, COMMENT = "7.5", "作用说对了；请写出图上的数。"
OVERRIDDEN = "10"  # replaces the 6.25 of automatic grading


@pytest.fixture(scope="module")
def course(
    browser: Any,
    root: Path,
    generated_course: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A course whose submissions are graded automatically; their notebooks were not run.

    Without a browser nothing is graded: the tests are skipped.
    """
    folder = tmp_path_factory.mktemp("formgrader") / "course"
    copy_course(root, generated_course, folder, [CHAO, ELLA])
    for command in ("zip_collect", "autograde"):
        nbgrader(folder, command, ASSIGNMENT)
    return folder


@pytest.fixture(scope="module")
def formgrader(course: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a formgrader on this machine's loopback, with the token that it asks for."""
    own = tmp_path_factory.mktemp("jupyter")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(16)
    environment = os.environ | {
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
    }
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--ip=127.0.0.1"]
    command += [f"--port={port}", f"--IdentityProvider.token={token}"]
    command += [f"--ServerApp.root_dir={course}"]
    command += ["--ServerApp.jpserver_extensions=nbgrader.server_extensions.formgrader=True"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    with open(own / "log", "w") as log:
        server = subprocess.Popen(command, cwd=course, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/api", server, own / "log")
        yield f"http://127.0.0.1:{port}/formgrader/gradebook?token={token}"
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def page(browser: Any, formgrader: str) -> Iterator[Any]:
    """The list of assignments with answers to grade by hand."""
    opened = browser.new_page(viewport={"width": 1200, "height": 1400})
    opened.goto(formgrader)
    yield opened
    opened.close()


def open_submission(page: Any, code_score: str) -> None:
    """Open the submission with this score; the list has no names and no fixed order."""
    page.goto(page.url.partition("/formgrader/")[0] + "/formgrader/gradebook")
    for _ in ("the assignment", "its notebook"):
        page.locator("tbody").get_by_role("link", name=ASSIGNMENT, exact=True).click()
        page.wait_for_load_state()
    row = page.locator("tbody tr", has_text=code_score)
    row.get_by_role("link", name="Submission #").click()
    wait_for_scores(page)


def wait_for_scores(page: Any) -> None:
    """Wait until the page has asked for scores and comments, and has them."""
    page.wait_for_function(
        "() => window.formgrader?.grades?.loaded && window.formgrader.comments?.loaded",
        timeout=WAIT,
    )


def wait_until_saved(page: Any, what: str) -> Any:
    """Wait until a score or a comment is saved."""
    return page.expect_response(
        lambda answer: f"/api/{what}/" in answer.url and answer.request.method == "PUT"
    )


def enter(page: Any, box: str, text: str, what: str) -> None:
    """Type into a box, leave it, and wait until it is saved."""
    with wait_until_saved(page, what):
        page.locator(box).fill(text)
        page.keyboard.press("Tab")


def save_picture(page: Any, box: str, name: str) -> None:
    """Save a picture of a box and its surroundings if a folder for pictures is set."""
    folder = os.environ.get(SCREENSHOTS)
    if folder:
        page.locator(box).evaluate("box => box.scrollIntoView({block: 'center'})")
        page.wait_for_timeout(400)
        page.screenshot(path=Path(folder, f"instructor_{name}.png"))


def test_results_are_shown_below_machine_graded_cells(page: Any) -> None:
    open_submission(page, "61.25 / 80")

    text = page.get_by_role("main").inner_text()
    assert "✓ dropout_forward：对" in text
    assert "✗ dropout_backward：部分对" in text
    for line in ("提示：", "dx 不对", "得到：dx[", "应为：dx[", "问的是：x (12, 9), p 0.7"):
        assert line in text
    assert "问题只出在 dropout_backward" in text.replace("`", "")
    assert page.locator("#dropout_backward").get_attribute("placeholder") == "6.25"
    save_picture(page, "#dropout_backward", "results")


def test_an_answer_in_words_waits_with_an_empty_box(page: Any) -> None:
    box = page.locator(f"#{QUESTION}")

    assert box.input_value() == ""
    assert "needs_manual_grade" in str(box.get_attribute("class"))
    assert ANSWER in page.get_by_role("main").inner_text()
    assert page.locator(f"#{QUESTION}-comment").is_visible()


def test_a_score_and_a_comment_survive_a_reload(page: Any) -> None:
    enter(page, f"#{QUESTION}", SCORE, "grade")
    enter(page, f"#{QUESTION}-comment", COMMENT, "comment")
    enter(page, "#dropout_backward", OVERRIDDEN, "grade")

    page.reload()

    wait_for_scores(page)
    assert_marks_are_shown(page)
    save_picture(page, f"#{QUESTION}", "marking")


def test_manual_scores_and_comments_survive_a_regrade(page: Any, course: Path) -> None:
    nbgrader(course, "autograde", ASSIGNMENT, "--force")

    open_submission(page, "65 / 80")

    assert_marks_are_shown(page)
    assert page.locator("#dropout_backward").get_attribute("placeholder") == "6.25"
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        [notebook] = gradebook.find_submission(ASSIGNMENT, CHAO.name).notebooks
        assert notebook.score == 30 + float(OVERRIDDEN) + 25 + float(SCORE)
    save_picture(page, f"#{QUESTION}", "regraded")


def test_after_a_regrade_one_click_confirms_a_score(page: Any, course: Path) -> None:
    """Nbgrader asks for a second look at each manual score."""
    for name in (QUESTION, "dropout_backward"):
        cell = page.locator(".nbgrader_cell", has=page.locator(f"#{name}"))
        with wait_until_saved(page, "grade"):
            cell.get_by_role("button", name="Resolve").click()

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        [notebook] = gradebook.find_submission(ASSIGNMENT, CHAO.name).notebooks
        waiting = [grade.name for grade in notebook.grades if grade.needs_manual_grade]
        assert waiting == [QUESTIONS[1]]
    assert_marks_are_shown(page)


def assert_marks_are_shown(page: Any) -> None:
    """Check that the typed scores and comment are shown."""
    assert page.locator(f"#{QUESTION}").input_value() == SCORE
    assert page.locator(f"#{QUESTION}-comment").input_value() == COMMENT
    assert page.locator("#dropout_backward").input_value() == OVERRIDDEN


def test_feedback_shows_the_score_and_the_comment(course: Path) -> None:
    nbgrader(course, "generate_feedback", ASSIGNMENT)

    page = course / "feedback" / CHAO.name / ASSIGNMENT / f"{ASSIGNMENT}.html"
    text = page.read_text(encoding="utf-8")
    assert COMMENT in text
    assert f"Score: {SCORE} / 10.0" in text
