"""Shared by the tests of images: a set in the official layout, and a machine without any."""

from pathlib import Path

import pooch
import pytest
from support.official_layout import batch, python2_pickle

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
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is found unless a test puts it there; returns the (empty) cache."""
    cache = tmp_path / "cache"
    monkeypatch.setattr(pooch, "os_cache", lambda _project: cache)
    monkeypatch.setattr(data_utils, "__file__", str(tmp_path / "package" / "data_utils.py"))
    for variable in ("CIFAR10_DIR", "CIFAR10_MIRROR", "DASECV_PROFILE"):
        monkeypatch.delenv(variable, raising=False)
    return cache
