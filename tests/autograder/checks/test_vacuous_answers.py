"""Answers of the right shape that ignore the question earn nothing, in any blank or network.

Outside the long proof each blank is tried with some kinds, and each kind with some blanks.
"""

from itertools import product
from pathlib import Path

import pytest
from support.local import local_worker, lost, share_of
from support.planted import every_nth

from autograder.checks import CHECKS
from autograder.checks.parts import PARTS
from autograder.hints.plant import file_of

# The replacement of each array in an answer; `shown` is what the blank was called with.
VACUOUS = {
    "zeros": "np.zeros_like(right)",
    "ones": "np.ones_like(right)",
    "a half": "np.full_like(right, 0.5)",
    "minus one": "-np.ones_like(right)",
    "an argument": "next((a for a in shown if np.shape(a) == right.shape), np.zeros_like(right))",
    "random numbers": "np.random.randn(*right.shape)",
    "the same random numbers": "np.random.RandomState(0).randn(*right.shape)",
    "a count": "np.arange(right.size, dtype=float).reshape(right.shape)",
    "not a number": "np.full_like(right, np.nan)",
    "infinity": "np.full_like(right, np.inf)",
    "the first answer again": "np.resize(FIRST.setdefault(place, right), right.shape)",
    "its mean": "np.full_like(right, right.mean() if right.ndim else 0.0)",
}
CODE = """

def vacuous(function, backward, FIRST={{}}):
    def make(right, place, shown):
        if isinstance(right, dict):
            return {{name: make(value, name, shown) for name, value in right.items()}}
        if isinstance(right, (float, np.floating)):
            right = np.asarray(right, dtype=float)
            return float({expression})
        return {expression} if isinstance(right, np.ndarray) else right

    def answer(*shown, **named):  # what is written to a dict would be right
        result = function(*(dict(a) if isinstance(a, dict) else a for a in shown), **named)
        if not isinstance(result, tuple):
            return make(result, 0, shown)
        kept = result if backward else result[:1]
        return (*(make(one, place, shown) for place, one in enumerate(kept)), *result[len(kept):])

    return answer


{name} = vacuous({name}, {backward})
"""
# The share of a check's points that such an answer rightly earns.
EARNED = {  # at test time dropout is the identity
    ("dropout_forward", "an argument"): 1 / 7,
    ("dropout_backward", "an argument"): 1 / 4,
}

LAYERS = [name for name, part in PARTS.items() if part.level == 0]
NETWORKS = [name for name, part in PARTS.items() if part.level == 1]
TRAINING = {"two_layer_training", "fully_connected_overfit", "cnn_overfit", "cnn_one_epoch"}


@pytest.mark.parametrize(("kind", "blank"), every_nth(5, [*product(VACUOUS, LAYERS)]))
def test_an_answer_that_ignores_the_question_earns_nothing(
    root: Path, blank: str, kind: str
) -> None:
    file, name = file_of(blank), blank.rpartition(".")[2]
    source = (root / "daseCV" / file).read_text(encoding="utf-8")
    first_alone = "forward" in name  # the rest is a cache
    code = CODE.format(name=name, expression=VACUOUS[kind], backward=not first_alone)
    checks = [check.name for check in CHECKS.values() if blank in check.blanks]

    with local_worker(root, {file: source + code}) as worker:
        earned = {check: share_of(worker, check) for check in checks}

    for check in checks:
        assert earned[check] == pytest.approx(EARNED.get((check, kind), 0.0), abs=1e-6)


@pytest.mark.parametrize(("kind", "blank"), every_nth(14, [*product(VACUOUS, NETWORKS)]))
def test_a_network_that_ignores_the_question_keeps_only_its_constructor_s_points(
    root: Path, blank: str, kind: str
) -> None:
    source = (root / "daseCV" / file_of(blank)).read_text(encoding="utf-8")
    method = ".".join(blank.split(".")[-2:])
    code = CODE.format(name=method, expression=VACUOUS[kind], backward=True)
    checks = [check for check in CHECKS.values() if blank in check.blanks]

    with local_worker(root, {file_of(blank): source + code}) as worker:
        kept = {
            part
            for check in checks
            if check.name not in TRAINING
            for part in check.parts.keys() - lost(worker, check.name).keys()
        }

    assert kept <= {"parameters"}
