"""Hidden checks: the questions that decide marks, asked from outside the student's process.

Each has the name of its cell, derives inputs from the course's secret, and compares answers with
the reference, which is `daseCV` itself. An assignment asks the checks that its graded cells name.
"""

import contextlib
import io
from dataclasses import replace

from daseCV.checks import check_names

with contextlib.redirect_stdout(io.StringIO()):  # the fast layers say to students what they are
    from . import questions  # noqa: F401 - registers them
    from .questions.dropout import accept_dropping
    from .questions.fast import FastLayersError
    from .registry import REGISTERED, Failure, HiddenCheck, Questioner

__all__ = ["CHECKS", "DROPPING_ACCEPTED", "Failure", "FastLayersError", "HiddenCheck", "Questioner"]

# In the order of the public checks: layers come before the networks that use them.
CHECKS: dict[str, HiddenCheck] = {name: REGISTERED[name] for name in check_names()}
# For a course that also accepts dropout's `p` as the probability of dropping.
DROPPING_ACCEPTED = {
    "dropout_forward": replace(CHECKS["dropout_forward"], questions=accept_dropping)
}
