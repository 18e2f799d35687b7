"""What is equivalent, and what only looks so."""

from collections.abc import Callable

import numpy as np
import pytest

from autograder.worker.client import Worker
from tools.audit.equivalence import SCRIPTS, STRICT, agree, is_equivalent
from tools.audit.examine import Examiner
from tools.audit.mutants import Mutant

Plant = Callable[..., Mutant]

EQUIVALENT = [
    ("layers.relu_forward", "np.maximum(x, 0)", "x * (x > 0)"),
    ("layers.conv_forward_naive", "for f in range(F)", "for f in reversed(range(F))"),
    ("layers.max_pool_forward_naive", "np.zeros((N, C", "np.ones((N, C"),
    ("layers.spatial_groupnorm_forward", "groups.var(axis=2", "groups.var(axis=-1"),
]
DIFFERENT = [
    ("layers.relu_backward", "(x > 0)", "(x >= 0)"),
    ("layers.batchnorm_backward_alt", "gamma / std", "np.divide(gamma, std, out=gamma)"),
    ("layers.conv_backward_naive", "i * stride + HH)", "i * stride + WW)"),
    ("layers.max_pool_backward_naive", "+= dout[n, c, i, j]", "= dout[n, c, i, j]"),
    ("layers.batchnorm_forward", "momentum * running_mean", "0.9 * running_mean"),
    ("layers.softmax_loss", "shifted = x - x.max(axis=1, keepdims=True)", "shifted = x"),
    ("optim.adam", "t = t + 1", "t = t"),
]


@pytest.mark.parametrize("change", EQUIVALENT, ids=lambda change: change[0])
def test_the_same_computation_written_differently_is_equivalent(
    examiner: Examiner, plant: Plant, change: tuple[str, str, str]
) -> None:
    assert agrees(examiner, plant(*change))


@pytest.mark.parametrize("change", DIFFERENT, ids=lambda change: change[0])
def test_code_with_different_results_is_not_equivalent(
    examiner: Examiner, plant: Plant, change: tuple[str, str, str]
) -> None:
    assert not agrees(examiner, plant(*change))


def test_code_that_raises_is_not_equivalent(examiner: Examiner, plant: Plant) -> None:
    assert not agrees(examiner, plant("optim.adam", "t = t + 1", "t = 1 / 0"))


def agrees(examiner: Examiner, mutant: Mutant) -> bool:
    owned = examiner.owned | {mutant.file: mutant.content.encode()}
    with examiner.write_tree(owned) as tree:
        return examiner.agrees(mutant, tree)


# The long proof tries the others too.
ONE_OF_EACH_KIND = (
    "layers.conv_forward_naive",
    "layers.batchnorm_backward",
    "layers.softmax_loss",
    "optim.adam",
)


@pytest.mark.parametrize(
    "blank",
    [
        pytest.param(name, marks=[] if name in ONE_OF_EACH_KIND else pytest.mark.proof)
        for name in SCRIPTS
    ],
)
def test_the_reference_is_equivalent_to_itself(examiner: Examiner, blank: str) -> None:
    grader = examiner.grader
    with (
        examiner.write_tree(examiner.owned) as tree,
        Worker(grader.pool.take("whole"), tree) as one,
        Worker(grader.pool.take("whole"), tree) as other,
    ):
        assert is_equivalent(blank, one, other)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (np.ones(3), np.ones((1, 3))),
        (np.ones(3), np.ones(3) + 1e-6),
        (1.0, None),
        ([1], [1, 2]),
        ({"a": 1}, {"b": 1}),
        (np.array([np.nan]), np.ones(1)),
        ("a", 1),
    ],
)
def test_different_answers_do_not_agree(one: object, two: object) -> None:
    assert not agree(one, two, STRICT)
    assert not agree(two, one, STRICT)


@pytest.mark.parametrize(
    "answer", [np.ones((2, 3)), {"a": [1, 2.5, np.zeros(2)]}, None, "mode", (1, np.float32(2))]
)
def test_an_answer_agrees_with_itself_and_with_a_differently_rounded_one(answer: object) -> None:
    assert agree(answer, answer, STRICT)
    assert agree(np.ones(3), np.ones(3) + 1e-14, STRICT)
