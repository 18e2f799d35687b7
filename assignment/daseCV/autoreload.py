# Generated from daseCV/autoreload.py by "dasecv release".
"""Edited modules take effect in the next cell: `%load_ext daseCV.autoreload`.

IPython's own `autoreload` does not start on Python 3.12 with IPython 7 (Colab's), because it needs
the removed module `imp`. This one needs nothing: before each cell, the modules of this package
whose file has changed are executed again, and functions and classes that a notebook has imported
from them get their new bodies. A file with an error keeps its old contents and says so.
"""

import importlib
import sys
import traceback
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

PACKAGE = __package__

_seen: dict[str, int] = {}


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext daseCV.autoreload`: watch from now on."""
    reload_changed()
    if reload_changed not in shell.events.callbacks["pre_run_cell"]:
        shell.events.register("pre_run_cell", reload_changed)


def unload_ipython_extension(shell: Any) -> None:
    """Called by `%unload_ext daseCV.autoreload`."""
    shell.events.unregister("pre_run_cell", reload_changed)


def reload_changed(_info: Any = None) -> list[str]:
    """Execute the package's changed modules again.

    Returns
    -------
    reloaded : list of str
        Names of the modules that were executed again.
    """
    reloaded = []
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if not name.startswith(f"{PACKAGE}.") or not file or not file.endswith(".py"):
            continue
        try:
            changed = Path(file).stat().st_mtime_ns
        except OSError:
            continue
        # A module that is new here has just been imported: what it holds is what the file says.
        if _seen.setdefault(name, changed) != changed:
            _seen[name] = changed
            if _reload(module):
                reloaded.append(name)
    return reloaded


def _reload(module: ModuleType) -> bool:
    before = dict(vars(module))
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
