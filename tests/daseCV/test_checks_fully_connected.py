"""Public checks of layers, losses, rules and networks: any style is accepted, mistakes reported."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daseCV import layers, optim
from daseCV.checks import check
from daseCV.checks.compare import CheckFailure
from daseCV.checks.numerical import expect_gradient, gradient
from daseCV.classifiers import fc_net

Array = np.ndarray


def message_of(name: str) -> str:
    with pytest.raises(CheckFailure) as failure:
        check(name)
    return str(failure.value)


# Numerical gradients


def test_a_gradient_from_two_step_sizes_is_far_more_accurate() -> None:
    x = np.array([0.3, -1.2, 2.0])

    got = gradient(lambda x: np.exp(x) ** 2, x, np.ones(3), 1e-2)

    assert np.abs(got - 2 * np.exp(2 * x)).max() < 1e-6
    one_step = (np.exp(2 * (x + 0.01)) - np.exp(2 * (x - 0.01))) / 0.02
    assert np.abs(one_step - 2 * np.exp(2 * x)).max() > 1e-3


def test_rounding_in_a_gradient_passes_and_a_small_mistake_fails() -> None:
    expected = np.array([1.0, 1e-14])

    expect_gradient("dx", np.array([1.0, -1e-13]), expected, 1e-8, "")
    for wrong in ([1.0, 1e-6], [1.001, 0], [np.nan, 0], [1.0, np.nan]):
        with pytest.raises(CheckFailure, match="dx is wrong"):
            expect_gradient("dx", np.array(wrong), expected, 1e-8, "")


# Forward before backward


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        ("affine_forward", "affine_backward"),
        ("batchnorm_forward", "batchnorm_backward"),
        ("batchnorm_forward", "batchnorm_backward_alt"),
        ("layernorm_forward", "layernorm_backward"),
    ],
)
def test_a_wrong_forward_pass_is_reported_instead_of_its_gradients(
    monkeypatch: pytest.MonkeyPatch, forward: str, backward: str
) -> None:
    """Numerical gradients of a wrong forward pass would be wrong too."""
    right = getattr(layers, forward)

    def doubled(*arguments: Any) -> Any:
        out, cache = right(*arguments)
        return 2 * out, cache

    monkeypatch.setattr(layers, forward, doubled)

    assert message_of(backward).startswith(f"{backward}: out is wrong")


# Mistakes are reported


def test_a_loss_of_none_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(x: Array, y: Array) -> Any:
        return None, x

    nothing.__name__ = "svm_loss"
    monkeypatch.setattr(layers, "svm_loss", nothing)

    assert "loss is None" in message_of("svm_loss")


def test_a_missing_gradient_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    right = fc_net.TwoLayerNet.loss

    def loss(self: Any, X: Array, y: Array | None = None) -> Any:
        returned = right(self, X, y)
        if y is not None:
            del returned[1]["b2"]
        return returned

    monkeypatch.setattr(fc_net.TwoLayerNet, "loss", loss)

    assert "grads lacks ['b2']" in message_of("two_layer_net")


def test_an_update_rule_that_returns_no_config_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(optim, "rmsprop", lambda w, dw, config=None: (w, None))

    assert "rmsprop returned a config that is not a dict" in message_of("rmsprop")


def test_a_dropout_mask_that_ignores_the_seed_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)

    def dropout_forward(x: Array, param: dict[str, Any]) -> Any:
        mask = (rng.random(x.shape) < param["p"]) / param["p"]
        return (x * mask if param["mode"] == "train" else x), (param, mask)

    monkeypatch.setattr(layers, "dropout_forward", dropout_forward)

    assert "out (second call) is wrong" in message_of("dropout_forward")


# Right solutions in other styles


def affine_with_loops(x: Array, w: Array, b: Array) -> Any:
    """The affine layer with loops over Python numbers."""
    rows = [[float(v) for v in sample.flat] for sample in x]
    out = [
        [sum(v * float(w[d, m]) for d, v in enumerate(row)) + float(b[m]) for m in range(len(b))]
        for row in rows
    ]
    return np.array(out), (x, w, b)


def one_hot_softmax(x: Array, y: Array) -> Any:
    """Softmax with one-hot classes, and a loss that is an array without axes."""
    p = np.exp(x - x.max(1)[:, None])
    p /= p.sum(1)[:, None]
    right = np.eye(x.shape[1])[y]
    loss = -np.mean(np.log(np.maximum((p * right).sum(1), 1e-300)))
    return np.array(loss), (p - right) / len(x)


def svm_by_samples(x: Array, y: Array) -> Any:
    """The margins sample by sample."""
    loss, dx = 0.0, np.zeros_like(x)
    for n, right in enumerate(y):
        for j in range(x.shape[1]):
            margin = x[n, j] - x[n, right] + 1
            if j != right and margin > 0:
                loss += margin
                dx[n, j] += 1 / len(x)
                dx[n, right] -= 1 / len(x)
    return np.float64(loss / len(x)), dx


def dropout_with_own_generator(x: Array, param: dict[str, Any]) -> Any:
    """Dropout with its own random generator and a boolean mask."""
    if param["mode"] == "test":
        return x, (param, None)
    kept = np.random.default_rng(param.get("seed")).binomial(1, param["p"], x.shape) == 1
    return np.where(kept, x / param["p"], 0), (param, kept)


def dropout_backward_with_where(dout: Array, cache: Any) -> Array:
    param, kept = cache
    return dout if kept is None else np.where(kept, dout / param["p"], 0.0)


@pytest.mark.parametrize(
    ("replaced", "names"),
    [
        (
            {"affine_forward": affine_with_loops},
            ["affine_forward", "affine_backward", "two_layer_net"],
        ),
        ({"softmax_loss": one_hot_softmax}, ["softmax_loss", "fully_connected_net"]),
        ({"svm_loss": svm_by_samples}, ["svm_loss"]),
        (
            {
                "dropout_forward": dropout_with_own_generator,
                "dropout_backward": dropout_backward_with_where,
            },
            ["dropout_forward", "dropout_backward", "dropout_net"],
        ),
    ],
    ids=["loops", "one-hot", "margin by margin", "own generator"],
)
def test_a_right_solution_in_another_style_passes(
    monkeypatch: pytest.MonkeyPatch, replaced: dict[str, Callable[..., Any]], names: list[str]
) -> None:
    for name, function in replaced.items():
        function.__name__ = name
        monkeypatch.setattr(layers, name, function)
        if hasattr(fc_net, name):
            monkeypatch.setattr(fc_net, name, function)

    for name in names:
        check(name)


# The two meanings of p in the literature


def test_p_used_as_the_probability_of_dropping_is_explained(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forward(x: Array, param: dict[str, Any]) -> Any:
        p, mask = param["p"], None
        if "seed" in param:
            np.random.seed(param["seed"])
        if param["mode"] == "train":
            mask = (np.random.rand(*x.shape) >= p) / (1 - p)
        return (x if mask is None else x * mask), mask

    monkeypatch.setattr(layers, "dropout_forward", forward)
    monkeypatch.setattr(
        layers, "dropout_backward", lambda dout, mask: dout if mask is None else dout * mask
    )

    assert "expected about 70%" in message_of("dropout_forward")
    assert "Here it is that of keeping an entry" in message_of("dropout_forward")
    check("dropout_backward")


def test_mixing_both_meanings_of_p_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def forward(x: Array, param: dict[str, Any]) -> Any:
        mask = (np.random.rand(*x.shape) >= param["p"]) / param["p"]
        return x * mask, mask

    monkeypatch.setattr(layers, "dropout_forward", forward)

    assert "30.2% of the entries are not 0, expected about 70%" in message_of("dropout_forward")
