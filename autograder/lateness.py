"""The late penalty under the name that courses of earlier versions use."""

from .nbgrader import LatePolicy

__all__ = ["LatePolicy"]
