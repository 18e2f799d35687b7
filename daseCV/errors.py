"""The base of all errors that a person can mend: what was got, what was expected, what to do."""


class DaseCVError(Exception):
    """Shown as one line: by a notebook's panel, and by `dasecv` with an exit status of 1."""
