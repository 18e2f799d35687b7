# Generated from daseCV/trained.py by "dasecv release".
"""Records the code that a model was trained with; results are valid until that code changes."""

import ast
import contextlib
import sys
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import autoreload
from .contents import PACKAGE_FOLDER, UNREADABLE, digest, files_to_hand_in, read_release, relative
from .language import Message, join
from .notebooks import (
    executed_texts,
    find_notebooks,
    is_unwritten,
    read_cells,
    solution_of,
    source_of,
)

_trained: weakref.WeakKeyDictionary[Any, dict[str, str]] = weakref.WeakKeyDictionary()


def note_training(model: Any) -> None:
    """Record the code that a model is trained with, if edits are watched."""
    if autoreload.is_watching():
        with contextlib.suppress(TypeError):  # no weak reference, or no hash
            _trained[model] = fingerprints()


def find_stale_part(model: Any, blanks: Iterable[str]) -> Message | None:
    """Say why a model built on `blanks` is outdated; None if it is not."""
    kind = type(model)
    module = sys.modules.get(kind.__module__)
    if kind.__module__.startswith(f"{autoreload.PACKAGE}.") and (
        getattr(module, kind.__name__, None) is not kind
    ):
        return Message(
            "{name} is no longer the class that this model was made of: make and train it anew",
            name=kind.__name__,
        )
    try:
        before = _trained.get(model, {})
    except TypeError:
        return None
    now = fingerprints()
    looked_at = {*blanks, *(name for name in now if name.endswith(".py"))}
    changed = [name for name in before if name in looked_at and before[name] != now.get(name)]
    if not changed:
        return None
    return Message("{names} changed after this training: train again", names=join(changed))


def fingerprint(blanks: Iterable[str]) -> str:
    """One fingerprint of some blanks, and of all student code outside of blanks."""
    known = fingerprints()
    files = (name for name in known if name.endswith(".py"))
    return digest("".join(known.get(name, "") for name in (*blanks, *files)))


def fingerprints(folder: Path = PACKAGE_FOLDER.parent) -> dict[str, str]:
    """Fingerprints of each blank, and of the rest of each file that is handed in.

    Comments and blank lines do not count.
    """
    found = {}
    for path in files_to_hand_in(folder):
        name = relative(path, folder)
        try:
            tree = ast.parse(path.read_bytes())
        except UNREADABLE:
            continue
        module = ".".join(Path(name).with_suffix("").parts[1:])
        for blank in read_release()["student_owned"].get(name, []):
            node = find_function(tree, blank.removeprefix(f"{module}.").split("."))
            if node is not None:
                found[blank] = digest(ast.dump(node))
                node.body = []
        found[name] = digest(ast.dump(tree))
    for notebook in sorted(find_notebooks(folder), key=lambda path: path.stat().st_mtime):
        for cell in read_cells(notebook):
            # The language with written cells counts, and the executed text of a cell.
            if cell["cell_type"] == "code" and (name := solution_of(cell)):
                text = executed_texts().get(cell.get("id", ""), source_of(cell).strip())
                if not is_unwritten({**cell, "source": text}):
                    found[f"cells.{name}"] = digest(text)
    return found


def find_function(tree: ast.AST, path: list[str]) -> Any:
    """Find a function or method by name, such as ['Net', 'loss']; None if there is none."""
    for name in path:
        found = [
            node
            for node in ast.iter_child_nodes(tree)
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name
        ]
        if not found:
            return None
        tree = found[-1]
    return tree
