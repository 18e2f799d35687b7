# Generated from daseCV/errors.py by "dasecv release".
"""The base of all errors that a person can fix: what was got, what was expected, what to do."""


class DaseCVError(Exception):
    """Shown as one line: by a notebook's panel, and by `dasecv` with an exit status of 1."""

    def _render_traceback_(self) -> list[str]:
        """In a notebook, show only the message: a traceback would not help a student."""
        return [f"✗ {self}"]
