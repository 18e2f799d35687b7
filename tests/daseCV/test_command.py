"""The student's command in a terminal: `python -m daseCV check`, `submit`, `data`."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("nbformat")
from autograder.release import Reference
from autograder.release.build import write_modules

pytestmark = pytest.mark.slow


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


def test_submit_makes_the_zip_and_names_unwritten_blanks(release: Path) -> None:
    done = run(release, "submit", "--skip-checks")

    assert done.returncode == 0
    assert "! not written yet in daseCV/classifiers/cnn.py: ThreeLayerConvNet" in done.stdout
    with zipfile.ZipFile(release / "submission.zip") as archive:
        assert "daseCV/layers.py" in archive.namelist()


def test_submit_runs_all_checks_first(release: Path) -> None:
    done = run(release, "submit")

    assert done.stdout.index("0 of ") < done.stdout.index("submission.zip: ")


BLANK = '    raise NotImplementedError("layers.dropout_forward is not written yet")\n'


def fill_blank(release: Path, folder: Path, code: str) -> tuple[Path, int]:
    """Copy the release with code in the blank of dropout_forward; return the copy and the line."""
    copy = folder / "work"
    shutil.copytree(release, copy)
    layers = copy / "daseCV" / "layers.py"
    text = layers.read_text(encoding="utf-8")
    layers.write_text(text.replace(BLANK, f"    {code}\n"), encoding="utf-8")
    return copy, text[: text.index(BLANK)].count("\n") + 1


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("mask = np.randm.rand(3)", "AttributeError: module 'numpy' has no attribute 'randm'"),
        ("raise ValueError('of my own')", "ValueError: of my own"),
    ],
)
def test_an_error_in_student_code_is_reported_with_its_own_line_only(
    release: Path, tmp_path: Path, code: str, said: str
) -> None:
    work, line = fill_blank(release, tmp_path, code)

    done = run(work, "check", "dropout_forward")

    assert done.returncode == 1
    first, second, third, fourth = done.stderr.splitlines()
    assert first.startswith(f"✗ dropout_forward: {said}")
    assert second == f"  where:    daseCV/layers.py, line {line}"
    assert third == f"  line:     {code}"
    assert fourth.startswith("  asked:    dropout_forward: x (")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("  mask = 1", "the indentation is wrong (IndentationError: unindent does not match"),
        ("mask = np.zeros（3)", "Python cannot read this (SyntaxError: invalid character '（'"),
    ],
)
def test_each_check_shows_the_line_of_a_file_that_cannot_be_loaded(
    release: Path, tmp_path: Path, code: str, said: str
) -> None:
    work, line = fill_blank(release, tmp_path, code)

    done = run(work, "check", "rmsprop")

    assert done.returncode == 1
    first, second, third = done.stderr.splitlines()
    assert first.startswith(f"✗ rmsprop: daseCV/layers.py, line {line}, cannot be loaded: ")
    assert second == f"  line:     {code.strip()}"
    assert third.startswith(f"  reason:   {said}")


@pytest.mark.parametrize("code", [f"mask = 1\n{BLANK}", f"{BLANK.strip()}\n    mask = 1"])
def test_a_leftover_raise_in_a_blank_is_pointed_out(
    release: Path, tmp_path: Path, code: str
) -> None:
    work, line = fill_blank(release, tmp_path, code)
    line += code.startswith("mask")

    done = run(work, "check", "dropout_forward")

    first, second = done.stderr.splitlines()
    assert first.endswith(f"is not written yet: open daseCV/layers.py, line {line}")
    assert second == (
        "  hint:     there is other code here: delete the raise NotImplementedError in line "
        f"{line} as well"
    )


def test_submit_names_the_file_that_python_cannot_read(release: Path, tmp_path: Path) -> None:
    work, line = fill_blank(release, tmp_path, "mask = np.zeros（3)")

    done = run(work, "submit", "--skip-checks")

    assert "! daseCV/layers.py cannot be read by Python: invalid character" in done.stdout
    assert f"(layers.py, line {line})" in done.stdout


def test_an_unknown_check_lists_the_known_checks(release: Path) -> None:
    done = run(release, "check", "conv")

    assert done.returncode == 1
    assert "got 'conv', expected one of: affine_forward, " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_failed_download_gives_advice_and_no_traceback(release: Path, tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9/cifar-10-python.tar.gz"
    program = (
        "import daseCV.download as d, sys; from daseCV.__main__ import main\n"
        f"d.MIRRORS = ({nobody!r},)\n"
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


def test_without_a_command_the_commands_are_listed(release: Path) -> None:
    done = run(release)

    assert done.returncode == 2
    assert "{check,submit,data}" in done.stderr


@pytest.fixture(scope="module")
def solved_folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A student's folder with a Chinese name and no blanks; one of its functions is broken."""
    folder = tmp_path_factory.mktemp("solved") / "作业✓"
    shutil.copytree(root / "daseCV", folder / "daseCV", ignore=shutil.ignore_patterns("*.so"))
    with (folder / "daseCV/layers.py").open("a", encoding="utf-8") as file:
        file.write("\ndropout_backward = None\n")
    (folder / "没有✓").write_bytes(b"")
    return folder


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("encoding", ["gbk", "cp1252", "ascii"])
@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("check dropout_forward", 0, "dropout_forward"),
        ("check dropout_backward", 1, "dropout_backward"),
        ("check 没有✓", 1, "affine_forward"),
        ("submit --skip-checks", 0, "submission.zip"),
        ("data 没有✓/README", 1, "没有✓"),
        ("--help", 0, "{check,submit,data}"),
    ],
)
def test_characters_that_the_console_lacks_are_escaped(
    solved_folder: Path, command: str, status: int, said: str, encoding: str, language: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "daseCV", *command.split()],
        cwd=solved_folder,
        env={**os.environ, "DASECV_LANG": language, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )

    shown = (done.stdout + done.stderr).decode(encoding)
    assert said.encode(encoding, "backslashreplace").decode(encoding) in shown
    assert "Traceback" not in shown
    assert done.returncode == status


@pytest.mark.parametrize("command", ["check", "submit"])
@pytest.mark.parametrize("encoding", ["gbk", "cp1252", "ascii"])
def test_checklists_are_printed_on_a_console_that_lacks_characters(
    release: Path, command: str, encoding: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "daseCV", command],
        cwd=release,
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0
    assert "dropout_forward" in done.stdout.decode(encoding)


def test_a_check_prints_no_line_about_kernels(release: Path) -> None:
    done = run(release, "check", "rmsprop")

    assert "fast_layers" not in done.stdout
