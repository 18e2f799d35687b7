"""Placeholders for missing modules of the standard library: they import, but fail when used.

An editor may add `from tkinter import W` or `from test.support import run` by itself. It works on
the student's machine, so it must not fail here.

Runs inside the sandbox, beside student code.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

LEFT_OUT = {"test", "idlelib", "turtledemo"}  # of the student environment
NEEDED_BY_OTHERS = {"_tkinter"}  # by tkinter itself


class Absent:
    """A placeholder for any name in a missing module."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> "Absent":
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self.name}.{name}")

    def __call__(self, *_given: Any, **_named: Any) -> Any:
        raise RuntimeError(f"{self.name} cannot be used here")

    def __mro_entries__(self, _bases: Any) -> tuple[type, ...]:
        return (object,)

    def __float__(self) -> float:  # tkinter asks for the number of Tk's version
        return 0.0


class AbsentModules(MetaPathFinder, Loader):
    """Finds placeholders for missing modules of the standard library, after all other finders.

    Libraries import modules of other systems to learn where they run; these imports still fail.
    """

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top = fullname.partition(".")[0]
        is_known = top in sys.stdlib_module_names | LEFT_OUT
        if top in NEEDED_BY_OTHERS or (is_known and self.is_student_importing()):
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def is_student_importing(self) -> bool:
        """Whether the import is in a file of the submission."""
        frame = sys._getframe(1)
        while frame.f_back and frame.f_code.co_filename.startswith(("<frozen", __file__)):
            frame = frame.f_back
        return frame.f_code.co_filename.startswith(self.folder)

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        module.__dict__["__getattr__"] = Absent(name).__getattr__
