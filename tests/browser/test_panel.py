"""The panel of a failed check and the checklist on a wide screen, a phone and a dark theme."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support.lab_page import SCREENSHOTS, serious_problems

from autograder.hints import MISTAKES
from autograder.hints.plant import file_of, planted_source
from daseCV.checks.overview import Row, html

MISTAKE = "conv_backward_naive.dx-cropped-at-the-corner"
PROGRAM = """
from daseCV.checks.panel import html
from daseCV.checks.running import attempt
print(html(attempt("conv_backward_naive", {})[0]))
"""


@pytest.fixture(scope="module")
def panel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The panel for a gradient that is cropped at the wrong corner."""
    folder = tmp_path_factory.mktemp("panel")
    shutil.copytree(root / "daseCV", folder / "daseCV", ignore=shutil.ignore_patterns("datasets"))
    source = planted_source(root, MISTAKES[MISTAKE])
    (folder / "daseCV" / file_of(MISTAKES[MISTAKE].blank)).write_text(source, encoding="utf-8")
    environment = os.environ | {"DASECV_LANG": "en", "PYTHONPATH": str(folder)}
    asked = [sys.executable, "-c", PROGRAM]
    shown = subprocess.run(
        asked, cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return shown.stdout[shown.stdout.index("<") :]


@pytest.mark.parametrize("width", [900, 420])
def test_the_panel_shows_its_hint_and_fits_the_screen(browser: Any, panel: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 700})
    page.set_content(f"<body style='margin: 8px; font-family: sans-serif'>{panel}</body>")

    assert page.get_by_text("hint", exact=False).first.is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 900 and os.environ.get(SCREENSHOTS):
        shot = Path(os.environ[SCREENSHOTS], "student_hint.png")
        page.locator("body > *").first.screenshot(path=shot)
    page.close()


@pytest.mark.parametrize(
    "theme", ["background: #ffffff; color: #000000de", "background: #111111; color: #ffffff"]
)
def test_the_panel_and_the_checklist_can_be_read_in_every_theme(
    browser: Any, panel: str, theme: str
) -> None:
    rows = [Row(sign, "conv_fast", 3.0, "said", "A.ipynb") for sign in "✓✗·!…"]
    page = browser.new_page(viewport={"width": 900, "height": 700})
    page.set_content(f"<body style='{theme}; margin: 8px'>{panel}{html(rows, 5)}</body>")

    problems = serious_problems(page, "body")

    backgrounds = "all => all.map(one => getComputedStyle(one).backgroundColor)"
    shown = page.locator("div, table, tr, td, th").evaluate_all(backgrounds)
    page.close()
    assert problems == []
    assert "rgb(255, 255, 255)" not in shown
