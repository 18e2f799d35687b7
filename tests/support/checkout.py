"""A copy of the repository, to change and to run commands in."""

import shutil
import subprocess
import sys
from pathlib import Path

COPIED = ("daseCV", "autograder", "source_notebooks", "assignment", "pyproject.toml", "setup.py")
COPIED_TESTS = ("support", "conftest.py", "dropout_course.py")


def copy_checkout(root: Path, copy: Path) -> Path:
    """Copy what the commands and a question's own tests need; return the copy."""
    (copy / "tests/autograder/checks").mkdir(parents=True)
    for name in (*COPIED, *(f"tests/{name}" for name in COPIED_TESTS)):
        if (root / name).is_dir():
            shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(root / name, copy / name)
    return copy


def run(checkout: Path, *command: str) -> str:
    """Run a module's command in a copy, whose packages come before the installed ones."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        cwd=checkout,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
