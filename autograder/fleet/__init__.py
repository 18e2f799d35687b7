"""Many submissions: look up known reports, grade the rest in parallel, keep every report.

`fleet` decides what to grade and keeps the reports; `engines` grade, here or on a Dask `cluster`; a
`recipe` is all that another machine needs to grade for the course.
"""

from ..collecting.incoming import IncomingSubmission
from .engines import EngineError
from .fleet import Fleet, GradedSubmission, Run

__all__ = ["EngineError", "Fleet", "GradedSubmission", "IncomingSubmission", "Run"]
