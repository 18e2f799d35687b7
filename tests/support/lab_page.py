"""A notebook on a page of the browser: run a cell, wait for it, take its picture; its server."""

import os
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import nbformat
import pytest

SCREENSHOTS = "DASECV_SCREENSHOTS"
NOTEBOOK = "ConvolutionalNetworks.ipynb"
WAIT = 120_000  # milliseconds for a cell: a loaded machine of two cores


class Page:
    """A notebook on a page of the browser.

    Parameters
    ----------
    page : playwright's page
    folder : Path
        The student's folder.
    """

    def __init__(self, page: Any, folder: Path) -> None:
        self.page, self.folder = page, folder
        cells = nbformat.read(folder / NOTEBOOK, as_version=4).cells
        self.sources = [cell.source if cell.cell_type == "code" else "" for cell in cells]

    def cell(self, part: str) -> Any:
        """The first code cell whose source contains `part`."""
        number = next(number for number, source in enumerate(self.sources) if part in source)
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def run(self, part: str, wait: bool = True) -> Any:
        """Run a cell, wait until it is done, and return it."""
        cell = self.cell(part)
        if (folded := cell.locator(".jp-InputPlaceholder")).count():
            folded.locator(".jp-Placeholder-content").click()
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.inner_text()
        for _ in range(10):  # while JupyterLab is still being set up, a key may go elsewhere
            cell.locator(".cm-content").click(force=True)
            self.page.keyboard.press("Control+Enter")
            self.page.wait_for_timeout(700)
            if prompt.inner_text() != before:
                break
        if wait:
            self.wait(cell)
        return cell

    def wait(self, cell: Any) -> None:
        """Wait until a cell is done: it has a star until then, and a number afterwards."""
        prompt = cell.locator(".jp-InputPrompt").element_handle()
        done = "prompt => /\\[\\d+\\]/.test(prompt.innerText)"
        try:
            self.page.wait_for_function(done, arg=prompt, timeout=WAIT)
        except Exception:
            self.page.screenshot(path=self.folder.parent / "timeout.png")  # what was there instead
            raise

    def save(self) -> None:
        """Save the notebook, and wait until it is on disk."""
        file = self.folder / NOTEBOOK
        before = file.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        for _ in range(100):
            self.page.wait_for_timeout(100)
            if file.stat().st_mtime_ns != before:
                return
        raise TimeoutError(f"{file} was not saved")

    def save_picture(self, cell: Any, name: str) -> None:
        """Save a picture of a cell if a folder for pictures is set."""
        folder = os.environ.get(SCREENSHOTS)
        if folder:
            cell.scroll_into_view_if_needed()
            self.page.wait_for_timeout(400)
            cell.screenshot(path=Path(folder, f"student_{name}.png"))


def serious_problems(page: Any, where: str, but: tuple[str, ...] = ()) -> list[str]:
    """The serious and critical problems that axe-core finds in a part of a page, except `but`."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="no axe-core").Axe()
    context = {"include": [[where]], "exclude": [[selector] for selector in but]}
    found = axe.run(page, context=context).response["violations"]
    return [
        f"{problem['id']}: {node['html'][:200]}"
        for problem in found
        if problem["impact"] in ("serious", "critical")
        for node in problem["nodes"]
    ]


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until a server answers."""
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(address, timeout=5)
            return
        except OSError:
            time.sleep(0.25)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-2000:]}")
