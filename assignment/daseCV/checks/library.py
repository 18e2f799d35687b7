# Generated from daseCV/checks/library.py by "dasecv release".
"""Imports the student's library for the checks: by name, and only when a check runs."""

import importlib
from collections.abc import Callable
from types import ModuleType

Library = Callable[[str], ModuleType]

PACKAGE = __package__.rpartition(".")[0]


def student(module: str) -> ModuleType:
    """Import a module of the student's library, such as 'layers' or 'classifiers.cnn'."""
    return importlib.import_module(f"{PACKAGE}.{module}")
