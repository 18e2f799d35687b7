"""Which kernels the fast layers use, and the one line in which they say so."""

import importlib
import subprocess
import sys
from types import ModuleType

import pytest

from daseCV import fast_layers, fast_numpy

COMMAND = "cd daseCV && python setup.py build_ext --inplace"


@pytest.fixture(autouse=True)
def kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test selects, later tests have what was there before."""
    monkeypatch.setattr(fast_layers, "_kernels", fast_layers._kernels)


def test_import_says_which_kernels_in_one_line() -> None:
    code = "import daseCV.fast_layers"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert run.stderr == ""
    lines = run.stdout.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("daseCV.fast_layers: ")


def test_compiled_kernels_are_used_where_they_are_built(capsys: pytest.CaptureFixture) -> None:
    compiled = pytest.importorskip("daseCV.im2col_cython")

    assert fast_layers.select_backend() == "compiled"

    assert fast_layers.backend() == "compiled"
    assert fast_layers._kernels is compiled
    assert capsys.readouterr().out == "daseCV.fast_layers: compiled kernels\n"


def test_numpy_steps_in_where_nothing_is_built(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "daseCV.im2col_cython", None)  # not to be found

    assert fast_layers.select_backend() == "numpy"

    assert fast_layers.backend() == "numpy"
    assert fast_layers._kernels is fast_numpy
    line = f"daseCV.fast_layers: NumPy only; for compiled kernels: {COMMAND}\n"
    assert capsys.readouterr().out == line


def test_numpy_steps_in_where_the_extension_does_not_load_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def refuse(name: str, package: str | None = None) -> ModuleType:
        raise ImportError("invalid ELF header")

    monkeypatch.setattr(importlib, "import_module", refuse)

    assert fast_layers.select_backend() == "numpy"

    assert capsys.readouterr().out == (
        f"daseCV.fast_layers: NumPy only (invalid ELF header); for compiled kernels: {COMMAND}\n"
    )


def test_kernels_built_later_are_taken_up_without_a_restart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "daseCV.im2col_cython", None)
    fast_layers.select_backend()

    monkeypatch.setitem(sys.modules, "daseCV.im2col_cython", ModuleType("im2col_cython"))

    assert fast_layers.select_backend() == "compiled"
