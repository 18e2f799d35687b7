"""What a catalogued mistake is: a change of the reference, and the hint that a student gets."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from daseCV.errors import DaseCVError

# Text that occurs once in the reference's solution, and what such a student wrote instead.
Edits = Mapping[str, str]
# Each by what is wrong: 'db-not-summed'. The hint, in English, says what the behaviour shows and
# what to think about, never the right line.
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
