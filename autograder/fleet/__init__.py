"""Many submissions: look up what is known, grade the rest side by side, keep every report.

`fleet` decides what is to be graded and keeps what comes of it; `engines` run it, here or on a Dask
`cluster`; a `recipe` is all that another machine needs to become a grader of the course.
"""

from ..collecting.handed_in import HandedIn
from .engines import EngineError
from .fleet import Done, Fleet, Run

__all__ = ["Done", "EngineError", "Fleet", "HandedIn", "Run"]
