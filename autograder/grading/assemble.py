"""From a submission's files to the `daseCV` that a worker imports.

What counts of a submission is taken; everything else is the release's, which is written once and is
there before a submission is. The given functions of a file that may be extended are restored. Of
the release there are two trees: in the one where blanks are asked, the given code that would answer
for them is not there at all.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from ..collecting.own_code import restored
from ..folders import PACKAGE

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
    """The released package, twice.

    Parameters
    ----------
    blanks : Path
        For a blank's own checks: without the fast layers, their kernels and numerical gradients.
    whole : Path
        For everything built on several parts.
    """

    blanks: Path
    whole: Path


def write_release(source: Path, kernels: Path | None, target: Path) -> Trees:
    """Write both trees of a release: given code, and stubs for what a submission lacks.

    Parameters
    ----------
    source : Path
        The release.
    kernels : Path or None
        The compiled fast layers.
    target : Path
        A new folder.
    """
    trees = Trees(target / "blanks", target / "whole")
    for tree in (trees.blanks, trees.whole):
        for path in sorted((source / PACKAGE).rglob("*")):
            name = path.relative_to(source)
            if path.suffix in (".py", ".json") and name.name != "setup.py":
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                (tree / name).write_bytes(path.read_bytes())
    if kernels is not None:
        shutil.copy(kernels, trees.whole / PACKAGE / kernels.name)
    for guarded in GUARDED:
        (trees.blanks / PACKAGE / guarded).write_text(STAND_IN, encoding="utf-8")
    make_readable(target)
    return trees


def write_submission(
    owned: Mapping[str, bytes],
    target: Path,
    cells: Mapping[str, str] | None = None,
    release: Mapping[str, bytes] = MappingProxyType({}),
) -> Path:
    """Write what is a submission's own, to stand over the release's; return the folder.

    Parameters
    ----------
    owned : dict of bytes
        What counts of it, by its path in the release.
    target : Path
        A folder.
    release : dict of bytes
        Given files that may be extended: their functions are restored.
    cells : dict of str
        Blanks of notebooks: the cells' sources by their grade_id, each a module of `cells`.
    """
    files = {
        name: restored(content, release[name]) if name in release else content
        for name, content in owned.items()
    }
    if cells:
        for cell, text in {"__init__": "", **cells}.items():
            files[f"{PACKAGE}/{CELLS}/{cell}.py"] = text.encode()
    for name, content in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(content)
    make_readable(target)
    return target


def make_readable(target: Path) -> None:
    """Let a worker that is another user read, and not write."""
    for folder, _, files in os.walk(target):
        os.chmod(folder, 0o755)
        for file in files:
            os.chmod(Path(folder, file), 0o644)
