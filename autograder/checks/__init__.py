"""Hidden checks: the questions that decide marks, asked from outside of the student's process.

Each has the name of its cell, asks on inputs that follow from the course's secret, and compares
with the reference, which is `daseCV` itself. These are all checks of the course; of an assignment
those are asked that its graded cells name.
"""

from . import (
    affine,
    batch_norm,
    convolution,
    dropout,
    fast,
    fully_connected,
    fully_connected_training,
    layer_norm,
    losses,
    network,
    normalisation,
    optimisers,
    pooling,
    training,
)
from .fast import BuildFault
from .registry import Ask, Failure, HiddenCheck, registered

__all__ = ["CHECKS", "Ask", "BuildFault", "Failure", "HiddenCheck"]

# In the order of the course: what a composite stands on is asked before it.
_MODULES = (
    *(affine, losses, fully_connected, optimisers, fully_connected_training),
    *(batch_norm, layer_norm, dropout),
    *(convolution, pooling, fast, network, training, normalisation),
)
_found = registered()
CHECKS: dict[str, HiddenCheck] = {
    name: check
    for module in _MODULES
    for name, check in _found.items()
    if check.questions.__module__ == module.__name__
}
