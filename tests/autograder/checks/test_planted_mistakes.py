"""Typical mistakes, planted in the reference one at a time: each costs points in its own check.

The list is the public checks' own, so that a mistake added there is asked of both.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.checks import CHECKS
from autograder.grading.report import Report

Owned = dict[str, bytes]
LIST = Path(__file__).parents[2] / "daseCV" / "test_checks_mistakes.py"

_spec = importlib.util.spec_from_file_location("planted_mistakes", LIST)
assert _spec is not None
assert _spec.loader is not None
planted = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(planted)

MISTAKES = [("daseCV/layers.py", *mistake) for mistake in planted.LAYER_MISTAKES]
MISTAKES += [("daseCV/classifiers/cnn.py", *mistake) for mistake in planted.NETWORK_MISTAKES]


@pytest.mark.parametrize(("file", "name", "before", "after"), MISTAKES)
def test_a_mistake_costs_points_in_its_own_check(
    grade: Callable[..., Report],
    reference: Owned,
    file: str,
    name: str,
    before: str,
    after: str,
) -> None:
    source = reference[file].decode()
    assert before in source, f"the reference no longer has {before!r}"
    owned = reference | {file: source.replace(before, after).encode()}

    report = grade(owned, name)

    assert report.share(name) < 1
    assert report.checks[0].outcome in ("wrong", "partly", "error")
    assert all(report.checks[0].reasons)


def test_every_check_but_the_composites_has_a_mistake_planted() -> None:
    """Those of given code have none of their own, and training has nothing but mistakes in it.

    `test_catalogued_mistakes` plants those of the notebooks before the convolution.
    """
    names = list(CHECKS)
    without = {name for name, check in CHECKS.items() if not check.blanks} | {
        "cnn_overfit",
        "cnn_one_epoch",
    }

    later = set(names[names.index("conv_forward_naive") :])
    assert {name for _, name, _, _ in MISTAKES} == later - without
