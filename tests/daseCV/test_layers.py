"""The layers against independent definitions and numerical gradients.

Tolerances on the relative error are the course's own. `test_layers_torch.py` compares the layers
with PyTorch.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daseCV import layers
from daseCV.checks.compare import relative_error
from daseCV.gradient_check import eval_numerical_gradient_array

Array = np.ndarray


def normal(*shape: int, seed: int = 231) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def gradient(f: Callable[[Array], Any], x: Array, df: Any) -> Array:
    """Central differences at two steps, extrapolated to step 0: about 11 digits are right."""
    coarse, fine = (eval_numerical_gradient_array(f, x, df, h) for h in (2e-3, 1e-3))
    return (4 * fine - coarse) / 3


def assert_gradients(
    forward: Callable[..., Any], backward: Callable[..., Any], inputs: list[Array], tolerance: float
) -> None:
    """The gradient of every input, for one random `dout`."""
    out, cache = forward(*inputs)
    dout = normal(*out.shape, seed=7)
    for place, got in enumerate(backward(dout, cache)):

        def at(value: Array, place: int = place) -> Array:
            return forward(*inputs[:place], value, *inputs[place + 1 :])[0]

        expected = gradient(at, inputs[place], dout)
        assert got.shape == inputs[place].shape
        assert relative_error(got, expected) < tolerance, f"input {place}"


def test_affine_forward_is_a_weighted_sum_of_each_sample() -> None:
    x, w, b = normal(2, 3, 4), normal(12, 5), normal(5)

    out, _ = layers.affine_forward(x, w, b)

    expected = [
        [math.fsum([*(x[n].ravel() * w[:, m]), b[m]]) for m in range(5)] for n in range(len(x))
    ]
    assert relative_error(out, np.array(expected)) < 1e-9


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 2), (2, 2, 1, 3)])
def test_affine_backward(shape: tuple[int, ...]) -> None:
    D = math.prod(shape[1:])

    assert_gradients(
        layers.affine_forward,
        layers.affine_backward,
        [normal(*shape, seed=1), normal(D, 5, seed=2), normal(5, seed=3)],
        1e-10,
    )


def test_relu_forward_keeps_what_is_positive() -> None:
    x = normal(4, 5)

    out, _ = layers.relu_forward(x)

    assert relative_error(out, np.where(x > 0, x, 0)) < 1e-8


def test_relu_backward_passes_nothing_where_x_is_zero_or_less() -> None:
    x = np.array([[-2.0, 0.0, 3.0]])
    _, cache = layers.relu_forward(x)

    dx = layers.relu_backward(np.array([[5.0, 6.0, 7.0]]), cache)

    assert relative_error(dx, np.array([[0.0, 0.0, 7.0]])) < 1e-12


def test_batchnorm_in_training_gives_each_feature_mean_beta_and_deviation_gamma() -> None:
    x, gamma, beta = 3 * normal(200, 4) + 7, np.array([1.0, 2, 3, 4]), np.array([5.0, 6, 7, 8])

    out, _ = layers.batchnorm_forward(x, gamma, beta, {"mode": "train", "eps": 0.0})

    assert relative_error(out.mean(axis=0), beta) < 1e-8
    assert relative_error(out.std(axis=0), gamma) < 1e-8


def test_batchnorm_adds_eps_to_the_variance() -> None:
    x = np.array([[-1.0], [1.0]])

    out, _ = layers.batchnorm_forward(x, np.ones(1), np.zeros(1), {"mode": "train", "eps": 3.0})

    assert out.ravel().tolist() == [-0.5, 0.5]


def test_batchnorm_keeps_running_averages_of_mean_and_biased_variance() -> None:
    bn_param: dict[str, Any] = {"mode": "train", "momentum": 0.75}
    x = np.array([[1.0], [5.0]])  # mean 3, variance 4

    for _ in range(2):
        layers.batchnorm_forward(x, np.ones(1), np.zeros(1), bn_param)

    assert bn_param["running_mean"].tolist() == [0.75 * (0.25 * 3) + 0.25 * 3]
    assert bn_param["running_var"].tolist() == [0.75 * (0.25 * 4) + 0.25 * 4]


def test_batchnorm_at_test_time_uses_the_running_averages_unchanged() -> None:
    mean, var = np.array([2.0]), np.array([9.0])
    bn_param: dict[str, Any] = {
        "mode": "test",
        "eps": 0.0,
        "running_mean": mean,
        "running_var": var,
    }

    out, _ = layers.batchnorm_forward(np.array([[5.0], [8.0]]), np.ones(1), np.ones(1), bn_param)

    assert out.ravel().tolist() == [2.0, 3.0]
    assert bn_param["running_mean"].tolist() == [2.0]
    assert bn_param["running_var"].tolist() == [9.0]


@pytest.mark.parametrize("backward", [layers.batchnorm_backward, layers.batchnorm_backward_alt])
def test_batchnorm_backward(backward: Callable[..., Any]) -> None:
    def forward(x: Array, gamma: Array, beta: Array) -> Any:
        return layers.batchnorm_forward(x, gamma, beta, {"mode": "train"})

    x = 5 * normal(4, 5, seed=1) + 12
    assert_gradients(forward, backward, [x, normal(5, seed=2), normal(5, seed=3)], 1e-8)


def test_layernorm_normalises_each_sample_on_its_own() -> None:
    x, gamma, beta = 3 * normal(4, 6) + 7, normal(6, seed=2), normal(6, seed=3)

    out, _ = layers.layernorm_forward(x, gamma, beta, {})

    for got, sample in zip(out, x, strict=True):
        mean = math.fsum(sample) / 6
        var = math.fsum((sample - mean) ** 2) / 6
        assert relative_error(got, gamma * (sample - mean) / math.sqrt(var + 1e-5) + beta) < 1e-8


def test_layernorm_backward() -> None:
    def forward(x: Array, gamma: Array, beta: Array) -> Any:
        return layers.layernorm_forward(x, gamma, beta, {})

    inputs = [5 * normal(4, 5, seed=1) + 12, normal(5, seed=2), normal(5, seed=3)]
    assert_gradients(forward, layers.layernorm_backward, inputs, 1e-8)


@settings(max_examples=20, deadline=None)
@given(p=st.floats(0.1, 1.0), seed=st.integers(0, 2**32 - 1))
def test_dropout_keeps_a_share_p_of_the_entries_and_divides_them_by_p(p: float, seed: int) -> None:
    x = np.full((200, 200), 3.0)

    out, _ = layers.dropout_forward(x, {"mode": "train", "p": p, "seed": seed})

    kept = out != 0
    assert relative_error(out[kept], x[kept] / p) < 1e-12
    assert abs(kept.mean() - p) < 0.02  # eight standard deviations


def test_dropout_at_test_time_changes_nothing() -> None:
    x = normal(3, 4)
    out, cache = layers.dropout_forward(x, {"mode": "test", "p": 0.5})

    assert np.array_equal(out, x)
    assert np.array_equal(layers.dropout_backward(x, cache), x)


def test_dropout_backward() -> None:
    def forward(x: Array) -> Any:
        return layers.dropout_forward(x, {"mode": "train", "p": 0.6, "seed": 5})

    def backward(dout: Array, cache: Any) -> tuple[Array]:
        return (layers.dropout_backward(dout, cache),)

    assert_gradients(forward, backward, [normal(6, 7)], 1e-10)


@pytest.mark.parametrize(
    "forward",
    [
        lambda x: layers.batchnorm_forward(x, np.ones(3), np.zeros(3), {"mode": "valid"}),
        lambda x: layers.dropout_forward(x, {"mode": "valid", "p": 0.5}),
    ],
)
def test_an_unknown_mode_is_an_error_that_names_it(forward: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="mode is 'valid', expected 'train' or 'test'"):
        forward(normal(2, 3))


@pytest.mark.parametrize("loss", [layers.svm_loss, layers.softmax_loss])
def test_gradient_of_a_loss(loss: Callable[..., Any]) -> None:
    x, y = normal(5, 4), np.array([0, 3, 2, 2, 1])

    value, dx = loss(x, y)

    assert type(value) is float
    assert relative_error(dx, gradient(lambda x: loss(x, y)[0], x, 1.0)) < 1e-8


def test_svm_loss_sums_the_margins_of_the_wrong_classes() -> None:
    x, y = normal(5, 4), [0, 3, 2, 2, 1]

    loss, _ = layers.svm_loss(x, np.array(y))

    margins = [max(0, x[n, j] - x[n, y[n]] + 1) for n in range(5) for j in range(4) if j != y[n]]
    assert math.isclose(loss, math.fsum(margins) / 5, rel_tol=1e-8)


def test_softmax_loss_is_minus_the_log_of_the_right_class_probability() -> None:
    x, y = normal(5, 4), [0, 3, 2, 2, 1]

    loss, _ = layers.softmax_loss(x, np.array(y))

    logs = [
        math.log(math.fsum(np.exp(row)) / math.exp(row[k])) for row, k in zip(x, y, strict=True)
    ]
    assert math.isclose(loss, math.fsum(logs) / 5, rel_tol=1e-8)


def test_softmax_loss_of_huge_scores_is_finite() -> None:
    x = np.array([[1e4, 0.0, -1e4], [-1e4, -1e4, 1e4]])

    loss, dx = layers.softmax_loss(x, np.array([1, 2]))

    assert loss == 5000.0
    assert dx.tolist() == [[0.5, -0.5, 0.0], [0.0, 0.0, 0.0]]
