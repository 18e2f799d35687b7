"""A student's JupyterLab with the release in it, in a real browser.

Chromium comes from the system (Debian: apt install chromium fonts-noto-cjk); where it is absent,
these tests are skipped. With DASECV_SCREENSHOTS set to a folder, pictures of each step go there.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab_page import NOTEBOOK, SCREENSHOTS, WAIT, Page, wait_for

from autograder.release import build_release

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A running Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium on this machine (Debian: apt install chromium): no browser tests")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def homework(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's folder: the week's release, without compiled kernels."""
    folder = tmp_path_factory.mktemp("student") / "homework"
    if os.environ.get(SCREENSHOTS):  # a path that reveals nothing about this machine
        folder = Path("/tmp/homework")
        shutil.rmtree(folder, ignore_errors=True)
    build_release(root, week=Path(NOTEBOOK).stem, target=folder)
    return folder


@pytest.fixture(scope="session")
def lab(homework: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a JupyterLab on this machine's loopback, with settings of its own."""
    own = tmp_path_factory.mktemp("jupyter")
    settings = own / "settings" / "@jupyterlab"
    for extension, content in {
        "notebook-extension/tracker": {"windowingMode": "none"},  # every cell is in the page
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        "docmanager-extension/plugin": {"autosave": False},
    }.items():
        path = settings / f"{extension}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {
        "JUPYTERLAB_SETTINGS_DIR": str(own / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "DASECV_PROFILE": "quick",
        "DASECV_LANG": "zh",
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--IdentityProvider.token=", f"--notebook-dir={homework}"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    address = f"http://127.0.0.1:{port}"
    with open(own / "log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    try:
        wait_for(f"{address}/api", server, own / "log")
        yield address
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def notebook(browser: Any, lab: str, homework: Path) -> Iterator[Page]:
    """The release's notebook, opened."""
    page = browser.new_page(viewport={"width": 1200, "height": 1500})
    page.goto(f"{lab}/lab/tree/{NOTEBOOK}?reset")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell .cm-content", timeout=WAIT)
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=WAIT)
    page.keyboard.press("Control+b")  # hide the list of files to make room
    yield Page(page, homework)
    page.close()
