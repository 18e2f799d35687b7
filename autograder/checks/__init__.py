"""Hidden checks: the questions that decide marks, asked from outside of the student's process.

Each has the name of its cell, asks on inputs that follow from the course's secret, and compares
with the reference, which is `daseCV` itself. These are all checks of the course; of an assignment
those are asked that its graded cells name.
"""

import contextlib
import io
from dataclasses import replace

from daseCV.checks import check_names

with contextlib.redirect_stdout(io.StringIO()):  # the fast layers say to students what they are
    from . import questions  # noqa: F401 - registers them
    from .questions.dropout import accept_dropping
    from .questions.fast import FastLayersError
    from .registry import REGISTERED, Ask, Failure, HiddenCheck

__all__ = ["CHECKS", "DROPPING_ACCEPTED", "Ask", "Failure", "FastLayersError", "HiddenCheck"]

# In the order of the course, as public checks have it: what a composite stands on comes before it.
CHECKS: dict[str, HiddenCheck] = {name: REGISTERED[name] for name in check_names()}
# In a course where `p` of dropout may be the probability of dropping as well.
DROPPING_ACCEPTED = {
    "dropout_forward": replace(CHECKS["dropout_forward"], questions=accept_dropping)
}
