"""Public checks: what a student runs to see whether a blank is right.

    from daseCV.checks import check
    check("conv_forward_naive")
    check()                         # all of them, as a checklist

A check that passes prints one line; one that fails raises `CheckFailure`, which says what was
asked, what came back, what was expected, and where they differ first. Hidden checks, which decide
marks, are not here.
"""

from .running import check, check_names, question

__all__ = ["check", "check_names", "question"]
