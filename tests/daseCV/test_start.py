"""The set-up cell: what it finds and prepares, and what it says if something is missing."""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from daseCV import fast_layers, start
from daseCV.language import VARIABLE
from daseCV.start import SetUpError


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's folder."""
    (tmp_path / "daseCV").mkdir()
    monkeypatch.setattr(start, "PACKAGE_FOLDER", tmp_path / "daseCV")
    return tmp_path


def test_set_up_reports_that_everything_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    start.start()

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("✓ Python, Python 3.")
    assert lines[1].startswith("✓ the assignment is in ")
    assert lines[2].startswith("✓ all packages, NumPy ")
    assert lines[-1].startswith("ready (")


def test_a_second_set_up_reports_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    start.start()
    first = capsys.readouterr().out.splitlines()[:-1]
    start.start()

    assert capsys.readouterr().out.splitlines()[:-1] == first


@pytest.mark.parametrize(
    ("modules", "names", "environment", "expected"),
    [
        (["google.colab"], {}, {}, "Colab"),
        ([], {"__vsc_ipynb_file__": "/a/b.ipynb"}, {}, "VS Code"),
        ([], {}, {"VSCODE_PID": "1"}, "VS Code"),
        ([], {}, {}, "Jupyter"),
    ],
)
def test_colab_vs_code_and_jupyter_are_recognised(
    monkeypatch: pytest.MonkeyPatch,
    modules: list[str],
    names: dict[str, str],
    environment: dict[str, str],
    expected: str,
) -> None:
    monkeypatch.delenv("VSCODE_PID", raising=False)
    monkeypatch.setattr(start, "running_shell", lambda: SimpleNamespace(user_ns=names))
    for name in modules:
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert start.describe_place() == expected


# The folder


def test_a_folder_that_cannot_be_written_stops_the_set_up(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)

    with pytest.raises(SetUpError, match=r"cannot be written \(No space left on device\): make"):
        list(start.report_folder())


def test_a_nearly_full_disk_gets_a_warning(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start.shutil, "disk_usage", lambda _: SimpleNamespace(free=7_000_000))

    assert list(start.report_folder())[1] == (
        "!",
        "only 7 MB left: make room, or move the assignment elsewhere",
    )


def test_a_folder_on_colab_outside_drive_gets_a_warning(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))

    sign, line = list(start.report_folder())[-1]

    assert sign == "!"
    assert "is lost when Colab disconnects" in line


# Packages


def test_missing_or_outdated_packages_are_installed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "requirements.txt").write_text("# note\nnumpy>=1.0\nno-such-package>=2\npytest>=999\n")
    asked: list[list[str]] = []

    def run(command: list[str]) -> str:
        asked.append(command)
        return ""

    monkeypatch.setattr(start, "run_command", run)
    monkeypatch.delitem(sys.modules, "pytest")

    lines = [line for _, line in start.install_packages()]

    assert lines[0] == "installing no-such-package>=2, pytest>=999"
    assert asked == [
        [sys.executable, "-m", "pip", "install", "-q", "no-such-package>=2", "pytest>=999"]
    ]


def test_without_a_network_missing_packages_are_named_with_advice(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "requirements.txt").write_text("no-such-package\n")
    monkeypatch.setattr(start, "run_command", lambda _: "ERROR: No matching distribution")

    with pytest.raises(
        SetUpError, match=r"could not install no-such-package: ERROR: No .* Is there a network\?"
    ):
        list(start.install_packages())


def test_an_update_of_a_loaded_package_asks_for_a_restart(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "requirements.txt").write_text("numpy>=999\n")
    monkeypatch.setattr(start, "run_command", lambda _: "")

    with pytest.raises(SetUpError, match="updated numpy: restart the kernel"):
        list(start.install_packages())


# Fast layers and images


def test_without_a_compiler_it_says_that_numpy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_layers, "backend", lambda: "numpy")
    monkeypatch.setattr(start, "run_command", lambda _: "")

    lines = list(start.compile_kernels())

    assert lines[-1][0] == "!"
    assert "the fast layers run on NumPy" in lines[-1][1]


def test_a_folder_without_images_in_the_variable_gets_a_warning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CIFAR10_DIR", "/no/such/folder")

    ((sign, line),) = start.report_images()

    assert sign == "!"
    assert line.startswith("CIFAR10_DIR: got '/no/such/folder', expected")


def test_the_last_line_of_a_failing_program_is_quoted() -> None:
    program = "import sys; print('first'); sys.exit('last')"

    assert start.run_command([sys.executable, "-c", program]) == "last"
    assert start.run_command([sys.executable, "-c", ""]) == ""
    assert "No such file" in start.run_command(["/no/such/program"])


def test_output_in_another_encoding_is_quoted_as_far_as_it_can_be_decoded() -> None:
    words = "cl: \u9519\u8bef".encode("gbk")
    program = f"import sys; sys.stderr.buffer.write({words!r}); sys.exit(1)"

    said = start.run_command([sys.executable, "-c", program])

    assert said.startswith("cl: ")
    assert "\N{REPLACEMENT CHARACTER}" in said


@pytest.mark.parametrize("encoding", ["gbk", "cp1252", "ascii"])
def test_set_up_works_in_a_terminal_that_lacks_characters(encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from daseCV.start import start; start()"],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "\\u2713 all packages, NumPy" in done.stdout.decode(encoding)


def test_importing_start_needs_only_the_standard_library() -> None:
    program = "import sys, daseCV.start; sys.exit('numpy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# In a notebook


@pytest.fixture
def shell() -> Any:
    """IPython's shell, as a notebook has it."""
    from IPython.core.interactiveshell import InteractiveShell

    made = InteractiveShell()
    made.shown = []  # type: ignore[attr-defined]
    made._showtraceback = lambda kind, error, lines: made.shown.extend(lines)  # type: ignore
    made.set_custom_exc((NotImplementedError,), start.show_unwritten)
    return made


def test_calling_an_unwritten_blank_shows_its_place_in_one_line(shell: Any, home: Path) -> None:
    file = home / "daseCV" / "layers.py"
    file.write_text(
        "def relu(x):\n    # Your code here: layers.relu\n"
        "    raise NotImplementedError('layers.relu is not written yet')\n"
    )

    shell.run_cell(f"exec(compile(open({str(file)!r}).read(), {str(file)!r}, 'exec'))\nrelu(1)")

    assert shell.shown == ["· layers.relu is not written yet: open daseCV/layers.py, line 3"]


def test_a_leftover_raise_in_a_blank_is_pointed_out(shell: Any, home: Path) -> None:
    file = home / "daseCV" / "layers.py"
    file.write_text(
        "def relu(x):\n    # Your code here: layers.relu\n    out = x\n"
        "    raise NotImplementedError('layers.relu is not written yet')\n"
    )

    shell.run_cell(f"exec(compile(open({str(file)!r}).read(), {str(file)!r}, 'exec'))\nrelu(1)")

    assert shell.shown[1:] == [
        "  there is other code here: delete the raise NotImplementedError in line 4 as well"
    ]


def test_other_unwritten_code_has_its_usual_traceback(shell: Any, home: Path) -> None:
    shell.run_cell("raise NotImplementedError('of my own')")

    assert "of my own" in shell.shown[-1]
    assert len(shell.shown) > 1
