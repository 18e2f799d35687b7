"""From a submission's files to the `daseCV` that a worker imports.

Student-owned files are the only ones taken; everything else is the release's. There are two trees:
in the one where blanks are asked, the given code that would answer for them is not there at all.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..release.build import PACKAGE

CELLS = "cells"  # where blanks of notebooks are, in the package that a worker imports
GUARDED = ("fast_layers.py", "fast_numpy.py", "gradient_check.py", "im2col_cython.py")
STAND_IN = '''"""Stands in for given code that would answer for a blank."""

STANDS_IN = "a blank"


class NotAllowed(RuntimeError):
    """Given code was called from within a blank."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)

    def refuse(*_arguments, **_named):
        raise NotAllowed(f"{__name__.rpartition('.')[2]}.{name} is not allowed inside {STANDS_IN}")

    return refuse
'''


@dataclass(frozen=True)
class Trees:
    """The assembled package, twice.

    Parameters
    ----------
    blanks : Path
        For a blank's own checks: without the fast layers, their kernels and numerical gradients.
    whole : Path
        For everything built on several parts.
    """

    blanks: Path
    whole: Path


def assemble(
    source: Path,
    owned: dict[str, bytes],
    kernels: Path | None,
    target: Path,
    cells: Mapping[str, str] | None = None,
) -> Trees:
    """Write both trees.

    Parameters
    ----------
    source : Path
        The release: given code, and stubs for what the submission lacks.
    owned : dict of bytes
        The submission's student-owned files, by their paths in the release.
    kernels : Path or None
        The compiled fast layers.
    target : Path
        A new folder.
    cells : dict of str
        Blanks of notebooks: the cells' sources by their grade_id, each a module of `cells`.
    """
    trees = Trees(target / "blanks", target / "whole")
    for tree in (trees.blanks, trees.whole):
        for path in sorted((source / PACKAGE).rglob("*")):
            name = path.relative_to(source)
            if path.suffix not in (".py", ".json") or name.name == "setup.py":
                continue
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            content = owned.get(name.as_posix())
            (tree / name).write_bytes(path.read_bytes() if content is None else content)
        if cells:
            (tree / PACKAGE / CELLS).mkdir()
            for cell, text in {"__init__": "", **cells}.items():
                (tree / PACKAGE / CELLS / f"{cell}.py").write_text(text, encoding="utf-8")
    if kernels is not None:
        shutil.copy(kernels, trees.whole / PACKAGE / kernels.name)
    for guarded in GUARDED:
        (trees.blanks / PACKAGE / guarded).write_text(STAND_IN, encoding="utf-8")
    for folder, _, files in os.walk(target):  # for a worker that is another user
        os.chmod(folder, 0o755)
        for file in files:
            os.chmod(Path(folder, file), 0o644)
    return trees
