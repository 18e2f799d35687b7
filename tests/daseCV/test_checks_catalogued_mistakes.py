"""Every catalogued mistake in layers, losses, rules and networks fails its public check."""

from pathlib import Path

import pytest

from daseCV.checks import check_names
from daseCV.checks.about import ABOUT
from daseCV.checks.verdict import ERROR, RIGHT, WRONG

pytest.importorskip("nbformat")
from autograder.hints.catalogue import catalogue
from autograder.hints.mistake import Mistake
from autograder.hints.plant import file_of, library, planted

pytestmark = pytest.mark.slow

# The network of any depth has a check for each kind of layer that it can hold.
DEEP = ("fully_connected_net", "batchnorm_net", "layernorm_net", "dropout_net")
CHECKED = {
    **{f"layers.{name}": (name,) for name in ("svm_loss", "softmax_loss")},
    **{
        f"layers.{name}_{way}": (f"{name}_{way}",)
        for name in ("affine", "relu", "batchnorm", "layernorm", "dropout")
        for way in ("forward", "backward")
    },
    "layers.batchnorm_backward_alt": ("batchnorm_backward_alt",),
    **{f"optim.{name}": (name,) for name in ("sgd_momentum", "rmsprop", "adam")},
    "classifiers.fc_net.TwoLayerNet.__init__": ("two_layer_net",),
    "classifiers.fc_net.TwoLayerNet.loss": ("two_layer_net",),
    "classifiers.fc_net.FullyConnectedNet.__init__": DEEP[:2],
    "classifiers.fc_net.FullyConnectedNet.loss": DEEP,
}
MISTAKES = [mistake for mistake in catalogue() if mistake.blank in CHECKED]


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake.id for mistake in MISTAKES])
def test_a_catalogued_mistake_fails_its_public_check(root: Path, mistake: Mistake) -> None:
    with library(root, {file_of(mistake.blank): planted(root, mistake)}) as changed:
        registry = changed("checks.registry")
        registry.check_names()
        signs = (registry.judge(name, {})[0].sign for name in CHECKED[mistake.blank])

        assert any(sign in (WRONG, ERROR) for sign in signs)


def test_the_same_harness_passes_the_reference(root: Path) -> None:
    with library(root) as unchanged:
        registry = unchanged("checks.registry")
        registry.check_names()

        for name in {name for names in CHECKED.values() for name in names}:
            verdict, failure = registry.judge(name, {})
            assert verdict.sign == RIGHT, failure


def test_every_blank_that_is_checked_has_mistakes_catalogued() -> None:
    assert {mistake.blank for mistake in MISTAKES} == set(CHECKED)


def test_a_check_is_about_its_own_blank_first() -> None:
    for blank, names in CHECKED.items():
        assert set(names) <= set(check_names())
        for name in names:
            assert blank in ABOUT[name][:2]
