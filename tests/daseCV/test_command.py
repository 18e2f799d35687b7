"""The student's command in a terminal: `python -m daseCV check`, `submit`, `data`."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("nbformat")
from autograder.release import Reference
from autograder.release.build import write_modules


@pytest.fixture(scope="module")
def release(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's folder: the package with its blanks, and a notebook."""
    folder = tmp_path_factory.mktemp("release")
    write_modules(Reference(root), folder)
    (folder / "ConvolutionalNetworks.ipynb").write_text('{"cells": []}')
    return folder


def run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "daseCV", *arguments],
        cwd=folder,
        env={**os.environ, "DASECV_LANG": "en", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_submit_makes_the_zip_and_says_what_is_left(release: Path) -> None:
    done = run(release, "submit", "--skip-checks")

    assert done.returncode == 0
    assert "! not written yet in daseCV/classifiers/cnn.py: ThreeLayerConvNet" in done.stdout
    with zipfile.ZipFile(release / "submission.zip") as archive:
        assert "daseCV/layers.py" in archive.namelist()


def test_submit_runs_all_checks_first(release: Path) -> None:
    done = run(release, "submit")

    assert done.stdout.index("0 of ") < done.stdout.index("submission.zip: ")


def test_an_unknown_check_is_answered_with_the_list(release: Path) -> None:
    done = run(release, "check", "conv")

    assert done.returncode == 1
    assert "got 'conv', expected one of: affine_forward, " in done.stderr
    assert "Traceback" not in done.stderr


def test_images_that_cannot_be_fetched_are_one_line_and_what_to_do(
    release: Path, tmp_path: Path
) -> None:
    nobody = "http://127.0.0.1:9/cifar-10-python.tar.gz"
    program = (
        "import daseCV.download as d, dataclasses, sys; from daseCV.__main__ import main\n"
        f"d.CIFAR10 = dataclasses.replace(d.CIFAR10, mirrors=({nobody!r},))\n"
        f"sys.exit(main(['data', {str(tmp_path)!r}]))"
    )
    environment = {name: value for name, value in os.environ.items() if "MIRROR" not in name}

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=release,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "no mirror delivered it" in done.stderr
    assert "Run the download again (it resumes)" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_command_it_says_which_there_are(release: Path) -> None:
    done = run(release)

    assert done.returncode == 2
    assert "{check,submit,data}" in done.stderr
