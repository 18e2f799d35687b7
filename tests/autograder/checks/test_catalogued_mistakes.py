"""Every catalogued mistake costs points in the check of its own blank."""

from pathlib import Path

import pytest
from local import local_worker, lost

from autograder.checks import CHECKS
from autograder.hints.catalogue import catalogue
from autograder.hints.mistake import Mistake
from autograder.hints.plant import file_of, planted

pytestmark = pytest.mark.slow

# Of layers, losses, rules and networks; `test_planted_mistakes` has those of images.
MODULES = ("affine", "losses", "fully_connected", "optimisers", "batch_norm", "layer_norm")
EARLY = [
    name
    for name, check in CHECKS.items()
    if check.questions.__module__.rpartition(".")[2] in (*MODULES, "dropout")
]
MISTAKES = [m for m in catalogue() if any(m.blank in CHECKS[name].blanks for name in EARLY)]


def own_checks(mistake: Mistake) -> list[str]:
    return [name for name in EARLY if mistake.blank in CHECKS[name].blanks]


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.id for mistake in MISTAKES])
def test_a_catalogued_mistake_costs_points_in_its_own_check(root: Path, mistake: Mistake) -> None:
    changed = {file_of(mistake.blank): planted(root, mistake)}

    with local_worker(root, changed) as worker:
        assert any(lost(worker, name) for name in own_checks(mistake))


@pytest.mark.parametrize("name", EARLY)
def test_without_a_mistake_nothing_is_lost(root: Path, name: str) -> None:
    with local_worker(root, {}) as worker:
        assert lost(worker, name) == {}


def test_every_blank_of_the_first_notebooks_has_mistakes_catalogued() -> None:
    blanks = {blank for name in EARLY for blank in CHECKS[name].blanks}

    assert {mistake.blank for mistake in MISTAKES} == blanks
    assert len(MISTAKES) >= 180


# What is spared: a mistake leaves the other parts their points.


@pytest.mark.parametrize(
    ("mistake_id", "check", "parts"),
    [
        ("affine_backward.db-averaged", "affine_backward", {"db"}),
        ("affine_backward.dx-flat", "affine_backward", {"dx"}),
        ("relu_backward.at-zero", "relu_backward", {"zero"}),
        ("svm_loss.gradient-not-averaged", "svm_loss", {"dx"}),
        ("softmax_loss.overflow", "softmax_loss", {"large"}),
        ("TwoLayerNet.__init__.scale-fixed", "two_layer_net", {"parameters"}),
        ("TwoLayerNet.loss.reg-missing-in-loss", "two_layer_net", {"regularisation"}),
        ("FullyConnectedNet.loss.reg-missing", "fully_connected_net", {"regularisation"}),
        ("batchnorm_forward.momentum-exchanged", "batchnorm_forward", {"running"}),
        ("batchnorm_forward.batch-statistics-in-test", "batchnorm_forward", {"test"}),
        ("batchnorm_backward.mean-constant", "batchnorm_backward", {"dx"}),
        ("dropout_forward.dropped-at-test-time", "dropout_forward", {"test"}),
        ("dropout_forward.one-mask-for-all", "dropout_forward", {"kept"}),
        ("dropout_forward.not-rescaled", "dropout_forward", {"scaled"}),
        ("dropout_forward.not-rescaled", "dropout_backward", set()),
    ],
)
def test_a_mistake_leaves_other_parts_their_points(
    root: Path, mistake_id: str, check: str, parts: set[str]
) -> None:
    [mistake] = [mistake for mistake in catalogue() if mistake.id == mistake_id]

    with local_worker(root, {file_of(mistake.blank): planted(root, mistake)}) as worker:
        assert set(lost(worker, check)) == parts
