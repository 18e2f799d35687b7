"""A student's unpacked release on a bare machine: it imports, builds, and works without a build."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

BACKEND = "from daseCV import fast_layers; print(fast_layers.backend())"


@pytest.fixture
def folder(root: Path, tmp_path: Path) -> Path:
    """A folder with only the release, as the instructor hands it out: nothing is built."""
    ignore = shutil.ignore_patterns("*.so", "__pycache__", "build", "datasets")
    shutil.copytree(root / "assignment", tmp_path / "homework", ignore=ignore)
    return tmp_path / "homework"


def run(arguments: list[str], cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, with nothing of this repository in its environment."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def build(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command that the notebook and `fast_layers` suggest to students."""
    return run(["setup.py", "build_ext", "--inplace"], folder / "daseCV", **environment)


def test_the_imported_library_is_the_students(folder: Path) -> None:
    """The reference is installed on this machine too."""
    program = "import daseCV.layers, daseCV.checks; print(daseCV.layers.__file__)"

    imported = run(["-c", program], folder)

    assert imported.stdout.strip() == str(folder / "daseCV" / "layers.py"), imported.stderr


def test_before_the_build_fast_layers_use_numpy_and_say_how_to_build(folder: Path) -> None:
    backend = run(["-c", BACKEND], folder)

    assert backend.stdout.splitlines() == [
        "daseCV.fast_layers: NumPy only; for compiled kernels: "
        "cd daseCV && python setup.py build_ext --inplace",
        "numpy",
    ]


@pytest.mark.proof  # the set-up cell of test_first_hour.py and of test_colab.py builds them too
def test_the_build_compiles_the_fast_layers_beside_their_source(folder: Path) -> None:
    built = build(folder)
    backend = run(["-c", BACKEND], folder)

    assert built.returncode == 0, built.stderr
    assert list((folder / "daseCV").glob("im2col_cython.*.so"))
    assert backend.stdout.splitlines() == ["daseCV.fast_layers: compiled kernels", "compiled"]


def test_without_a_compiler_the_build_says_so_in_one_line_and_numpy_is_used(folder: Path) -> None:
    built = build(folder, CC="/bin/false")
    backend = run(["-c", BACKEND], folder)

    said = [line for line in built.stdout.splitlines() if line.startswith("daseCV:")]
    assert built.returncode == 0
    assert len(said) == 1
    assert "They need gcc or clang" in said[0]
    assert "NumPy" in said[0]
    assert "Traceback" not in built.stdout + built.stderr
    assert backend.stdout.splitlines()[-1] == "numpy"


def test_an_unwritten_layer_raises_an_error_that_names_it(folder: Path) -> None:
    program = "from daseCV.layers import relu_forward; relu_forward(0)"

    called = run(["-c", program], folder)

    assert called.stderr.splitlines()[-1] == (
        "NotImplementedError: layers.relu_forward is not written yet"
    )


def test_a_check_of_an_unwritten_layer_says_where_to_write_it(folder: Path) -> None:
    checked = run(["-c", "from daseCV.checks import check; check('conv_forward_naive')"], folder)

    last = checked.stderr.splitlines()[-1]
    assert checked.returncode == 1
    assert "layers.conv_forward_naive is not written yet: open daseCV/layers.py, line " in last


def test_every_code_cell_of_the_notebooks_compiles(folder: Path) -> None:
    notebooks = sorted(folder.glob("*.ipynb"))
    transform = TransformerManager().transform_cell  # magics become Python, as in Jupyter

    assert notebooks
    for path in notebooks:
        for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
            if cell.cell_type == "code":
                compile(transform(cell.source), f"{path.name}, cell {number}", "exec")
