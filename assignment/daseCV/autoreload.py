# Generated from daseCV/autoreload.py by "dasecv release".
"""Reloads edited modules before the next cell, or reports why it cannot.

IPython's own `autoreload` does not start on Python 3.12 with IPython 7 (Colab's), because it needs
the removed module `imp`. Here, before each cell, modules of this package whose files have changed
are executed again, and functions and classes that a notebook has imported from them get their new
bodies. While a file has an error, the old code stays in memory, and checks, pictures and training
refuse to run: `require_current`.
"""

import ast
import contextlib
import importlib.util
import linecache
import os
import sys
import traceback
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from .contents import PACKAGE_FOLDER, UNREADABLE, is_handed_in, names_to_complete, relative
from .errors import DaseCVError
from .language import Message, translate
from .notebooks import running_shell
from .renewal import renew

PACKAGE = __package__
# Running code uses these by name, so they cannot be reloaded.
FIXED = ("autoreload", "contents", "errors", "language", "notebooks", "renewal", "checks")
KINDS = {
    IndentationError: Message("the indentation is wrong"),
    TabError: Message("tabs and spaces are mixed"),
    SyntaxError: Message("Python cannot read this"),
}

Stamp = tuple[int, ...]  # of a file: it changes whenever the file does

_watching = _by_cells = False
_stamps: dict[str, Stamp] = {}  # of all files, from the last scan
_loaded: dict[str, Stamp | None] = {}  # by module: of its file when it was executed
_problems: dict[str, Message] = {}  # by file
_removed: dict[tuple[str, str], list[dict[str, Any]]] = {}  # names, and where they were imported
_has_reported = False  # whether this cell has reported the problem


class NotCurrent(DaseCVError):
    """A file cannot be loaded, or has changed while a cell ran; the message says where."""

    def __init__(self, message: Message) -> None:
        super().__init__(translate(message))
        self.message = message


def load_ipython_extension(shell: Any) -> None:
    """Start watching; called by `%load_ext daseCV.autoreload`."""
    global _by_cells
    watch()
    _by_cells = True
    if before_cell not in shell.events.callbacks["pre_run_cell"]:
        shell.events.register("pre_run_cell", before_cell)
        shell.events.register("post_run_cell", after_cell)


def unload_ipython_extension(shell: Any) -> None:
    """Called by `%unload_ext daseCV.autoreload`."""
    global _by_cells
    _by_cells = False
    shell.events.unregister("pre_run_cell", before_cell)
    shell.events.unregister("post_run_cell", after_cell)


def is_watching() -> bool:
    """Whether edits are noticed: in a notebook after its set-up cell, and once a check has run."""
    return _watching


def watch() -> None:
    """Start to record which files change."""
    global _watching
    if not _watching:
        _watching = True
        _stamps.update(_read_stamps())
        for file in filter(_is_editable, _stamps):
            _read(file)


def before_cell(_info: Any = None) -> None:
    """Reload changed modules."""
    global _has_reported
    _has_reported = False
    refresh()


def after_cell(_result: Any = None) -> None:
    """Report problems below a cell that ran with old code."""
    if not _has_reported:
        for message in _problems.values():
            print(in_red(f"✗ {translate(message)}"))


def in_red(text: str) -> str:
    """A text in red, for a notebook or a terminal with colours."""
    return f"\x1b[31m{text}\x1b[0m"


def refresh_for_check() -> Message | None:
    """Reload modules before a check; return the first problem, or None."""
    global _has_reported
    watch()
    if not _by_cells:
        refresh()
    load_all()
    _has_reported = _has_reported or bool(_problems)
    return next(iter(_problems.values()), None)


def require_current() -> None:
    """Raise NotCurrent if a file cannot be loaded, or is newer than the running code."""
    global _has_reported
    if problem := find_problem():
        _has_reported = True
        raise NotCurrent(problem)


def find_problem() -> Message | None:
    """Say why the code in memory differs from the files; None if it does not."""
    if not _watching:
        return None
    for message in _problems.values():
        return message
    for file in _find_changed(_read_stamps()).values():
        return Message(
            "{file} was changed while this ran: run the cell again", file=path_in_folder(file)
        )
    return None


def refresh() -> list[str]:
    """Execute changed modules again, and those that import names from them; return their names."""
    now, files = _read_stamps(), imported_files()
    changed = {name for name, file in files.items() if file in _problems}.union(_find_changed(now))
    unread = {file for file in now if now[file] != _stamps.get(file) and _is_editable(file)}
    unread |= _problems.keys()
    _stamps.clear()
    _stamps.update(now)
    _problems.clear()
    codes = {file: _read(file) for file in unread}
    reloaded = []
    for name in _sort_by_imports(changed):
        file = files[name]
        if name.removeprefix(f"{PACKAGE}.").split(".")[0] in FIXED:
            _problems[file] = Message(
                "{file} was changed: restart the kernel, then run the set-up cell",
                file=path_in_folder(file),
            )
        elif (code := codes.get(file) or _read(file)) and _reload(sys.modules[name], code):
            _loaded[name] = now.get(file)
            reloaded.append(name)
    return reloaded


def load_all() -> None:
    """Import every file that students complete, to find errors early."""
    for file_name in names_to_complete():
        file = PACKAGE_FOLDER.parent / file_name
        name = ".".join(Path(file_name).with_suffix("").parts)
        if file.is_file() and str(file) not in _problems and name not in sys.modules:
            try:
                importlib.import_module(name)
            except (Exception, SystemExit) as error:
                _note_problem(str(file), error)


def path_in_folder(file: str) -> str:
    """A file's path for students: 'daseCV/layers.py'; the full path for other files."""
    path = Path(file)
    return relative(path, PACKAGE_FOLDER.parent) if PACKAGE_FOLDER in path.parents else file


def _is_editable(file: str) -> bool:
    return is_handed_in(path_in_folder(file))


def _read_stamps() -> dict[str, Stamp]:
    """The stamps of all Python files of the package."""
    found: dict[str, Stamp] = {}
    for folder, folders, names in os.walk(PACKAGE_FOLDER):
        folders[:] = [name for name in folders if name[0] not in "._"]
        for name in names:
            if name.endswith(".py"):
                file = os.path.join(folder, name)
                with contextlib.suppress(OSError):
                    known = os.stat(file)
                    found[file] = (known.st_mtime_ns, known.st_ctime_ns, known.st_size)
    return found


def imported_files() -> dict[str, str]:
    """The files of the package's imported modules."""
    return {
        name: file
        for name, module in list(sys.modules.items())
        if name.startswith(f"{PACKAGE}.") and (file := getattr(module, "__file__", None))
    }


def _find_changed(now: dict[str, Stamp]) -> dict[str, str]:
    """Modules whose files have changed since they were executed, with these files."""
    return {
        name: file
        for name, file in imported_files().items()
        if now.get(file) != _loaded.setdefault(name, _stamps.get(file))
    }


def _read(file: str) -> CodeType | None:
    """Compile a file, and store its lines for tracebacks; on errors note them and return None."""
    try:
        data = Path(file).read_bytes()
        lines = importlib.util.decode_source(data).splitlines(keepends=True)
        # Without a time, Python does not replace the lines by newer ones, which did not run.
        linecache.cache[file] = (len(data), None, lines, file)
        return compile(data, file, "exec", dont_inherit=True)
    except FileNotFoundError:
        if file in imported_files().values():
            _problems[file] = Message("{file} is missing", file=path_in_folder(file))
    except UNREADABLE as error:
        _note_problem(file, error)
    return None


def _note_problem(file: str, error: BaseException) -> None:
    """Record why a file cannot be loaded, with the line of the error."""
    name, line = type(error).__name__, 0
    if isinstance(error, SyntaxError) and error.filename:
        file, line = str(error.filename), error.lineno or 0
        kind, reason = KINDS.get(type(error), KINDS[SyntaxError]), error.msg
    else:
        kind, reason = Message("it raises an error"), str(error)
        for frame in traceback.extract_tb(error.__traceback__):
            if PACKAGE_FOLDER in Path(frame.filename).parents and frame.filename != __file__:
                file, line = frame.filename, frame.lineno or 0
    said = Message(
        "{file}, line {line}, cannot be loaded: nothing is judged, drawn or trained until it is",
        file=path_in_folder(file),
        line=line,
    )
    text = linecache.getline(file, line).strip()
    _problems[file] = said.with_details(
        line=Message("{text}", text=text) if text else "",
        reason=Message("{kind} ({name}: {text})", kind=kind, name=name, text=reason),
    )


def _sort_by_imports(changed: set[str]) -> list[str]:
    """Changed modules and those that import names from them, each after what it imports."""
    if not changed:
        return []
    files = imported_files()
    order: dict[str, bool] = {}  # whether it is to be executed

    def visit(name: str) -> bool:
        if name not in order:
            order[name] = name in changed  # provisional, which ends circular imports
            if _is_editable(files[name]):
                above = [visit(other) for other in _imports(name, files[name]) if other in files]
                again = order.pop(name) or any(above)
                order[name] = again
        return order[name]

    for name in files:
        visit(name)
    return [name for name, again in order.items() if again]


def _imports(name: str, file: str) -> list[str]:
    """The modules that a file imports from, and the imported names, which may be modules."""
    found: list[str] = []
    try:
        tree = ast.parse(Path(file).read_bytes())
    except UNREADABLE:
        return found
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            dots = "." * node.level
            package = name.rpartition(".")[0]
            base = importlib.util.resolve_name(dots + (node.module or ""), package)
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return found


def _reload(module: ModuleType, code: CodeType) -> bool:
    """Execute a module again; after an error, restore its old contents."""
    names = vars(module)
    before = dict(names)
    for key, value in before.items():
        is_submodule = hasattr(module, "__path__") and isinstance(value, ModuleType)
        if not key.startswith("__") and not is_submodule:
            del names[key]  # what the file no longer defines is gone
    # Python would use cached bytecode if the time, in whole seconds, and the size are unchanged.
    with contextlib.suppress(OSError):
        Path(importlib.util.cache_from_source(str(module.__file__))).unlink()
    try:
        exec(code, names)
    except (Exception, SystemExit) as error:
        names.clear()
        names.update(before)
        _note_problem(str(module.__file__), error)
        return False
    for key, old in before.items():
        is_its_own = getattr(old, "__module__", None) == module.__name__
        if key in names:
            new = names[key] = renew(old, names[key]) if is_its_own else names[key]
            if new is not old:
                _replace_imported(key, old, new)
        elif is_its_own:
            _removed[module.__name__, key] = _replace_imported(key, old)
    for key in names.keys() - before.keys():
        for space in _removed.pop((module.__name__, key), []):
            space.setdefault(key, names[key])
    return True


def _replace_imported(key: str, old: Any, *new: Any) -> list[dict[str, Any]]:
    """Replace or remove an object that could not be renewed wherever it was imported."""
    changed = []
    shell = running_shell()
    spaces = [vars(sys.modules[name]) for name in imported_files()]
    for space in [*spaces, *([shell.user_ns] if shell else [])]:
        if space.get(key) is old:
            del space[key]
            if new:
                space[key] = new[0]
            changed.append(space)
    return changed
