"""How much work the training cells do: the course's own numbers, a quick run, or hardly any.

Set `DASECV_PROFILE=quick` for demonstrations, and `DASECV_PROFILE=tiny` to see that the cells of a
notebook run. Students never need to: the default is the course's own.
"""

import os
from dataclasses import dataclass

VARIABLE = "DASECV_PROFILE"


@dataclass(frozen=True)
class Profile:
    """The size of one training epoch and what it has to reach; accuracies are in 0..1."""

    name: str
    train_images: int  # how many `get_CIFAR10_data` returns by default
    one_epoch_accuracy: float  # on training images, for the course's network
    two_layer_accuracy: float  # on validation images, as is the next
    best_accuracy: float  # of a student's best network
    validation_images: int = 1_000
    judges_training: bool = True  # hidden checks of training refuse a profile with too few images


PROFILES = {
    "course": Profile(
        "course",
        train_images=49_000,
        one_epoch_accuracy=0.40,
        two_layer_accuracy=0.48,
        best_accuracy=0.50,
    ),
    "quick": Profile(
        "quick",
        train_images=9_800,
        one_epoch_accuracy=0.30,
        two_layer_accuracy=0.40,
        best_accuracy=0.40,
    ),
    "tiny": Profile(
        "tiny",
        train_images=500,
        one_epoch_accuracy=0.0,
        two_layer_accuracy=0.0,
        best_accuracy=0.0,
        validation_images=100,
        judges_training=False,
    ),
}


def profile() -> Profile:
    """Return the profile that `DASECV_PROFILE` names (default: the course's own)."""
    name = os.environ.get(VARIABLE, "course")
    try:
        return PROFILES[name]
    except KeyError:
        raise ValueError(
            f"{VARIABLE} is {name!r}, expected one of {', '.join(PROFILES)}; unset or correct it"
        ) from None
