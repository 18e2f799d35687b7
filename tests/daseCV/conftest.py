"""Fixtures of several tests: images in the official layout, an empty cache, an IPython session."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pooch
import pytest
from support.official_layout import batch, python2_pickle
from support.session import run_in_ipython

from daseCV import data_utils
from daseCV.download import (
    FOLDER,
    IMAGE_FILES,
)


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set in the official layout; the test batch is file 6."""
    folder = tmp_path_factory.mktemp("data") / FOLDER
    folder.mkdir()
    for number, name in enumerate(IMAGE_FILES, start=1):
        (folder / name).write_bytes(python2_pickle(batch(number)))
    return folder


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is found unless a test puts it there; returns the (empty) cache."""
    cache = tmp_path / "cache"
    monkeypatch.setattr(pooch, "os_cache", lambda _project: cache)
    monkeypatch.setattr(data_utils, "__file__", str(tmp_path / "package" / "data_utils.py"))
    for variable in ("CIFAR10_DIR", "CIFAR10_MIRROR", "DASECV_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    return cache


@pytest.fixture
def session(tmp_path: Path) -> Callable[[str], list[str]]:
    """Run a script in IPython on a copy of the package; returns the lines that it printed."""
    return partial(run_in_ipython, tmp_path)
