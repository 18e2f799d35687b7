"""The zip that students hand in, what it warns of, and the copy that `save` makes."""

import hashlib
import json
import os
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from daseCV import handin
from daseCV.handin import make_submission, save
from daseCV.language import VARIABLE

RULES = "def adam(w, dw, config=None):\n    return w, config\n"
NETWORK = """
class ThreeLayerConvNet:
    def __init__(self):
        self.params = {}

    def loss(self, X, y=None):
        raise NotImplementedError("classifiers.cnn.ThreeLayerConvNet.loss is not written yet")
"""


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A student's folder, with other files that accumulate there."""
    for name, text in {
        "ConvolutionalNetworks.ipynb": '{"cells": []}',
        "Scratch.ipynb": '{"cells": []}',
        "README.md": "read me",
        "requirements.txt": "numpy",
        ".ipynb_checkpoints/ConvolutionalNetworks-checkpoint.ipynb": "{}",
        "daseCV/__init__.py": "",
        "daseCV/solver.py": "",
        "daseCV/optim.py": RULES,
        "daseCV/classifiers/fc_net.py": "",
        "daseCV/layers.py": "def relu_forward(x):\n    return x, x\n",
        "daseCV/classifiers/cnn.py": NETWORK,
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
    "daseCV/classifiers/cnn.py",
    "daseCV/classifiers/fc_net.py",
    "daseCV/layers.py",
    "daseCV/optim.py",
    "manifest.json",
]


def names(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return sorted(archive.namelist())


def test_the_zip_holds_only_notebooks_and_student_owned_files(work: Path) -> None:
    path = make_submission(work)

    assert path == work / "submission.zip"
    assert names(path) == HANDED_IN
    with zipfile.ZipFile(path) as archive:
        assert archive.read("daseCV/layers.py") == (work / "daseCV/layers.py").read_bytes()


def test_jupyters_copies_of_edited_modules_are_left_out(work: Path) -> None:
    copy = work / "daseCV" / ".ipynb_checkpoints" / "layers-checkpoint.py"
    copy.parent.mkdir()
    copy.write_text("an old version")

    assert names(make_submission(work)) == HANDED_IN


def test_each_file_in_the_zip_is_printed_with_its_size(
    work: Path, capsys: pytest.CaptureFixture
) -> None:
    path = make_submission(work)

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[:6]] == [
        name for name in HANDED_IN if name != "manifest.json"
    ]
    assert lines[0].split() == ["13", "bytes", "ConvolutionalNetworks.ipynb"]
    assert lines[6] == f"submission.zip: 6 files, {path.stat().st_size:,} bytes, in {work}"


def test_the_manifest_has_sizes_and_checksums_and_the_warnings(work: Path) -> None:
    path = make_submission(work)

    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        data = archive.read("daseCV/optim.py")
    assert manifest["files"]["daseCV/optim.py"] == {
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    assert any("ThreeLayerConvNet.loss" in warning for warning in manifest["warnings"])


def test_a_file_with_a_syntax_error_is_handed_in_with_a_warning(
    work: Path, capsys: pytest.CaptureFixture
) -> None:
    (work / "daseCV" / "layers.py").write_text("def relu_forward(x:\n")

    path = make_submission(work)

    warning = next(line for line in capsys.readouterr().out.splitlines() if "Python" in line)
    assert "! daseCV/layers.py cannot be read by Python" in warning
    assert "line 1" in warning
    assert names(path) == HANDED_IN


@pytest.mark.parametrize("contents", [b"x = '\xff'\n", b"x = 1\x00\n"], ids=["latin-1", "null"])
def test_a_file_that_is_not_text_gets_a_warning(
    work: Path, capsys: pytest.CaptureFixture, contents: bytes
) -> None:
    (work / "daseCV" / "layers.py").write_bytes(contents)

    make_submission(work)

    assert "layers.py cannot be read by Python" in capsys.readouterr().out


def test_a_file_that_python_can_read_gets_no_warning(
    work: Path, capsys: pytest.CaptureFixture
) -> None:
    (work / "daseCV" / "layers.py").write_bytes(b"\xef\xbb\xbfx = 1\r\n")  # saved by Notepad

    make_submission(work)

    assert "cannot be read" not in capsys.readouterr().out


WARNINGS = {
    "an open blank": (
        lambda work: None,
        "not written yet in daseCV/classifiers/cnn.py: ThreeLayerConvNet.loss",
    ),
    "no notebook of this name": (
        lambda work: (work / "ConvolutionalNetworks.ipynb").rename(work / "Copy of it.ipynb"),
        "ConvolutionalNetworks.ipynb is missing (there is: Copy of it.ipynb, Scratch.ipynb)",
    ),
    "half a notebook": (
        lambda work: (work / "ConvolutionalNetworks.ipynb").write_text('{"cells": ['),
        "ConvolutionalNetworks.ipynb is not a complete notebook: save it again",
    ),
    "a missing file": (
        lambda work: (work / "daseCV/optim.py").unlink(),
        "daseCV/optim.py is missing",
    ),
    "a module of the student's own that cannot be read": (
        lambda work: (work / "daseCV/helpers.py").write_text("def ("),
        "daseCV/helpers.py cannot be read by Python",
    ),
    "a notebook of 21 MB": (
        lambda work: (work / "Scratch.ipynb").write_text('{"cells": []}' + " " * 21_000_000),
        "Scratch.ipynb is 21 MB: clear outputs",
    ),
}


@pytest.mark.parametrize("case", WARNINGS)
def test_incomplete_work_is_handed_in_with_a_warning(
    work: Path, capsys: pytest.CaptureFixture, case: str
) -> None:
    change, warning = WARNINGS[case]
    change(work)

    path = make_submission(work)

    assert f"! {warning}" in capsys.readouterr().out
    assert path.exists()


@pytest.mark.parametrize(
    "name", ["helpers.py", "layer_utils.py", "classifiers/blocks.py", "mine/layers.py"]
)
def test_a_students_own_code_is_handed_in(work: Path, name: str) -> None:
    path = work / "daseCV" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("def block(x):\n    return x\n")

    with zipfile.ZipFile(make_submission(work)) as archive:
        assert f"daseCV/{name}" in archive.namelist()


def test_complete_work_gets_no_warning(work: Path, capsys: pytest.CaptureFixture) -> None:
    for name, blanks in handin.read_release()["student_owned"].items():
        (work / name).write_text(filled_module(blanks))
    for name in handin.read_release()["notebooks"]:
        (work / name).write_text('{"cells": []}')

    make_submission(work)

    assert capsys.readouterr().out.splitlines()[-1] == "✓ no problems found"


def filled_module(blanks: list[str]) -> str:
    """A module whose blanks are all filled."""
    lines, seen = [], set()
    for *_, owner, name in (blank.split(".") for blank in blanks):
        if owner[0].isupper() and owner not in seen:
            lines.append(f"class {owner}:")
            seen.add(owner)
        indent = "    " if owner[0].isupper() else ""
        lines.append(f"{indent}def {name}(*arguments): return arguments")
    return "\n".join(lines)


def test_a_folder_without_the_assignment_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no notebook and none of daseCV/.* in "):
        make_submission(tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_save_copies_the_notebooks_and_every_file_with_blanks(
    work: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    drive = tmp_path_factory.mktemp("drive") / "homework"

    save(drive, work)

    copied = sorted(p.relative_to(drive).as_posix() for p in drive.rglob("*") if p.is_file())
    assert copied == [name for name in HANDED_IN if name != "manifest.json"]
    assert (drive / "daseCV/optim.py").read_text() == RULES


def test_save_to_a_full_disk_keeps_the_older_copy(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = tmp_path / "drive"
    save(drive, work)
    (work / "daseCV/optim.py").write_text("newer")

    def full(_source: Path, target: Path) -> None:
        target.write_text("ha")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handin.shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left"):
        save(drive, work)

    assert (drive / "daseCV/optim.py").read_text() == RULES


def test_save_without_a_target_says_where_the_files_are(
    work: Path, capsys: pytest.CaptureFixture
) -> None:
    save(folder=work)

    assert capsys.readouterr().out.splitlines()[-1] == f"✓ 6 files are in {work}"


@pytest.fixture
def colab(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Colab, whose browser holds a newer notebook than the saved file."""
    live = {
        "cells": [{"cell_type": "markdown", "metadata": {}, "source": ["unsaved"]}],
        "metadata": {"colab": {"name": "Copy of ConvolutionalNetworks.ipynb"}},
    }
    package, message = ModuleType("google.colab"), ModuleType("google.colab._message")
    message.blocking_request = lambda name, **_: {"ipynb": live}  # type: ignore[attr-defined]
    package._message = message  # type: ignore[attr-defined]
    for module in (ModuleType("google"), package, message):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return live


def test_on_colab_the_notebook_in_the_browser_is_handed_in(
    work: Path, colab: dict[str, Any]
) -> None:
    path = make_submission(work)

    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("ConvolutionalNetworks.ipynb")) == colab
    assert json.loads((work / "ConvolutionalNetworks.ipynb").read_text()) == colab


def test_if_colab_does_not_answer_the_saved_file_is_handed_in_with_a_warning(
    work: Path, colab: dict[str, Any], capsys: pytest.CaptureFixture
) -> None:
    def silent(*_: Any, **__: Any) -> None:
        raise TimeoutError

    sys.modules["google.colab._message"].blocking_request = silent  # type: ignore[attr-defined]

    path = make_submission(work)

    assert "! the notebook could not be taken from the page (TimeoutError)" in (
        capsys.readouterr().out
    )
    with zipfile.ZipFile(path) as archive:
        assert json.loads(archive.read("ConvolutionalNetworks.ipynb")) == {"cells": []}


@pytest.mark.parametrize(
    ("metadata", "name"),
    [
        ({"daseCV": {"name": "Dropout.en.ipynb"}}, "Dropout.en.ipynb"),
        ({"colab": {"name": "Copy of ConvolutionalNetworks.ipynb"}}, "ConvolutionalNetworks.ipynb"),
        ({"colab": {"name": "../../my own"}}, "my own.ipynb"),
        ({}, "notebook.ipynb"),
    ],
)
def test_the_notebook_in_the_browser_is_named_by_its_metadata(
    metadata: dict[str, Any], name: str
) -> None:
    assert handin.live_name({"metadata": metadata}) == name


def test_an_english_notebook_is_not_reported_as_missing(
    work: Path, capsys: pytest.CaptureFixture
) -> None:
    for name in handin.read_release()["notebooks"]:
        (work / name).with_suffix(".en.ipynb").write_text('{"cells": []}')
        (work / name).unlink(missing_ok=True)

    make_submission(work)

    assert "is missing" not in capsys.readouterr().out


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
