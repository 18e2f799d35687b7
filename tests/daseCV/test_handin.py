"""The zip that students hand in: the notebooks and the package's Python files, and nothing else."""

import os
import zipfile
from pathlib import Path

import pytest

from daseCV import handin
from daseCV.handin import make_submission


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A student's folder, with what piles up in one."""
    for name, text in {
        "ConvolutionalNetworks.ipynb": "{}",
        "Scratch.ipynb": "{}",
        "README.md": "read me",
        "requirements.txt": "numpy",
        ".ipynb_checkpoints/ConvolutionalNetworks-checkpoint.ipynb": "{}",
        "daseCV/__init__.py": "",
        "daseCV/layers.py": "def relu_forward(x):\n    return x, x\n",
        "daseCV/classifiers/cnn.py": "class ThreeLayerConvNet: pass\n",
        "daseCV/im2col_cython.pyx": "",
        "daseCV/im2col_cython.cpython-312-x86_64-linux-gnu.so": "",
        "daseCV/datasets/get_datasets.py": "",
        "daseCV/datasets/cifar-10-batches-py/data_batch_1": "images",
        "daseCV/__pycache__/layers.cpython-312.pyc": "",
        "daseCV/__pycache__/stray.py": "",
        "build/lib/daseCV/layers.py": "",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


HANDED_IN = [
    "ConvolutionalNetworks.ipynb",
    "Scratch.ipynb",
    "daseCV/__init__.py",
    "daseCV/classifiers/cnn.py",
    "daseCV/layers.py",
]


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return sorted(archive.namelist())


def test_notebooks_and_python_files_are_inside_and_nothing_else(work: Path) -> None:
    path = make_submission(work)

    assert path == work / "submission.zip"
    assert names(path) == HANDED_IN
    with zipfile.ZipFile(path) as archive:
        assert archive.read("daseCV/layers.py") == (work / "daseCV/layers.py").read_bytes()


def test_copies_that_jupyter_keeps_of_edited_modules_stay_out(work: Path) -> None:
    copy = work / "daseCV" / ".ipynb_checkpoints" / "layers-checkpoint.py"
    copy.parent.mkdir()
    copy.write_text("an old version")

    assert names(make_submission(work)) == HANDED_IN


def test_what_is_inside_is_printed_with_its_size(work: Path, capsys: pytest.CaptureFixture) -> None:
    path = make_submission(work)

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[:5]] == [
        *HANDED_IN[:3],
        "daseCV/classifiers/cnn.py",
        "daseCV/layers.py",
    ]
    assert lines[0].split() == ["2", "bytes", "ConvolutionalNetworks.ipynb"]
    assert lines[5] == f"submission.zip: 5 files, {path.stat().st_size:,} bytes"
    assert "saved" in lines[6]


def test_a_syntax_error_is_warned_of_and_handed_in_all_the_same(
    work: Path, capsys: pytest.CaptureFixture
) -> None:
    (work / "daseCV" / "layers.py").write_text("def relu_forward(x:\n")

    path = make_submission(work)

    warning = next(line for line in capsys.readouterr().out.splitlines() if line[0] == "!")
    assert "layers.py cannot be read by Python" in warning
    assert "line 1" in warning
    assert names(path) == HANDED_IN


@pytest.mark.parametrize("contents", [b"x = '\xff'\n", b"x = 1\x00\n"], ids=["latin-1", "null"])
def test_a_file_that_is_no_text_is_warned_of(
    work: Path, capsys: pytest.CaptureFixture, contents: bytes
) -> None:
    (work / "daseCV" / "layers.py").write_bytes(contents)

    make_submission(work)

    assert "layers.py cannot be read by Python" in capsys.readouterr().out


def test_a_file_that_python_reads_is_not_warned_of(
    work: Path, capsys: pytest.CaptureFixture
) -> None:
    (work / "daseCV" / "layers.py").write_bytes(b"\xef\xbb\xbfx = 1\r\n")  # saved by Notepad

    make_submission(work)

    assert "cannot be read" not in capsys.readouterr().out


def test_without_a_notebook_there_is_nothing_to_hand_in(work: Path) -> None:
    for notebook in work.glob("*.ipynb"):
        notebook.unlink()

    with pytest.raises(FileNotFoundError, match=r"no \.ipynb in .*, expected the notebook beside"):
        make_submission(work)

    assert not (work / "submission.zip").exists()


def test_a_second_call_replaces_the_first_zip_and_does_not_contain_it(work: Path) -> None:
    make_submission(work)
    (work / "daseCV" / "layers.py").write_text("x = 'newer'\n")

    path = make_submission(work)

    assert names(path) == HANDED_IN
    with zipfile.ZipFile(path) as archive:
        assert archive.read("daseCV/layers.py") == b"x = 'newer'\n"
    assert [p.name for p in work.glob("*.zip*")] + [p.name for p in work.glob(".*.part")] == [
        "submission.zip"
    ]


def test_the_default_is_the_folder_around_the_package(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handin, "PACKAGE_FOLDER", work / "daseCV")

    assert make_submission(name="mine.zip") == work / "mine.zip"


def test_files_without_a_date_are_packed(work: Path) -> None:
    os.utime(work / "daseCV" / "layers.py", (0, 0))  # as in some container images

    assert names(make_submission(work)) == HANDED_IN
