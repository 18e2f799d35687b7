"""Builds the `daseCV` that a worker imports from a submission's files.

Only a submission's student-owned files are used; the rest is the release's, written once and in
advance. The given functions of a file that may be extended are restored. The release has a tree for
each kind of worker, without the given code that could answer for the blanks decided there, and one
for notebooks.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType

from ..checks import CHECKS
from ..collecting.own_code import restore_given_functions
from ..folders import PACKAGE

CELLS = "cells"  # folder of the notebooks' blanks, in the package that a worker imports
IMAGE_BLANKS = ("layers.conv_*", "layers.max_pool_*")
GRADIENTS = ("layers.*_backward*", "layers.*_loss", "classifiers.*.loss")
# Given code, and the blanks that it could answer for, at least in part.
ANSWERS = {
    "fast_layers.py": IMAGE_BLANKS,
    "fast_numpy.py": IMAGE_BLANKS,
    "im2col_cython.py": IMAGE_BLANKS,
    "gradient_check.py": GRADIENTS,
    "checks/numerical.py": GRADIENTS,
    "explore/mistakes.py": ("layers.softmax_loss",),
    "explore/normalisation.py": ("layers.*norm_*",),
    "explore/pooling.py": ("layers.max_pool_*",),
    "explore/convolution.py": ("layers.conv_*",),
}
GUARD = '''"""Replaces given code that could answer for a blank."""

CURRENT_BLANK = "a blank"


class NotAllowed(RuntimeError):
    """Given code was called from within a blank."""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)

    def refuse(*_arguments, **_named):
        module = __name__.rpartition(".")[2]
        raise NotAllowed(f"{module}.{name} is not allowed inside {CURRENT_BLANK}")

    return refuse
'''


@dataclass(frozen=True)
class Trees:
    """Folders with the released package, for three uses."""

    # For a layer's own checks: without the fast layers, their kernels and numerical gradients
    blanks: Path
    # For checks of several parts together, such as networks: without numerical gradients
    whole: Path
    notebooks: Path  # for notebooks, which decide no mark: complete


def write_release(source: Path, kernels: Path | None, target: Path) -> Trees:
    """Write the trees of a release: given code, and stubs for what a submission lacks."""
    trees = Trees(target / "blanks", target / "whole", target / "notebooks")
    for tree in (trees.blanks, trees.whole, trees.notebooks):
        for path in sorted((source / PACKAGE).rglob("*")):
            name = path.relative_to(source)
            if path.suffix in (".py", ".json") and name.name != "setup.py":
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                (tree / name).write_bytes(path.read_bytes())
    if kernels is not None:
        for tree in (trees.whole, trees.notebooks):
            shutil.copy(kernels, tree / PACKAGE / kernels.name)
    for package in ("blanks", "whole"):
        for guarded in find_guarded_modules(package):
            (target / package / PACKAGE / guarded).write_text(GUARD, encoding="utf-8")
    make_readable(target)
    return trees


def find_guarded_modules(package: str) -> list[str]:
    """The given modules that could answer for blanks whose marks are decided in a package."""
    decided = {
        blank for check in CHECKS.values() if check.package == package for blank in check.blanks
    }
    return [
        module
        for module, blanks in ANSWERS.items()
        if any(fnmatchcase(blank, pattern) for blank in decided for pattern in blanks)
    ]


def write_submission(
    owned: Mapping[str, bytes],
    target: Path,
    cells: Mapping[str, str] | None = None,
    release: Mapping[str, bytes] = MappingProxyType({}),
) -> Path:
    """Write a submission's own files, to be placed over the release's; return the folder.

    Functions of given files that may be extended are restored from `release`. Blanks of notebooks,
    in `cells` by grade_id, become modules of `cells`.
    """
    files = {
        name: restore_given_functions(content, release[name]) if name in release else content
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
    """Let workers of other users read, but not write."""
    for folder, _, files in os.walk(target):
        os.chmod(folder, 0o755)
        for file in files:
            os.chmod(Path(folder, file), 0o644)
