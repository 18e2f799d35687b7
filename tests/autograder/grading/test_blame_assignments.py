"""Which check loses points for a mistake depends on the checks of the assignment."""

import textwrap
from collections.abc import Callable

import pytest

from autograder.grading.report import Report

Owned = dict[str, bytes]
Grade = Callable[..., Report]

LAYERS, FC_NET = "daseCV/layers.py", "daseCV/classifiers/fc_net.py"

AFFINE = ("affine_forward", "affine_backward")
RELU = ("relu_forward", "relu_backward")
NETS = ("two_layer_net", "fully_connected_net")
BATCH_NORM = ("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt", "batchnorm_net")
LAYER_NORM = ("layernorm_forward", "layernorm_backward", "layernorm_net")
DROPOUT = ("dropout_forward", "dropout_backward", "dropout_net")
CONVOLUTION = ("conv_relu_pool", "conv_relu", "cnn_loss", "cnn_gradients")


def losses(report: Report) -> dict[str, tuple[str, tuple[str, ...]]]:
    """The outcome of each check that is not right, and the parts blamed for it."""
    return {c.name: (c.outcome, c.blamed) for c in report.checks if c.outcome != "right"}


@pytest.fixture
def grade_with(grade: Grade, reference: Owned) -> Grade:
    """Grade the reference with one change in it."""

    def grade_with(before: str, after: str, *checks: str, file: str = LAYERS) -> Report:
        source = reference[file].decode()
        assert before in source, f"the reference no longer has {before!r}"
        return grade(reference | {file: source.replace(before, after).encode()}, *checks)

    return grade_with


def test_a_wrong_layer_costs_its_own_check_and_networks_are_spared(grade_with: Grade) -> None:
    report = grade_with("db = dout.sum(axis=0)", "db = dout.mean(axis=0)", *AFFINE, *NETS)

    blamed = ("layers.affine_backward",)
    assert losses(report) == {
        "affine_backward": ("partly", ()),
        "two_layer_net": ("spared", blamed),
        "fully_connected_net": ("spared", blamed),
    }


def test_a_wrong_layer_without_a_check_costs_the_first_network(grade_with: Grade) -> None:
    before, after = "dx = dout * (x > 0)", "dx = dout * (x < 0)"

    report = grade_with(before, after, "batchnorm_net", "layernorm_net")

    blamed = ("layers.relu_backward",)
    assert losses(report) == {
        "batchnorm_net": ("partly", blamed),
        "layernorm_net": ("spared", blamed),
    }


def test_the_same_mistake_costs_another_check_in_another_assignment(grade_with: Grade) -> None:
    before, after = "dx = dout * (x > 0)", "dx = dout * (x < 0)"
    paid = {
        names: [c.name for c in grade_with(before, after, *names).checks if c.share < 1]
        for names in ((*RELU, *NETS), CONVOLUTION)
    }

    assert list(paid.values()) == [["relu_backward"], ["conv_relu_pool"]]


def test_the_network_is_spared_for_wrong_batch_norm(grade_with: Grade) -> None:
    before = "    x_hat = (x - mean) / std\n    out = gamma * x_hat + beta"

    report = grade_with(before, before.removesuffix(" + beta"), *BATCH_NORM)

    assert losses(report) == {
        "batchnorm_forward": ("partly", ()),
        "batchnorm_net": ("spared", ("layers.batchnorm_forward",)),
    }


def test_gradients_that_fit_their_wrong_forward_pass_lose_nothing(grade_with: Grade) -> None:
    """They fit the student's own forward pass, whose own check loses the points."""
    report = grade_with("np.sqrt(var + eps)", "np.sqrt(var) + eps", *BATCH_NORM)

    shares = [report.share(name) for name in BATCH_NORM]
    assert shares == pytest.approx([1 / 4.2, 1, 1, 1])


def test_the_network_is_spared_for_wrong_layer_norm(grade_with: Grade) -> None:
    before, after = "dx = (dx_hat - mean_dx_hat - x_hat", "dx = (dx_hat - x_hat"

    report = grade_with(before, after, *LAYER_NORM)

    assert [report.share(name) for name in LAYER_NORM] == [1, 1 / 2, 1]


@pytest.mark.parametrize(
    ("before", "after", "pays"),
    [
        ("(np.random.rand(*x.shape) < p) / p)", "(np.random.rand(*x.shape) > p) / p)", 0),
        ("dx = dout * mask if", "dx = dout * (mask > 0) if", 1),
    ],
)
def test_the_network_is_spared_for_wrong_dropout(
    grade_with: Grade, before: str, after: str, pays: int
) -> None:
    report = grade_with(before, after, *DROPOUT)

    assert [name for name in DROPOUT if report.share(name) < 1] == [DROPOUT[pays]]


KEPT_AS_BOOLEANS = """
    def dropout_forward(x, dropout_param):
        param, mask, out = dropout_param, None, x.copy()
        if "seed" in param:
            np.random.seed(param["seed"])
        if param["mode"] == "train":
            mask = np.random.rand(*x.shape) < param["p"]
            out = x * mask / param["p"]
        return out, (param, mask)

    def dropout_backward(dout, cache):
        param, mask = cache
        return dout if mask is None else dout * mask / param["p"]
"""


@pytest.mark.parametrize(
    ("before", "after", "pays"),
    [
        ("dout * mask / param", "dout * mask * param", 1),
        ("np.random.seed(param", "np.random.seed(7 + 0 * param", 0),
        ("out = x * mask / param", "out = x * mask * param", 0),
    ],
)
def test_a_mask_of_booleans_costs_points_once_too(
    grade: Grade, reference: Owned, before: str, after: str, pays: int
) -> None:
    assert before in KEPT_AS_BOOLEANS
    mistaken = textwrap.dedent(KEPT_AS_BOOLEANS.replace(before, after)).encode()

    report = grade(reference | {LAYERS: reference[LAYERS] + mistaken}, *DROPOUT)

    assert [name for name in DROPOUT if report.share(name) < 1] == [DROPOUT[pays]]


def test_dropout_that_drops_nothing_earns_only_its_test_time_points(
    grade: Grade, reference: Owned
) -> None:
    nothing = textwrap.dedent("""
        def dropout_forward(x, dropout_param):
            return x.copy(), None

        def dropout_backward(dout, cache):
            return dout.copy()
    """).encode()

    report = grade(reference | {LAYERS: reference[LAYERS] + nothing}, *DROPOUT[:2])

    assert [report.share(name) for name in DROPOUT[:2]] == pytest.approx([1 / 7, 1 / 4])


def test_a_gradient_that_calls_its_wrong_twin_loses_points_too(
    grade: Grade, reference: Owned
) -> None:
    calling = textwrap.dedent("""
        def batchnorm_backward(dout, cache):
            return dout * 3, dout.sum(axis=0) * 2, dout.sum(axis=0) * 5

        def batchnorm_backward_alt(dout, cache):
            return batchnorm_backward(dout, cache)
    """).encode()

    report = grade(reference | {LAYERS: reference[LAYERS] + calling}, *BATCH_NORM[1:3])

    assert [report.share(name) for name in BATCH_NORM[1:3]] == [0, 0]


def test_a_wrong_network_loses_points_in_its_own_check(grade_with: Grade) -> None:
    before, after = 'grads[f"W{layer}"] += self.reg * W', "pass"

    report = grade_with(before, after, *AFFINE, NETS[1], file=FC_NET)

    assert losses(report) == {"fully_connected_net": ("partly", ())}
    assert report.share("fully_connected_net") == pytest.approx(9 / 11)


def test_a_wrong_constructor_is_not_an_internal_failure_in_other_checks(
    grade_with: Grade,
) -> None:
    before, after = "np.random.randn(fan_in, fan_out)", "np.random.randn(fan_in, forgotten)"

    report = grade_with(before, after, *AFFINE, "fully_connected_net", "dropout_net", file=FC_NET)

    assert report.status == "graded"
    assert losses(report).keys() == {"fully_connected_net", "dropout_net"}
