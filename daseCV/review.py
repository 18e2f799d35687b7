"""Reviews a folder before it is handed in: a line for each possible problem; changes nothing."""

import ast
import builtins
import json
import os
import symtable
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from . import contents, notebooks
from .checks.about import ABOUT
from .checks.running import is_remembered
from .language import Message, join, say, translate
from .trained import find_function

LARGE = 20_000_000  # bytes of a notebook: more means thousands of pictures


def review_folder(folder: Path, live: bool) -> Iterator[str]:
    """All possible problems; `live`: the notebook has just been saved from the browser."""
    expected = contents.read_release()
    here = [path.name for path in notebooks.find_notebooks(folder)]
    for name in expected["notebooks"]:
        if not {name, f"{Path(name).stem}.en.ipynb"} & set(here):
            yield say(
                "{name} is missing (there is: {there}); without it nothing can be graded",
                name=name,
                there=", ".join(here) or Message("no notebook"),
            )
    for path in notebooks.find_notebooks(folder):
        yield from review_notebook(path, folder)
    if not live:
        yield from review_saved_cells(folder)
    yield from review_answers(folder)
    for name, blanks in expected["student_owned"].items():
        yield from review_module(folder / name, name, blanks)
    for path in [
        *contents.own_modules(folder),
        *(folder / name for name in expected["extensible"]),
    ]:
        if path.is_file():
            yield from review_module(path, contents.relative(path, folder), [])
    yield from review_left_behind(folder)


def review_notebook(path: Path, folder: Path) -> Iterator[str]:
    name, size = contents.relative(path, folder), path.stat().st_size
    try:
        json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
    except (ValueError, LookupError, TypeError):
        yield say("{name} is not a complete notebook: save it again", name=name)
        return
    if size > LARGE:
        yield say(
            "{name} is {megabytes:.0f} MB: clear outputs that are not needed, and save",
            name=name,
            megabytes=size / 1e6,
        )


def review_module(path: Path, name: str, blanks: list[str]) -> Iterator[str]:
    """Problems of a student-owned file: missing, unreadable, or with open blanks."""
    if not path.is_file():
        yield say("{name} is missing", name=name)
        return
    try:
        tree = ast.parse(path.read_bytes(), filename=name)
    except (SyntaxError, ValueError) as error:
        yield say("{name} cannot be read by Python: {error}", name=name, error=error)
        return
    asked = {blank for check in ABOUT.values() for blank in check.suspects}
    module = ".".join(Path(name).with_suffix("").parts[1:])
    open_ones = [
        blank.removeprefix(f"{module}.")
        for blank in dict.fromkeys(blanks)
        if blank in asked and is_open(tree, blank.removeprefix(f"{module}.").split("."))
    ]
    if open_ones:
        yield say("not written yet in {name}: {blanks}", name=name, blanks=", ".join(open_ones))


def is_open(tree: ast.AST, path: list[str]) -> bool:
    """Whether a function or method still raises NotImplementedError, or is not there at all."""
    function = find_function(tree, path)
    return function is None or any(
        isinstance(node, ast.Raise) and "NotImplementedError" in ast.dump(node)
        for node in ast.walk(function)
    )


def review_saved_cells(folder: Path) -> Iterator[str]:
    """Warn if a cell that ran is different in the saved notebook, or missing.

    A cell that was edited after it ran is another matter: saving it does not help.
    """
    shell = notebooks.running_shell()
    if not hasattr(shell, "kernel") or "NBGRADER_EXECUTION" in os.environ:  # nobody could save it
        return
    saved, edited = [], set()
    for path in notebooks.find_notebooks(folder):
        for cell in notebooks.read_cells(path):
            saved.append(cell)
            if notebooks.edited_since(cell, path.stat().st_mtime) or is_code_never_run(cell):
                edited.add(cell.get("id", ""))
                yield say(
                    "{notebook}: {name} has not run as it is written now: run it, and the checks "
                    "below it",
                    notebook=path.name,
                    name=notebooks.solution_of(cell) or notebooks.source_of(cell).split("\n")[0],
                )
    texts: dict[str, set[str]] = {}  # by name of a cell: notebooks in two languages share them
    for cell in saved:
        texts.setdefault(cell.get("id", ""), set()).add(notebooks.source_of(cell).strip())
    changed = any(
        name in texts and text not in texts[name] and name not in edited
        for name, text in notebooks.executed_texts().items()
    )
    before = len(shell.user_ns["In"]) - 2  # the number of the cell that ran before this one
    # Numbers restart with the kernel; those of an earlier session belong to other cells.
    last = shell.history_manager.input_hist_raw[before].strip() if before > 0 else ""
    numbers = {(cell.get("execution_count"), notebooks.source_of(cell).strip()) for cell in saved}
    if changed or (last and (before, last) not in numbers):
        yield say(
            "the notebook does not hold what you have run: save it (Ctrl+S, ⌘S), and run this cell "
            "again",
        )


def is_code_never_run(cell: dict[str, Any]) -> bool:
    """Whether a blank of a notebook did not run in this session, nor was right before."""
    name = notebooks.solution_of(cell)
    if not name or cell["cell_type"] != "code" or cell.get("id") in notebooks.executed_texts():
        return False
    checks = [check for check, about in ABOUT.items() if f"cells.{name}" in about.suspects]
    return not notebooks.is_unwritten(cell) and not all(map(is_remembered, checks))


def review_answers(folder: Path) -> Iterator[str]:
    """Unwritten answers and functions; of two languages, the more complete notebook counts."""
    missing: dict[str, list[dict[str, Message]]] = {}
    for path in notebooks.find_notebooks(folder):
        stem = path.name.split(".")[0]
        missing.setdefault(stem, []).append(dict(unwritten_cells(path)))
    for versions in missing.values():
        for name, said in min(versions, key=len).items():
            if all(name in other for other in versions):
                yield translate(said)
    for path in notebooks.find_notebooks(folder):
        for name, names in borrowed_names(path):
            yield say(
                "{notebook}: {name} uses {names} of other cells, which grading does not run: put "
                "them into its cell",
                notebook=path.name,
                name=name,
                names=join(names),
            )


def unwritten_cells(path: Path) -> Iterator[tuple[str, Message]]:
    """The unwritten cells of a notebook: grade_id and message."""
    for cell in notebooks.read_cells(path):
        name = notebooks.solution_of(cell)
        if name and notebooks.is_unwritten(cell):
            said = Message(
                "{notebook}: the answer to {name} is empty"
                if cell["cell_type"] == "markdown"
                else "{notebook}: {name} is not written yet",
                notebook=f"{path.name.split('.')[0]}.ipynb",
                name=name,
            )
            yield name, said


def borrowed_names(path: Path) -> Iterator[tuple[str, list[str]]]:
    """For each submitted code cell, the names that it uses but does not define."""
    for cell in notebooks.read_cells(path):
        name = notebooks.solution_of(cell)
        if not name or cell["cell_type"] != "code" or notebooks.is_unwritten(cell):
            continue
        try:
            symbols = list(
                global_symbols(symtable.symtable(notebooks.source_of(cell), name, "exec"))
            )
        except contents.UNREADABLE:
            continue
        known = {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
        known.update(dir(builtins))
        used = dict.fromkeys(s.get_name() for s in symbols if s.is_referenced())
        if names := [borrowed for borrowed in used if borrowed not in known]:
            yield name, names


def global_symbols(table: symtable.SymbolTable) -> Iterator[symtable.Symbol]:
    """The global names of a module, a function or a class, and of those inside it."""
    yield from (symbol for symbol in table.get_symbols() if symbol.is_global())
    for inner in table.get_children():
        yield from global_symbols(inner)


def review_left_behind(folder: Path) -> Iterator[str]:
    """Code that is not handed in, so that grading does not see it."""
    given, owned = contents.read_release()["given"], contents.files_to_hand_in(folder)
    for path in [*sorted(folder.glob("*.py")), *sorted((folder / "daseCV").rglob("*.py"))]:
        name = contents.relative(path, folder)
        try:
            text = path.read_text(encoding="utf-8")
        except contents.UNREADABLE:
            continue
        if name in given and text.strip() and contents.text_digest(text) != given[name]:
            yield say(
                "{name} was changed and is not handed in: grading uses the given one; write code "
                "of your own in a new file in daseCV/",
                name=name,
            )
        elif (
            name not in given and path not in owned and not contents.STRAYS & set(Path(name).parts)
        ):
            yield say("{name} is not handed in: put it into daseCV/ if you use it", name=name)


def review_zip(path: Path, folder: Path) -> Iterator[str]:
    """Warn of files that changed on disk while the zip was made."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if (file := folder / name).is_file() and archive.read(name) != file.read_bytes():
                yield say("{name} was changed while the zip was made: run this again", name=name)
