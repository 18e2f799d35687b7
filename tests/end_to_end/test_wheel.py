"""A wheel as users install it: built, put into a clean environment, used outside the checkout."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.proof  # continuous integration builds wheels for every platform

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from a copy, so that it holds no earlier build."""
    if not (shutil.which("gcc") or shutil.which("clang")):
        pytest.skip("no C compiler here")
    folder = tmp_path_factory.mktemp("wheel")
    for part in ("daseCV", "autograder"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("*.so", "__py*"))
    for part in ("pyproject.toml", "setup.py", "README.md"):
        shutil.copy(ROOT / part, folder)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", "dist", "."], cwd=folder, check=True)
    return next((folder / "dist").glob("*.whl"))


def test_a_wheel_holds_the_kernels_and_their_sources(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()

    assert any(name.startswith("daseCV/im2col_cython.") for name in names)
    assert {"daseCV/kernels.c", "daseCV/kernels_template.h", "daseCV/setup.py"} <= set(names)


def test_a_wheel_convolves_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "clean"], check=True)
    python = tmp_path / "clean" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", wheel], check=True)
    script = ROOT / "tests" / "end_to_end" / "try_wheel.py"

    result = subprocess.run(
        [python, script], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr
    assert str(tmp_path / "clean") in result.stdout
