"""Plants a mistake in a second copy of the library in this process."""

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from types import ModuleType

from daseCV.checks.library import Library

from ..folders import PACKAGE
from .mistake import HintError, Mistake

_numbers = count()
# Markers of parts within a solution.
PART_LINE = re.compile(r"^ *### (?:BEGIN|END) PART.*\n", re.MULTILINE)


def file_of(blank: str) -> str:
    """The file that holds a blank, within the package.

    Examples
    --------
    >>> file_of("classifiers.cnn.ThreeLayerConvNet.loss")
    'classifiers/cnn.py'
    """
    parts = blank.split(".")[:-1]
    return "/".join(part for part in parts if not part[0].isupper()) + ".py"


def planted_source(root: Path, mistake: Mistake) -> str:
    return plant((root / PACKAGE / file_of(mistake.blank)).read_text(encoding="utf-8"), mistake)


def plant(source: str, mistake: Mistake) -> str:
    """A solved file's source with a mistake in it; `HintError` if an edit does not fit it."""
    source = PART_LINE.sub("", source)
    start, end = solution_span(source, mistake)
    code = source[start:end]
    for before, after in mistake.edits.items():
        if code.count(before) != 1:
            found = code.count(before)
            raise HintError(
                f"{mistake.id}: {before!r} occurs {found} times in the reference's solution of "
                f"{mistake.blank}, expected once; adapt autograder/hints/"
            )
        code = code.replace(before, after)
    return source[:start] + code + source[end:]


def solution_span(source: str, mistake: Mistake) -> tuple[int, int]:
    """The start and end of the solution of a mistake's blank."""
    *scope, function = mistake.blank.split(".")
    classes = [name for name in scope if name[0].isupper()]
    start = source.index(f"class {classes[0]}:") if classes else 0
    found = re.compile(
        rf"^ *def {re.escape(function)}\(.*?### BEGIN SOLUTION\n(.*?)^ *### END SOLUTION",
        re.DOTALL | re.MULTILINE,
    ).search(source, start)
    if found is None:
        raise HintError(f"{mistake.id}: the reference has no blank {mistake.blank}")
    return found.span(1)


@contextmanager
def library(root: Path, changed: dict[str, str] | None = None) -> Iterator[Library]:
    """Import a second copy of a checkout's library, with changed sources.

    `changed` are sources by file, relative to the package. Yields a function that returns a module
    of the copy by name, such as 'layers'.
    """
    name = f"{PACKAGE}_{next(_numbers)}"
    package = ModuleType(name)
    package.__path__ = [str(root / PACKAGE)]
    with redirect_stdout(io.StringIO()):  # it says which backend it has
        given = import_module(f"{PACKAGE}.fast_layers")
    # Shared by all copies, since its compiled extension cannot be loaded twice.
    sys.modules |= {name: package, f"{name}.fast_layers": given}
    try:
        for file, source in (changed or {}).items():
            dotted = f"{name}.{file.removesuffix('.py').replace('/', '.')}"
            import_module(dotted.rpartition(".")[0])
            path = root / PACKAGE / file
            spec = spec_from_file_location(dotted, path)
            assert spec is not None
            sys.modules[dotted] = module = module_from_spec(spec)
            exec(compile(source, str(path), "exec"), vars(module))
        yield lambda module: import_module(f"{name}.{module}")
    finally:
        for loaded in [key for key in sys.modules if key.partition(".")[0] == name]:
            del sys.modules[loaded]
