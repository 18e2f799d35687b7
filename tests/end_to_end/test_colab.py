"""The release on a stand-in for Colab: its Python, IPython, widgets and folders, and a fake Drive.

Needs Python 3.12 and the right to make /content, as in a container; skipped elsewhere.
"""

import hashlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pooch
import pytest
from nbclient import NotebookClient

from autograder.release import Reference
from autograder.release.publish import FOLDER, zip_release

# Colab's packages in November 2026 that matter here.
PACKAGES = (
    "ipython==7.34.0",
    "ipykernel==6.17.1",
    "ipywidgets==7.7.1",
    "numpy==2.0.2",
    "matplotlib==3.10.0",
    "tqdm==4.67.1",
    "pooch==1.8.2",
    "pillow==11.3.0",
    "cython==3.0.12",
    "setuptools==75.2.0",
    "packaging",
)
CONTENT = Path("/content")
DRIVE = CONTENT / "drive" / "MyDrive"
NOTEBOOK = "ConvolutionalNetworks.ipynb"

pytestmark = pytest.mark.slow


def candidates() -> list[str]:
    """Paths where Python 3.12 may be: on the path, or installed by pyenv."""
    pyenv = sorted(Path.home().glob(".pyenv/versions/3.12*/bin/python3.12"))
    return [path for path in (shutil.which("python3.12"), *map(str, pyenv)) if path]


def can_start(python: str) -> bool:
    """Whether this Python starts; a command that pyenv puts on the path may not."""
    return not subprocess.run([python, "-V"], capture_output=True, check=False).returncode


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python 3.12 with Colab's packages, made once and kept in the user's cache."""
    found = next(filter(can_start, candidates()), None)
    if found is None:
        pytest.skip("no python3.12 on this machine: no stand-in for Colab")
    digest = hashlib.sha256("".join(PACKAGES).encode()).hexdigest()[:12]
    folder = Path(pooch.os_cache("dasecv-tests")) / f"colab-{digest}"
    if not (folder / "ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([found, "-m", "venv", folder], check=True)
        command = [
            str(folder / "bin/python"),
            "-m",
            "pip",
            "install",
            "-q",
            "--no-compile",
            *PACKAGES,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"Colab's packages cannot be installed: {done.stderr[-200:]}")
        (folder / "ready").touch()
    return folder / "bin" / "python"


@pytest.fixture
def empty_drive() -> Iterator[Path]:
    """An empty Drive where Colab mounts it."""
    if CONTENT.exists():
        pytest.skip("/content is there already: not to be touched")
    try:
        DRIVE.mkdir(parents=True)
    except OSError:
        pytest.skip("/content cannot be made here: no stand-in for Colab")
    yield DRIVE
    shutil.rmtree(CONTENT)


@pytest.fixture(scope="module")
def release_zip(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip of the release that a course uploads."""
    return zip_release(root / "assignment", tmp_path_factory.mktemp("zip") / f"{FOLDER}.zip", root)


class Colab:
    """Runs cells of the release's notebook as Colab does.

    Parameters
    ----------
    python : Path
    root : Path
        The checkout, for its release.
    kernels : Path
        A folder for the description of the kernel.
    """

    def __init__(self, python: Path, root: Path, kernels: Path) -> None:
        fake = Path(__file__).parent / "fake_colab"
        spec = kernels / "kernels" / "colab" / "kernel.json"
        spec.parent.mkdir(parents=True)
        argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        argv.append("--IPKernelApp.exec_lines=import google.colab")
        environment = {"PYTHONPATH": str(fake), "DASECV_PROFILE": "tiny"}
        spec.write_text(
            json.dumps(
                {"argv": argv, "display_name": "c", "language": "python", "env": environment}
            )
        )
        self.released = nbformat.read(root / "assignment" / NOTEBOOK, as_version=4)
        (CONTENT / "page.json").write_text(json.dumps(self.released), encoding="utf-8")

    def cell(self, part: str) -> str:
        """The source of the first code cell that holds some text."""
        cells = (c.source for c in self.released.cells if c.cell_type == "code")
        return next(source for source in cells if part in source)

    def run(self, *sources: str) -> list[str]:
        """Run cells in a new session, and return each cell's output with errors and HTML."""
        notebook = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source) for source in sources]
        )
        client = NotebookClient(
            notebook,
            kernel_name="colab",
            allow_errors=True,
            timeout=300,
            resources={"metadata": {"path": str(CONTENT)}},
        )
        client.execute()
        return [
            "".join(text_of_output(output) for output in cell.outputs) for cell in notebook.cells
        ]


def text_of_output(output: Any) -> str:
    """An output as text."""
    if output.output_type == "stream":
        return output.text
    if output.output_type == "error":
        return "ERROR " + "\n".join(output.traceback)
    return "".join(str(value) for value in output.data.values())


@pytest.fixture
def colab(
    python: Path, root: Path, empty_drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Colab:
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    for variable in ("PYTHONPATH", "DASECV_LANG"):
        monkeypatch.delenv(variable, raising=False)
    return Colab(python, root, tmp_path)


EDIT = """
import pathlib
file = pathlib.Path("daseCV/layers.py")
text = file.read_text()
at = text.index('raise NotImplementedError("layers.max_pool_forward_naive')
file.write_text(text[:at] + "return x[:, :, ::2, ::2], None  # " + text[at:])
"""


def test_a_zip_in_drive_becomes_a_working_notebook(colab: Colab, release_zip: Path) -> None:
    """Set up, see the panel, edit a layer, see the effect, explore, save, hand in."""
    shutil.copy(release_zip, DRIVE)
    check = 'from daseCV.checks import check\n\ncheck("max_pool_forward_naive")'

    ready, unwritten, _, wrong, played, saved, submitted = colab.run(
        colab.cell("FOLDERNAME"),
        check,
        EDIT,
        check,
        colab.cell("explore_pooling"),
        colab.cell("save()"),
        colab.cell("submit()"),
    )

    assert "✓ Colab，Python 3.12" in ready
    assert f"✓ 作业在 {DRIVE / FOLDER}" in ready
    assert "✓ 快速层已编译" in ready
    assert "ERROR" not in ready
    assert "还没有写" in unwritten
    assert "不对" in wrong
    assert "<img " in wrong
    assert "ERROR" not in played
    count = len(list((DRIVE / FOLDER).glob("*.ipynb"))) + 5  # modules with blanks, and layer_utils
    assert f"✓ {count} 个文件在 {DRIVE / FOLDER}" in saved
    assert f"submission.zip：{count} 个文件" in submitted
    assert "没有刚才运行的结果" not in submitted  # it was taken from the page
    with zipfile.ZipFile(DRIVE / FOLDER / "submission.zip") as archive_folder:
        assert b"::2, ::2" in archive_folder.read("daseCV/layers.py")
        assert json.loads(archive_folder.read(NOTEBOOK))["nbformat"] == 4


def test_a_course_with_an_address_needs_no_upload(
    colab: Colab, release_zip: Path, tmp_path: Path
) -> None:
    with zipfile.ZipFile(release_zip) as archive_folder:
        archive_folder.extractall(tmp_path)
    hub = tmp_path / FOLDER
    author = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-q", "-m", "Release"]):
        subprocess.run(["git", "-C", hub, *command], check=True)
    source = colab.cell("FOLDERNAME").replace('ADDRESS = ""', f'ADDRESS = "{hub}"')

    first, again = colab.run(source, source)

    assert f"✓ 作业在 {DRIVE / FOLDER}" in first
    assert (DRIVE / FOLDER / NOTEBOOK).exists()
    assert "ERROR" not in first + again


def test_a_wrong_folder_name_is_answered_with_the_right_name(
    colab: Colab, release_zip: Path
) -> None:
    shutil.unpack_archive(release_zip, DRIVE / "dase")
    source = colab.cell("FOLDERNAME").replace('ADDRESS = ""', 'ADDRESS = "/no/such/repository"')

    (answer,) = colab.run(source)

    assert answer.splitlines()[-1] == (
        f'ERROR ✗ {DRIVE / FOLDER} 里没有 daseCV；作业好像在 "dase/{FOLDER}"：把 FOLDERNAME 改成它'
    )


def test_an_empty_drive_is_answered_with_advice_on_what_to_put_there(colab: Colab) -> None:
    (answer,) = colab.run(colab.cell("FOLDERNAME"))

    assert f"把作业文件夹或 {FOLDER}.zip 放进 Google Drive" in answer
    assert "Traceback" not in answer


def test_a_failed_download_asks_about_the_network(colab: Colab) -> None:
    source = colab.cell("FOLDERNAME").replace('ADDRESS = ""', 'ADDRESS = "/no/such/repository"')

    (answer,) = colab.run(source)

    assert "没能取来作业" in answer
    assert "网络通吗？云端硬盘满了吗？" in answer


def test_the_files_to_save_are_the_student_owned_files_of_the_release(root: Path) -> None:
    """Files with blanks are saved and handed in; nobody lists them by hand."""
    known = json.loads((root / "daseCV/release.json").read_text(encoding="utf-8"))

    assert list(known["student_owned"]) == Reference(root).student_owned()
