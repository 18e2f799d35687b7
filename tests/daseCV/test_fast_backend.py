"""Which kernels the fast layers use, and the one line in which they say so."""

import importlib
import json
import os
import subprocess
import sys
from types import ModuleType

import pytest

from daseCV import fast_layers, fast_numpy

COMMAND = "cd daseCV && python setup.py build_ext --inplace"


@pytest.fixture(autouse=True)
def restore_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Restore the selected kernels after each test."""
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


def test_numpy_is_used_if_nothing_is_built(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "daseCV.im2col_cython", None)  # not to be found

    assert fast_layers.select_backend() == "numpy"

    assert fast_layers.backend() == "numpy"
    assert fast_layers._kernels is fast_numpy
    line = f"daseCV.fast_layers: NumPy only; for compiled kernels: {COMMAND}\n"
    assert capsys.readouterr().out == line


def test_numpy_is_used_if_the_extension_does_not_load_and_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def refuse(name: str, package: str | None = None) -> ModuleType:
        raise ImportError("invalid ELF header")

    monkeypatch.setattr(importlib, "import_module", refuse)

    assert fast_layers.select_backend() == "numpy"

    assert capsys.readouterr().out == (
        f"daseCV.fast_layers: NumPy only (invalid ELF header); for compiled kernels: {COMMAND}\n"
    )


def test_kernels_built_later_are_used_without_a_restart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "daseCV.im2col_cython", None)
    fast_layers.select_backend()

    monkeypatch.setitem(sys.modules, "daseCV.im2col_cython", ModuleType("im2col_cython"))

    assert fast_layers.select_backend() == "compiled"


THREAD_SETTINGS = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")


def settings_after_import(**variables: str) -> dict[str, str]:
    """OpenMP's settings after importing the fast layers in a process with these variables."""
    program = "import json, os, daseCV.fast_layers; print(json.dumps(dict(os.environ)))"
    others = {name: value for name, value in os.environ.items() if name not in THREAD_SETTINGS}
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=others | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    environment = json.loads(run.stdout.splitlines()[-1])
    return {name: environment[name] for name in THREAD_SETTINGS if name in environment}


@pytest.mark.parametrize(
    "variables", [{}, {"GOMP_SPINCOUNT": "7"}, {"OMP_WAIT_POLICY": "active"}], ids=str
)
def test_import_does_not_change_thread_settings(variables: dict[str, str]) -> None:
    assert settings_after_import(**variables) == variables


@pytest.mark.parametrize(
    ("variables", "expected"),
    [({}, "1000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "active"}, None)],
    ids=str,
)
def test_idle_threads_sleep_soon_unless_the_user_set_another_policy(
    variables: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str | None] = []

    def note(name: str, package: str | None = None) -> ModuleType:
        seen.append(os.environ.get("GOMP_SPINCOUNT"))
        return fast_numpy

    for name in THREAD_SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(importlib, "import_module", note)

    fast_layers.select_backend()

    assert seen == [expected]
    assert os.environ.get("GOMP_SPINCOUNT") == variables.get("GOMP_SPINCOUNT")
