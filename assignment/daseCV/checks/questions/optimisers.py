# Generated from daseCV/checks/questions/optimisers.py by "dasecv release".
"""Public checks of the update rules: some steps with known results."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from ...language import Message
from ..compare import expect, expect_close
from ..library import student
from ..registry import call, expect_results, public_check

Run = tuple[dict[str, Any], list[Any], dict[str, Any]]

TOLERANCE = 1e-7

# A parameter, and its gradients in three steps. The last entry is so small that `epsilon` matters,
# and the 0 must not lead to 0 / 0.
W = np.array([[1.0, -2.0], [0.5, 3.0]])
DWS = [
    np.array([[4.0, -2.0], [0.0, 1e-6]]),
    np.array([[1.0, 3.0], [0.0, -2e-6]]),
    np.array([[-2.0, 0.5], [0.0, 3e-6]]),
]

# A config, the parameter after each step, and what the config remembers in the end.
MOMENTUM: list[Run] = [
    (
        {},
        [
            [[0.96, -1.98], [0.5, 2.99999999]],
            [[0.914, -1.992], [0.5, 3.000000001]],
            [[0.8926, -2.0078], [0.5, 2.999999981]],
        ],
        {"velocity": [[-0.0214, -0.0158], [0.0, -2.01e-08]]},
    ),
    (
        {"learning_rate": 0.5, "momentum": 0.25},
        [
            [[-1.0, -1.0], [0.5, 2.9999995]],
            [[-2.0, -2.25], [0.5, 3.000000375]],
            [[-1.25, -2.8125], [0.5, 2.999999094]],
        ],
        {"velocity": [[0.75, -0.5625], [0.0, -1.28125e-06]]},
    ),
    (
        {"learning_rate": 0.1, "momentum": 0.6, "velocity": [[0.5, -1.0], [0.25, 2.0]]},
        [
            [[0.9, -2.4], [0.65, 4.1999999]],
            [[0.74, -2.94], [0.74, 4.92000004]],
            [[0.844, -3.314], [0.794, 5.351999824]],
        ],
        {"velocity": [[0.104, -0.374], [0.054, 0.431999784]]},
    ),
]
ROOT_MEAN_SQUARE: list[Run] = [
    (
        {},
        [
            [[0.9000000025, -1.900000005], [0.5, 2.909090909]],
            [[0.8756314942, -1.983333336], [0.5, 2.994786925]],
            [[0.9196203778, -1.997158156], [0.5, 2.916532404]],
        ],
        {"cache": [[0.206716, 0.130804], [0.0, 1.39401e-13]]},
    ),
    (
        {"learning_rate": 0.5, "decay_rate": 0.6, "epsilon": 0.3},
        [
            [[0.2932417977, -1.36098605], [0.5, 2.999998333]],
            [[0.08129890274, -1.976897342], [0.5, 3.000001666]],
            [[0.5094394316, -2.102902691], [0.5, 2.999996666]],
        ],
        {"cache": [[4.144, 2.836], [0.0, 4.704e-12]]},
    ),
    (
        {"decay_rate": 0.9, "cache": [[4.0, 1.0], [0.0, 9e-12]]},
        [
            [[0.9824588397, -1.98245884], [0.5, 2.996520001]],
            [[0.9778849462, -2.003310281], [0.5, 3.003664733]],
            [[0.987108296, -2.006949172], [0.5, 2.993030393]],
        ],
        {"cache": [[4.702, 1.888], [0.0, 7.902e-12]]},
    ),
]
ADAM: list[Run] = [
    (
        {},
        [
            [[0.999, -1.999], [0.5, 2.999009901]],
            [[0.9981694025, -1.999247702], [0.5, 2.999373704]],
            [[0.9978708508, -1.999525163], [0.5, 2.999032044]],
        ],
        {
            "m": [[0.214, 0.158], [0.0, 2.01e-07]],
            "v": [[0.020967016, 0.013233004], [0.0, 1.3994001e-14]],
            "t": 3,
        },
    ),
    (
        {"learning_rate": 0.5, "beta1": 0.7, "beta2": 0.4, "epsilon": 0.3},
        [
            [[0.5348837209, -1.565217391], [0.5, 2.999998333]],
            [[0.1048653447, -1.719426561], [0.5, 2.999999608]],
            [[0.04239841864, -1.904679725], [0.5, 2.999998017]],
        ],
        {"m": [[0.198, 0.486], [0.0, 6.27e-07]], "v": [[4.176, 2.694], [0.0, 6.456e-12]], "t": 3},
    ),
    (
        {
            "learning_rate": 0.2,
            "beta1": 0.6,
            "beta2": 0.8,
            "m": [[0.5, -1.0], [0.25, 2.0]],
            "v": [[4.0, 1.0], [0.0, 9e-12]],
            "t": 3,
        },
        [
            [[0.8673986638, -1.804587505], [-3446690.676, -77661.90917]],
            [[0.7486745438, -1.841063], [-5398460.28, -126894.2017]],
            [[0.7387368796, -1.888342933], [-6531314.738, -155862.2466]],
        ],
        {
            "m": [[0.124, 0.416], [0.054, 0.432000864]],
            "v": [[5.056, 2.514], [0.0, 7.176e-12]],
            "t": 6,
        },
    ),
]


@public_check
def sgd_momentum() -> Iterator[str]:
    """Steps from rest and with a velocity, with the defaults and with other settings."""
    yield from _follow("sgd_momentum", MOMENTUM)


@public_check
def rmsprop() -> Iterator[str]:
    """Steps from nothing and with a cache, with the defaults and with other settings."""
    yield from _follow("rmsprop", ROOT_MEAN_SQUARE)


@public_check
def adam() -> Iterator[str]:
    """The first steps of a training and later ones, with the defaults and with other settings."""
    yield from _follow("adam", ADAM)


def _follow(name: str, runs: list[Run]) -> Iterator[str]:
    """Make three steps in each setting; compare each, and what is remembered at the end."""
    rule = getattr(student("optim"), name)
    for given, steps, remembered in runs:
        config: Any = {k: np.array(v) if isinstance(v, list) else v for k, v in given.items()}
        w = W
        asked = describe_config(given)
        for number, (dw, expected) in enumerate(zip(DWS, steps, strict=True), start=1):
            next_w, config = expect_results(name, call(rule, w, dw, config), 2)
            wrong = Message("{name} returned a config that is not a dict", name=name)
            expect(isinstance(config, dict), wrong)
            said = Message("{question}, step {number}", question=asked, number=number)
            expect_close("next_w", next_w, np.array(expected), TOLERANCE, said)
            w = np.array(expected)
        for entry, value in remembered.items():
            got = np.asarray(config.get(entry, np.nan))
            said = Message("{question}, after {count} steps", question=asked, count=len(steps))
            expect_close(f"config[{entry!r}]", got, np.array(value), TOLERANCE, said)
        yield Message("{question}: known steps", question=asked)


def describe_config(config: Mapping[str, Any] | None) -> str:
    """Describe a config: none, an empty one, or the names of its entries."""
    if config is None:
        return Message("no config")
    return f"config {', '.join(config)}" if config else Message("empty config")
