"""Finding the smallest set of parts that explains a failure, without any worker."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from autograder.checks import CHECKS
from autograder.checks.parts import PARTS, Parts
from autograder.grading.blame import find_blame, paying_checks
from autograder.grading.report import CheckReport

RELU = frozenset({"layers.relu_forward", "layers.relu_backward"})
LAYERS = RELU | {"layers.affine_forward", "layers.affine_backward", "layers.softmax_loss"}
CONVOLUTION = (
    *("conv_forward_naive", "conv_image_filters", "conv_backward_naive", "conv_relu_pool"),
    *("conv_relu", "cnn_loss", "cnn_gradients", "cnn_overfit", "cnn_one_epoch"),
    *("spatial_batchnorm_forward", "spatial_batchnorm_backward"),
)
LOSS = "classifiers.cnn.ThreeLayerConvNet.loss"
FAILED = CheckReport("cnn_gradients", "wrong", 0.0)


@dataclass
class FakeTrial:
    """Replaces the trial of a submission whose check calls some parts, of which some are wrong.

    Parameters
    ----------
    calls : set of str
        Layers that the check calls, unless the network that calls them is replaced.
    wrong : set of str
    trials : list of set
        The parts replaced in each trial.
    """

    calls: frozenset[str]
    wrong: frozenset[str]
    trials: list[frozenset[str]] = field(default_factory=list)

    def __call__(self, parts: Parts, observed: bool = False) -> CheckReport:
        self.trials.append(parts.replaced)
        calls = {LOSS} if LOSS in parts.replaced else self.calls
        parts.called += sorted(calls & parts.replaced)
        right = LOSS in parts.replaced or not (self.wrong - parts.replaced)
        return replace(FAILED, share=1.0) if right else FAILED


def parts_to_blame(
    trial: FakeTrial, check: str = "cnn_gradients", suspects: tuple[str, ...] = ()
) -> Any:
    blame = find_blame(CHECKS[check], FAILED, trial, suspects)
    return blame and blame.parts


def test_a_single_wrong_part_is_found_alone() -> None:
    trial = FakeTrial(LAYERS, frozenset({"layers.softmax_loss"}))

    assert parts_to_blame(trial) == ("layers.softmax_loss",)


def test_both_passes_of_a_layer_are_found_before_larger_sets() -> None:
    trial = FakeTrial(LAYERS, RELU)

    assert parts_to_blame(trial) == ("layers.relu_forward", "layers.relu_backward")
    assert max(len(some) for some in trial.trials[1:]) == len(LAYERS & set(PARTS)) - 3 == 2


def test_all_wrong_parts_are_blamed_and_no_right_one() -> None:
    wrong = frozenset({"layers.affine_forward", "layers.relu_backward", "layers.softmax_loss"})

    assert set(parts_to_blame(FakeTrial(LAYERS, wrong))) == wrong


def test_nothing_else_is_tried_if_a_suspect_explains_the_failure() -> None:
    trial = FakeTrial(LAYERS, frozenset({"layers.relu_backward"}))

    assert parts_to_blame(trial, suspects=("layers.relu_backward",)) == ("layers.relu_backward",)
    assert trial.trials == [{"layers.relu_backward"}]


def test_a_suspect_that_the_check_does_not_call_is_not_tried() -> None:
    trial = FakeTrial(LAYERS, frozenset({"layers.affine_forward"}))

    parts_to_blame(trial, suspects=("layers.dropout_forward",))

    assert {"layers.dropout_forward"} not in trial.trials


def test_a_suspected_network_is_tried_after_its_layers() -> None:
    trial = FakeTrial(LAYERS, frozenset({"layers.relu_forward"}))

    assert parts_to_blame(trial, "cnn_one_epoch", suspects=(LOSS,)) == ("layers.relu_forward",)


def test_suspects_that_explain_nothing_are_not_blamed() -> None:
    trial = FakeTrial(LAYERS, frozenset({"layers.affine_forward"}))

    assert parts_to_blame(trial, suspects=("layers.relu_backward",)) == ("layers.affine_forward",)


def test_a_network_is_not_blamed_for_a_layer() -> None:
    trial = FakeTrial(LAYERS, frozenset({"layers.relu_forward"}))

    assert parts_to_blame(trial, "cnn_one_epoch") == ("layers.relu_forward",)


def test_a_network_is_blamed_when_its_layers_explain_nothing() -> None:
    trial = FakeTrial(LAYERS, frozenset({LOSS}))

    assert parts_to_blame(trial, "cnn_one_epoch") == (LOSS,)


def test_no_part_is_blamed_for_a_check_s_own_mistake() -> None:
    assert parts_to_blame(FakeTrial(LAYERS, frozenset({"its own blank"}))) is None


def test_a_check_s_own_blanks_are_never_replaced() -> None:
    trial = FakeTrial(LAYERS, frozenset({"its own blank"}))
    find_blame(CHECKS["spatial_batchnorm_backward"], FAILED, trial)

    assert all("layers.spatial_batchnorm_backward" not in some for some in trial.trials)


@pytest.mark.parametrize(
    ("part", "checks"),
    [
        ("layers.conv_forward_naive", ["conv_forward_naive", "conv_image_filters"]),
        (LOSS, ["cnn_loss", "cnn_gradients"]),
        ("optim.adam", ["cnn_overfit"]),
        ("layers.relu_forward", ["conv_relu_pool"]),
        ("layers.affine_forward", ["cnn_loss"]),
        ("layers.affine_backward", ["cnn_gradients"]),
        ("layers.dropout_forward", []),
    ],
)
def test_a_wrong_part_costs_its_own_checks_or_the_first_check_that_uses_it(
    part: str, checks: list[str]
) -> None:
    asked = {name: check for name, check in CHECKS.items() if name in CONVOLUTION}

    assert paying_checks(part, asked) == checks


@pytest.mark.parametrize(
    ("part", "checks"),
    [
        ("layers.affine_forward", ["affine_forward"]),
        ("optim.adam", ["adam", "cnn_overfit"]),
        ("layers.dropout_forward", ["dropout_forward"]),
        ("classifiers.fc_net.TwoLayerNet.loss", ["two_layer_net"]),
    ],
)
def test_each_part_has_its_own_check_among_all_checks_of_the_course(
    part: str, checks: list[str]
) -> None:
    assert paying_checks(part, CHECKS) == checks
