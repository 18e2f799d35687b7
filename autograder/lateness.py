"""Where courses made by earlier versions look for the late penalty."""

from .nbgrader import LatePolicy

__all__ = ["LatePolicy"]
