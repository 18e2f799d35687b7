"""IPython in a process of its own, on a copy of the package that a test may edit."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import daseCV

# What every script can call: `run` executes a cell, `edit` changes a file between two cells.
DRIVER = """
import sys
from pathlib import Path
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
shell = InteractiveShell.instance(config=Config(HistoryManager={"enabled": False}))

def run(*lines):
    shell.run_cell("\\n".join(lines)).raise_error()

def edit(name, old, new):
    path = folder / "daseCV" / name
    text = path.read_text(encoding="utf-8")
    assert old in text, old
    path.write_text(text.replace(old, new), encoding="utf-8")

run("%load_ext daseCV.autoreload")
"""


def run_in_ipython(folder: Path, script: str) -> list[str]:
    """Run a script after the driver, in a folder with a copy; returns the lines that it printed."""
    skip = shutil.ignore_patterns("__pycache__", "*.so", "*.pyd", "datasets")
    shutil.copytree(Path(daseCV.__file__).parent, folder / "daseCV", ignore=skip)
    environment = {**os.environ, "IPYTHONDIR": str(folder / "ipython")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # students have compiled files too
    ran = subprocess.run(
        [sys.executable, "-c", DRIVER + script, str(folder)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stderr == ""
    return [line for line in ran.stdout.splitlines() if "daseCV.fast_layers" not in line]
