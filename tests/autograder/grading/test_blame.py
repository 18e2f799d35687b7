"""Blame: one mistake costs its own points once, and checks built on it name it as the reason."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from support.submissions import with_edits, with_stub

from autograder.collecting.submission import Submission
from autograder.grading.grade import Grader
from autograder.grading.report import CheckReport, Report
from daseCV.profile import PROFILES

Owned = dict[str, bytes]
Grade = Callable[..., Report]

LAYERS, CNN = "daseCV/layers.py", "daseCV/classifiers/cnn.py"
OPTIM = "daseCV/optim.py"
NETWORK = ("cnn_loss", "cnn_gradients")

RELU = (LAYERS, "dx = dout * (x > 0)", "dx = dout * (x < 0)")
CONV = (LAYERS, "np.sum(window * w[f]) + b[f]", "np.sum(window * w[f]) - b[f]")
POOL_ROW = (LAYERS, "dx[n, c, top + row, left + column] +=", "dx[n, c, top, left + column] +=")
SOFTMAX = (LAYERS, "    dx[samples, y] -= 1\n", "    dx[samples, y] += 1\n")
REGULARISATION = (CNN, 'grads["W2"] += self.reg * W2', "pass")
ADAM = (OPTIM, 'config["learning_rate"] / (1', 'config["learning_rate"] ** 2 / (1')


def outcomes(report: Report) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The outcome of each check, and the parts blamed for it."""
    return {check.name: (check.outcome, check.blamed) for check in report.checks}


# One mistake


def test_a_wrong_layer_loses_its_points_once(grade: Grade, reference: Owned) -> None:
    """ReLU has no check of its own here: the first check that uses it loses the points."""
    report = grade(with_edits(reference, RELU), "conv_relu_pool", "conv_relu", *NETWORK)

    blamed = ("layers.relu_backward",)
    assert outcomes(report) == {
        "conv_relu_pool": ("partly", blamed),
        "conv_relu": ("spared", blamed),
        "cnn_loss": ("right", ()),
        "cnn_gradients": ("spared", blamed),
    }
    assert [check.share for check in report.checks] == [1 / 4, 1, 1, 1]


def test_a_report_names_the_part_to_blame(grade: Grade, reference: Owned) -> None:
    report = grade(with_edits(reference, RELU), "conv_relu_pool", "conv_relu")

    assert [check.cause for check in report.checks] == [
        "fails because of `relu_backward`",
        "only `relu_backward` is to blame: the points are lost in its own check, not here",
    ]


def test_a_wrong_naive_layer_costs_the_fast_layers_check_nothing(
    grade: Grade, reference: Owned
) -> None:
    report = grade(with_edits(reference, CONV), "conv_forward_naive", "conv_fast")

    assert outcomes(report) == {
        "conv_forward_naive": ("wrong", ()),
        "conv_fast": ("spared", ("layers.conv_forward_naive",)),
    }


def test_a_wrong_convolution_costs_the_network_nothing(grade: Grade, reference: Owned) -> None:
    """The network is built on the given fast layers."""
    report = grade(with_edits(reference, CONV), "conv_forward_naive", "conv_relu_pool", *NETWORK)

    assert [check.share for check in report.checks] == [0, 1, 1, 1]


def test_a_wrong_loss_loses_points_in_the_check_that_first_shows_it(
    grade: Grade, reference: Owned
) -> None:
    """The loss is right and its gradient is wrong: the check of gradients loses the points."""
    report = grade(with_edits(reference, SOFTMAX), *NETWORK)

    assert outcomes(report) == {
        "cnn_loss": ("right", ()),
        "cnn_gradients": ("wrong", ("layers.softmax_loss",)),
    }


# Training: the cause of a run that learns nothing


def test_a_run_that_learns_nothing_is_reported_with_its_cause(
    grade: Grade, reference: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every gradient is right, and one epoch ends at chance: Adam takes its learning rate twice.

    The epoch is a short one, over 4,000 images.
    """
    short = replace(PROFILES["quick"], train_images=4_000, one_epoch_accuracy=0.15)
    monkeypatch.setitem(PROFILES, "quick", short)

    report = grade(with_edits(reference, ADAM), *NETWORK, "cnn_overfit", "cnn_one_epoch")

    assert outcomes(report) == {
        "cnn_loss": ("right", ()),
        "cnn_gradients": ("right", ()),
        "cnn_overfit": ("wrong", ()),
        "cnn_one_epoch": ("spared", ("optim.adam",)),
    }
    assert report.checks[-1].reasons == ("not trained: with a right adam every step is right",)


def test_training_is_spared_if_a_wrong_network_lost_its_points_elsewhere(
    grade: Grade, reference: Owned
) -> None:
    negated = "return loss, {name: -grad for name, grad in grads.items()}"
    owned = with_edits(reference, (CNN, "return loss, grads", negated))

    report = grade(owned, "cnn_gradients", "cnn_overfit")

    assert outcomes(report)["cnn_overfit"] == (
        "spared",
        ("classifiers.cnn.ThreeLayerConvNet.loss",),
    )


def test_training_is_not_spared_for_a_network_that_answers_nothing(
    grade: Grade, reference: Owned
) -> None:
    """Only an attempted part spares a check, although with a right one all steps were right."""
    unwritten = 'raise NotImplementedError("not written")'
    owned = with_edits(reference, (CNN, "return loss, grads", unwritten))

    report = grade(owned, "cnn_gradients", "cnn_overfit")

    assert report.checks[-1].outcome not in ("right", "spared")
    assert report.checks[-1].share < 1


def test_training_is_right_if_a_part_has_a_flaw_but_right_numbers(
    grade: Grade, reference: Owned
) -> None:
    """The part changes its argument, which costs points in its own check."""
    in_place = "dout[x <= 0] = 0\n    dx = dout"

    report = grade(with_edits(reference, (*RELU[:2], in_place)), "relu_backward", "cnn_overfit")

    assert outcomes(report) == {"relu_backward": ("partly", ()), "cnn_overfit": ("right", ())}


def test_a_layer_is_blamed_and_not_the_network_built_on_it(grade: Grade, reference: Owned) -> None:
    report = grade(with_edits(reference, RELU), "conv_relu_pool", "cnn_gradients", "cnn_overfit")

    assert outcomes(report)["cnn_overfit"] == ("spared", ("layers.relu_backward",))


# Two mistakes


def test_two_wrong_parts_are_named_together(grade: Grade, reference: Owned) -> None:
    owned = with_edits(reference, CONV, (LAYERS, "db = dout.sum(axis=(0, 2, 3))", "db = 0 * b + 1"))

    report = grade(owned, "conv_forward_naive", "conv_backward_naive", "conv_fast")

    both = ("layers.conv_forward_naive", "layers.conv_backward_naive")
    assert outcomes(report)["conv_fast"] == ("spared", both)


def test_a_network_s_own_mistake_still_costs_when_its_layers_are_blamed(
    grade: Grade, reference: Owned
) -> None:
    report = grade(with_edits(reference, RELU, REGULARISATION), "conv_relu_pool", "cnn_gradients")

    gradients = report.checks[-1]
    assert (gradients.outcome, gradients.blamed) == ("partly", ("layers.relu_backward",))
    assert gradients.share == pytest.approx(4 / 5)


def test_a_forward_pass_is_named_with_the_backward_pass_that_reads_its_cache(
    grade: Grade, reference: Owned
) -> None:
    edit = (LAYERS, "mean, var = x.mean(axis=0), x.var(axis=0)\n", "mean, var = x.mean(0), 1\n")

    report = grade(
        with_edits(reference, edit), "spatial_batchnorm_forward", "spatial_batchnorm_backward"
    )

    assert report.checks[0].blamed == ("layers.batchnorm_forward",)
    assert report.checks[1].blamed == ("layers.batchnorm_forward", "layers.batchnorm_backward_alt")


# Checks that are not spared


BATCHNORM = ("batchnorm_forward", "batchnorm_backward")
OUTSIDE = (LAYERS, "std = np.sqrt(var + eps)", "std = np.sqrt(var) + eps")
UNBIASED = (LAYERS, "x.mean(axis=0), x.var(axis=0)", "x.mean(axis=0), x.var(axis=0, ddof=1)")
FITTING = (LAYERS, "dvar * 2 * centred / len(dout)", "dvar * 2 * centred / (len(dout) - 1)")
IDENTITY = (LAYERS, "    out = gamma * x_hat + beta\n", "    out = gamma * (x_hat := x) + beta\n")
IGNORANT = (
    LAYERS,
    "    out = gamma * x_hat + beta\n    cache = x_hat, gamma, std\n",
    "    out = np.arange(x.size).reshape(x.shape) / x.size\n    cache = x_hat, gamma, std\n",
)
NO_GRADIENT = (
    LAYERS,
    "    dx = dcentred + dmean / len(dout)\n",
    "    dx, dgamma, dbeta = 0 * dout, 0 * dgamma, 0 * dbeta\n",
)
ITS_GRADIENT = (LAYERS, "    dx = dcentred + dmean / len(dout)\n", "    dx = dout * gamma\n")


@pytest.mark.parametrize(
    "edits",
    [[OUTSIDE], [UNBIASED, FITTING]],
    ids=["eps outside of the root", "the unbiased variance"],
)
def test_a_backward_pass_that_fits_its_wrong_forward_pass_is_spared(
    grade: Grade, reference: Owned, edits: list[tuple[str, str, str]]
) -> None:
    checks = outcomes(grade(with_edits(reference, *edits), *BATCHNORM))

    assert checks["batchnorm_forward"][0] == "partly"
    assert checks["batchnorm_backward"] == ("spared", ("layers.batchnorm_forward",))


@pytest.mark.parametrize(
    "edits", [(IDENTITY, ITS_GRADIENT), (IGNORANT, NO_GRADIENT)], ids=["identity", "a fixed array"]
)
def test_the_gradient_of_a_different_function_is_not_spared(
    grade: Grade, reference: Owned, edits: list[tuple[str, str, str]]
) -> None:
    checks = outcomes(grade(with_edits(reference, *edits), *BATCHNORM))

    assert checks["batchnorm_backward"][0] in ("partly", "wrong")


def test_no_check_is_spared_for_a_part_that_is_not_written(
    grade: Grade, reference: Owned, stubs: Owned
) -> None:
    owned = with_stub(reference, stubs, "max_pool_forward_naive")

    report = grade(owned, "max_pool_forward_naive", "max_pool_fast")

    assert [check.outcome for check in report.checks] == ["not written", "not written"]


@pytest.mark.parametrize(
    "instead",
    ["1 / 0", "None", "np.zeros((1, 2)), None", "np.zeros((len(x), len(w), 1, 1)), None"],
    ids=["raises", "None", "another shape", "zeros"],
)
def test_no_check_is_spared_for_a_part_that_was_hardly_tried(
    grade: Grade, reference: Owned, instead: str
) -> None:
    owned = reference | {
        LAYERS: reference[LAYERS]
        + f"\n\ndef conv_forward_naive(x, w, b, conv_param):\n    return {instead}\n".encode()
    }

    report = grade(owned, "conv_forward_naive", "conv_fast")

    assert report.share("conv_fast") == 0


def test_no_check_is_spared_for_a_part_that_lost_no_points(grade: Grade, reference: Owned) -> None:
    """The check in which it would lose points was not asked."""
    report = grade(with_edits(reference, RELU), "conv_relu")

    assert outcomes(report) == {"conv_relu": ("partly", ("layers.relu_backward",))}


def test_the_strict_policy_spares_no_check(
    make_grader: Callable[..., Grader], reference: Owned
) -> None:
    grader = make_grader(checks=("conv_relu_pool", "conv_relu"), policy="strict")

    report = grader.grade(Submission("alice", with_edits(reference, RELU), {}))

    assert [check.share for check in report.checks] == [1 / 4, 1 / 4]
    assert report.checks[1].blamed == ("layers.relu_backward",)


@pytest.mark.parametrize("policy", ["isolate", "strict"])
def test_an_untouched_submission_scores_0(
    make_grader: Callable[..., Grader], stubs: Owned, policy: str
) -> None:
    report = make_grader(policy=policy).grade(Submission("ben", stubs, {}))

    assert {check.share for check in report.checks} == {0}
    assert all(isinstance(check, CheckReport) and not check.blamed for check in report.checks)
