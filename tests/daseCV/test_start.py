"""What the set-up cell finds out and makes ready, and what it says where something is missing."""

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


def test_all_is_ready_here(capsys: pytest.CaptureFixture[str]) -> None:
    start.start()

    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("✓ Python, Python 3.")
    assert lines[1].startswith("✓ the assignment is in ")
    assert lines[2].startswith("✓ all packages, NumPy ")
    assert lines[-1].startswith("ready (")


def test_a_second_run_does_no_harm(capsys: pytest.CaptureFixture[str]) -> None:
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
def test_it_knows_where_it_runs(
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


def test_a_folder_that_cannot_be_written_stops_all(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)

    with pytest.raises(SetUpError, match=r"cannot be written \(No space left on device\): make"):
        list(start.report_folder())


def test_little_room_is_warned_of(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start.shutil, "disk_usage", lambda _: SimpleNamespace(free=7_000_000))

    assert list(start.report_folder())[1] == (
        "!",
        "only 7 MB left: make room, or move the assignment elsewhere",
    )


def test_work_on_colab_that_is_not_in_drive_would_be_lost(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))

    sign, line = list(start.report_folder())[-1]

    assert sign == "!"
    assert "is lost when Colab disconnects" in line


# Packages


def test_what_is_missing_or_too_old_is_installed(
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


def test_without_a_network_it_says_what_is_missing_and_what_to_do(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "requirements.txt").write_text("no-such-package\n")
    monkeypatch.setattr(start, "run_command", lambda _: "ERROR: No matching distribution")

    with pytest.raises(
        SetUpError, match=r"could not install no-such-package: ERROR: No .* Is there a network\?"
    ):
        list(start.install_packages())


def test_an_update_of_what_is_loaded_asks_for_a_restart(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "requirements.txt").write_text("numpy>=999\n")
    monkeypatch.setattr(start, "run_command", lambda _: "")

    with pytest.raises(SetUpError, match="updated numpy: restart the kernel"):
        list(start.install_packages())


# Fast layers and images


def test_without_a_compiler_it_says_that_numpy_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fast_layers, "backend", lambda: "numpy")
    monkeypatch.setattr(start, "run_command", lambda _: "")

    lines = list(start.compile_kernels())

    assert lines[-1][0] == "!"
    assert "the fast layers run on NumPy" in lines[-1][1]


def test_a_named_folder_without_images_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CIFAR10_DIR", "/no/such/folder")

    ((sign, line),) = start.report_images()

    assert sign == "!"
    assert line.startswith("CIFAR10_DIR: got '/no/such/folder', expected")


def test_a_program_that_fails_is_quoted_by_its_last_line() -> None:
    program = "import sys; print('first'); sys.exit('last')"

    assert start.run_command([sys.executable, "-c", program]) == "last"
    assert start.run_command([sys.executable, "-c", ""]) == ""
    assert "No such file" in start.run_command(["/no/such/program"])


def test_a_compiler_of_another_encoding_is_quoted_as_far_as_it_can_be_read() -> None:
    words = "cl: \u9519\u8bef".encode("gbk")
    program = f"import sys; sys.stderr.buffer.write({words!r}); sys.exit(1)"

    said = start.run_command([sys.executable, "-c", program])

    assert said.startswith("cl: ")
    assert "\N{REPLACEMENT CHARACTER}" in said


@pytest.mark.parametrize("encoding", ["gbk", "cp1252", "ascii"])
def test_a_terminal_that_lacks_characters_is_no_obstacle(encoding: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from daseCV.start import start; start()"],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "\\u2713 all packages, NumPy" in done.stdout.decode(encoding)


def test_it_needs_nothing_but_the_standard_library_to_begin_with() -> None:
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


def test_a_blank_that_a_cell_calls_says_where_it_is_in_one_line(shell: Any, home: Path) -> None:
    file = home / "daseCV" / "layers.py"
    file.write_text(
        "def relu(x):\n    # Your code here: layers.relu\n"
        "    raise NotImplementedError('layers.relu is not written yet')\n"
    )

    shell.run_cell(f"exec(compile(open({str(file)!r}).read(), {str(file)!r}, 'exec'))\nrelu(1)")

    assert shell.shown == ["· layers.relu is not written yet: open daseCV/layers.py, line 3"]


def test_a_line_that_was_forgotten_in_a_blank_is_told(shell: Any, home: Path) -> None:
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
