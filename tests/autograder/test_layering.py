"""Dependencies: the library needs no grader, and importing it runs no student code."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.release import Reference
from autograder.release.blanks import module_name

LINT = (
    "import sys; from importlinter.cli import lint_imports;"
    "sys.exit(lint_imports(config_filename='pyproject.toml', no_cache=True))"
)


def python(program: str, *arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in a new interpreter that imports from `path` first."""
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=path,
        env=os.environ | {"PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A copy of the code, for a test to change."""
    ignore = shutil.ignore_patterns("*.so", "__pycache__", "datasets", "build")
    for name in ("daseCV", "autograder"):
        shutil.copytree(root / name, tmp_path / name, ignore=ignore)
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


def test_importing_the_command_loads_no_large_package(root: Path) -> None:
    large = ["numpy", "sqlalchemy", "matplotlib", "distributed", "nbgrader", "nbconvert"]
    loaded = python(
        f"import sys, autograder.cli; print(set(sys.modules) & set({large}))", path=root
    )

    assert loaded.stdout.strip() == "set()"


def test_the_import_contracts_hold(root: Path) -> None:
    lint = python(LINT, path=root)

    assert lint.returncode == 0, lint.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("daseCV/solver.py", "from autograder.release import blanks"),
        ("autograder/release/blanks.py", "from autograder.course import init_course"),
        ("daseCV/fast_layers.py", "from .layers import relu_forward"),
    ],
)
def test_an_import_in_the_wrong_direction_breaks_a_contract(
    checkout: Path, module: str, line: str
) -> None:
    with (checkout / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")

    lint = python(LINT, path=checkout)

    assert lint.returncode == 1
    assert "BROKEN" in lint.stdout


def modules(root: Path) -> list[str]:
    """Every module of the library but its build script, by its dotted name."""
    paths = [path for path in Reference(root).modules() if path.suffix == ".py"]
    return [
        module_name(path).removesuffix(".__init__") for path in paths if path.name != "setup.py"
    ]


def test_no_module_of_the_library_imports_the_grader(root: Path) -> None:
    program = (
        "import sys, importlib\n"
        "for name in sys.argv[1:]:\n"
        "    importlib.import_module(name)\n"
        "assert 'daseCV.layers' in sys.modules\n"
        "sys.exit([name for name in sys.modules if name.split('.')[0] == 'autograder'] or 0)\n"
    )

    run = python(program, *modules(root), path=root)

    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("name", ["daseCV", "daseCV.checks", "daseCV.fast_layers"])
def test_importing_given_code_runs_no_student_code(root: Path, name: str) -> None:
    """A syntax error in layers.py must not stop the rest."""
    owned = [module_name(Path(path)) for path in Reference(root).student_owned()]
    program = (
        "import sys, importlib\n"
        "importlib.import_module(sys.argv[1])\n"
        "sys.exit(sorted(set(sys.argv[2:]) & set(sys.modules)) or 0)\n"
    )

    run = python(program, name, *owned, path=root)

    assert "daseCV.layers" in owned
    assert run.returncode == 0, run.stderr


def test_the_grader_prepares_a_release_without_importing_the_library(root: Path) -> None:
    """It imports only the modules for texts and errors."""
    program = (
        "import sys\n"
        "import autograder.release, autograder.course\n"
        "known = {'daseCV', 'daseCV.contents', 'daseCV.language', 'daseCV.errors'}\n"
        "found = {name for name in sys.modules if name.split('.')[0] == 'daseCV'}\n"
        "sys.exit(sorted(found - known) or 0)\n"
    )

    run = python(program, path=root)

    assert run.returncode == 0, run.stderr


def test_importing_the_command_does_not_import_lark(root: Path) -> None:
    program = "import sys, autograder.cli; print('lark' in sys.modules)"

    assert python(program, path=root).stdout == "False\n"
