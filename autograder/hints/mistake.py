"""A catalogued mistake: a change of the reference, and a hint for students."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from daseCV.errors import DaseCVError

# Texts that occur once in the reference's solution, and the mistaken code instead.
Edits = Mapping[str, str]
# By name, such as 'db-not-summed'. The hint, in English, describes the behaviour and something to
# think about, never the right line.
Mistakes = dict[str, tuple[Edits, str]]
Topic = dict[str, Mistakes]  # by blank: 'layers.conv_backward_naive'


def plain_name(blank: str) -> str:
    """A blank's name without its module: 'relu_backward', 'ThreeLayerConvNet.loss'."""
    return blank.split(".", 2 if blank.startswith("classifiers.") else 1)[-1]


class HintError(DaseCVError):
    """The catalogue does not fit the reference; the message names the mistake."""


@dataclass(frozen=True)
class Mistake:
    """One typical mistake in a blank; its id is 'conv_backward_naive.db-not-summed'."""

    id: str
    blank: str
    edits: Edits = field(hash=False)
    hint: str
