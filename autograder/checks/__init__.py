"""Hidden checks: the questions that decide marks, asked from outside of the student's process.

Each has the name of its cell, asks on inputs that follow from the course's secret, and compares
with the reference, which is `daseCV` itself.
"""

from . import convolution, fast, network, normalisation, pooling, training
from .fast import BuildFault
from .registry import Ask, Failure, HiddenCheck, registered

__all__ = ["CHECKS", "Ask", "BuildFault", "Failure", "HiddenCheck"]

# In the order of the course: what a composite stands on is asked before it.
_MODULES = (convolution, pooling, fast, network, training, normalisation)
_found = registered()
CHECKS: dict[str, HiddenCheck] = {
    name: check
    for module in _MODULES
    for name, check in _found.items()
    if check.questions.__module__ == module.__name__
}
