"""Edited modules take effect in the next cell: `%load_ext daseCV.autoreload`.

IPython's own `autoreload` does not start on Python 3.12 with IPython 7 (Colab's), because it needs
the removed module `imp`. This one needs nothing: before each cell, the modules of this package
whose file has changed since they were imported are executed again, and functions and classes that
a notebook has imported from them get their new bodies. A file with an error keeps its old contents
and says so.
"""

import contextlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

PACKAGE = __package__

_seen: dict[str, int] = {}


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext daseCV.autoreload`: watch from now on."""
    note_imported()
    if reload_changed not in shell.events.callbacks["pre_run_cell"]:
        shell.events.register("pre_run_cell", reload_changed)
        shell.events.register("post_run_cell", note_imported)


def unload_ipython_extension(shell: Any) -> None:
    """Called by `%unload_ext daseCV.autoreload`."""
    shell.events.unregister("pre_run_cell", reload_changed)
    shell.events.unregister("post_run_cell", note_imported)


def note_imported(_info: Any = None) -> None:
    """Remember when the files of newly imported modules were last changed."""
    for name, _, changed in _modules():
        _seen.setdefault(name, changed)


def reload_changed(_info: Any = None) -> list[str]:
    """Execute the package's changed modules again.

    Returns
    -------
    reloaded : list of str
        Names of the modules that were executed again.
    """
    reloaded = []
    for name, module, changed in _modules():
        if _seen.setdefault(name, changed) != changed:
            _seen[name] = changed
            if _reload(module):
                reloaded.append(name)
    return reloaded


def _modules() -> list[tuple[str, ModuleType, int]]:
    """The package's imported modules, each with the time of its file's last change."""
    found = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if name.startswith(f"{PACKAGE}.") and file and file.endswith(".py"):
            with contextlib.suppress(OSError):
                found.append((name, module, Path(file).stat().st_mtime_ns))
    return found


def _reload(module: ModuleType) -> bool:
    before = dict(vars(module))
    # Python takes cached bytecode for current when time, in whole seconds, and size are the same.
    with contextlib.suppress(OSError):
        Path(importlib.util.cache_from_source(str(module.__file__))).unlink()
    try:
        importlib.reload(module)
    except Exception:
        vars(module).update(before)
        print(f"{module.__name__} was not reloaded, its old contents stay in use:")
        print(traceback.format_exc(limit=0).strip())
        return False
    for key, old in before.items():
        new = vars(module).get(key)
        if getattr(old, "__module__", None) == module.__name__ and new is not old:
            vars(module)[key] = _renew(old, new)
    return True


def _renew(old: Any, new: Any) -> Any:
    """Give an old function or class the body of the new one, wherever it has been imported."""
    if isinstance(old, FunctionType) and isinstance(new, FunctionType):
        if old.__code__.co_freevars != new.__code__.co_freevars:
            return new
        old.__code__, old.__defaults__, old.__kwdefaults__ = (
            new.__code__,
            new.__defaults__,
            new.__kwdefaults__,
        )
        old.__doc__ = new.__doc__
        old.__dict__.update(new.__dict__)
        return old
    if isinstance(old, type) and isinstance(new, type):
        for key, value in vars(new).items():
            if key not in ("__dict__", "__weakref__"):
                mine = vars(old).get(key)
                setattr(old, key, _renew(mine, value) if callable(mine) else value)
        for key in set(vars(old)) - set(vars(new)):
            delattr(old, key)
        return old
    return new
