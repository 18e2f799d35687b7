"""From a submission's files to the `daseCV` that a worker imports.

What counts of a submission is taken; everything else is the release's, which is written once and is
there before a submission is. The given functions of a file that may be extended are restored. Of
the release there is a tree for each kind of worker, which lacks all given code that would answer
for a blank whose marks are decided there, and one for notebooks.
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

CELLS = "cells"  # where blanks of notebooks are, in the package that a worker imports
OF_IMAGES = ("layers.conv_*", "layers.max_pool_*")
GRADIENTS = ("layers.*_backward*", "layers.*_loss", "classifiers.*.loss")
# Which given code answers for which blanks, or for a part of them.
ANSWERS = {
    "fast_layers.py": OF_IMAGES,
    "fast_numpy.py": OF_IMAGES,
    "im2col_cython.py": OF_IMAGES,
    "gradient_check.py": GRADIENTS,
    "checks/numerical.py": GRADIENTS,
    "explore/mistakes.py": ("layers.softmax_loss",),
    "explore/normalisation.py": ("layers.*norm_*",),
    "explore/pooling.py": ("layers.max_pool_*",),
    "explore/convolution.py": ("layers.conv_*",),
}
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
    """The released package, for three uses."""

    # For a layer's own checks: without the fast layers, their kernels and numerical gradients
    blanks: Path
    # For everything built on several parts, networks among it: without numerical gradients
    whole: Path
    notebooks: Path  # for notebooks, which decide no mark: all of it


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
        for guarded in guarded_in(package):
            (target / package / PACKAGE / guarded).write_text(STAND_IN, encoding="utf-8")
    make_readable(target)
    return trees


def guarded_in(package: str) -> list[str]:
    """The given modules that would answer for a blank whose marks are decided in a package."""
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
    """Write what is a submission's own, to stand over the release's; return the folder.

    Given files that may be extended, in `release`, have their functions restored. Blanks of
    notebooks, in `cells` by their grade_id, become modules of `cells`.
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
    """Let a worker that is another user read, and not write."""
    for folder, _, files in os.walk(target):
        os.chmod(folder, 0o755)
        for file in files:
            os.chmod(Path(folder, file), 0o644)
