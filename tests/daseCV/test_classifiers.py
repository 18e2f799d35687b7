"""The networks: parameters, first loss, and gradients against numerical ones."""

from typing import Any

import numpy as np
import pytest

from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.classifiers.fc_net import FullyConnectedNet, TwoLayerNet
from daseCV.gradient_check import eval_numerical_gradient

Array = np.ndarray


@pytest.fixture(autouse=True)
def fixed_seed() -> None:
    np.random.seed(231)


def samples(*shape: int, num_classes: int = 10) -> tuple[Array, Array]:
    rng = np.random.default_rng(231)
    return rng.standard_normal(shape), rng.integers(num_classes, size=shape[0])


def shapes(model: Any) -> dict[str, tuple[int, ...]]:
    return {name: value.shape for name, value in model.params.items()}


def assert_gradients(model: Any, X: Array, y: Array) -> None:
    """Check each parameter's gradient; biases are not 0, because after a dead layer 0 is a kink."""
    for value in model.params.values():
        value += 0.1 * np.random.randn(*value.shape)
    _, grads = model.loss(X, y)

    assert set(grads) == set(model.params)
    for name, value in model.params.items():
        assert grads[name].shape == value.shape
        numerical = eval_numerical_gradient(
            lambda _: model.loss(X, y)[0], value, verbose=False, h=1e-6
        )
        np.testing.assert_allclose(grads[name], numerical, rtol=1e-5, atol=1e-8, err_msg=name)


def convnet(**changes: Any) -> ThreeLayerConvNet:
    small: dict[str, Any] = {
        "input_dim": (2, 6, 5),
        "num_filters": 3,
        "filter_size": 3,
        "hidden_dim": 7,
        "weight_scale": 0.2,
        "dtype": np.float64,
    }
    return ThreeLayerConvNet(**{**small, **changes})


# TwoLayerNet


def test_two_layer_net_has_the_parameters_that_its_docstring_names() -> None:
    model = TwoLayerNet(12, 200, 100, weight_scale=0.5)

    assert shapes(model) == {"W1": (12, 200), "b1": (200,), "W2": (200, 100), "b2": (100,)}
    for name in ("W1", "W2"):
        assert abs(model.params[name].std() - 0.5) < 0.05
        assert abs(model.params[name].mean()) < 0.05
    assert not model.params["b1"].any()
    assert not model.params["b2"].any()


def test_two_layer_net_scores_are_affine_relu_affine() -> None:
    model = TwoLayerNet(12, 5, 3, weight_scale=0.5)
    X, _ = samples(4, 3, 2, 2)

    scores = model.loss(X)

    W1, b1, W2, b2 = (model.params[name] for name in ("W1", "b1", "W2", "b2"))
    np.testing.assert_allclose(scores, np.maximum(X.reshape(4, 12) @ W1 + b1, 0) @ W2 + b2)


@pytest.mark.parametrize("reg", [0.0, 0.7])
def test_two_layer_net_gradients(reg: float) -> None:
    X, y = samples(4, 6, num_classes=3)

    assert_gradients(TwoLayerNet(6, 5, 3, weight_scale=0.5, reg=reg), X, y)


# FullyConnectedNet


@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
def test_fully_connected_net_has_the_parameters_that_its_docstring_names(
    normalization: str | None,
) -> None:
    model = FullyConnectedNet([5, 7], 4, 3, normalization=normalization)

    expected = {"W1": (4, 5), "b1": (5,), "W2": (5, 7), "b2": (7,), "W3": (7, 3), "b3": (3,)}
    if normalization:
        expected |= {"gamma1": (5,), "beta1": (5,), "gamma2": (7,), "beta2": (7,)}
        assert (model.params["gamma2"] == 1).all()
        assert not model.params["beta2"].any()
    assert shapes(model) == expected
    assert {value.dtype for value in model.params.values()} == {np.dtype(np.float32)}


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("normalization", [None, "batchnorm", "layernorm"])
@pytest.mark.parametrize("dropout", [1, 0.75])
def test_fully_connected_net_gradients(
    depth: int, normalization: str | None, dropout: float
) -> None:
    X, y = samples(5, 6, num_classes=4)
    model = FullyConnectedNet(
        [6, 5, 6, 5][:depth],
        6,
        4,
        dropout=dropout,
        normalization=normalization,
        reg=0.3,
        weight_scale=0.5,
        dtype=np.float64,
        seed=123,
    )

    assert_gradients(model, X, y)


def test_scores_are_computed_in_test_mode() -> None:
    X, y = samples(8, 6, num_classes=4)
    model = FullyConnectedNet([5], 6, 4, dropout=0.5, normalization="batchnorm", weight_scale=1.0)
    model.loss(X, y)
    before = model.bn_params[0]["running_mean"].copy()

    whole, again = model.loss(X), model.loss(X)
    one_by_one = np.concatenate([model.loss(X[n : n + 1]) for n in range(8)])

    assert np.array_equal(whole, again)  # nothing is dropped
    np.testing.assert_allclose(whole, one_by_one, rtol=1e-5)  # no statistics of the batch
    assert np.array_equal(model.bn_params[0]["running_mean"], before)


def test_training_drops_different_entries_each_time_and_keeps_running_averages() -> None:
    X, y = samples(8, 6, num_classes=4)
    model = FullyConnectedNet([50], 6, 4, dropout=0.5, normalization="batchnorm", weight_scale=1.0)

    losses = {model.loss(X, y)[0] for _ in range(3)}

    assert len(losses) == 3
    assert model.bn_params[0]["running_mean"].any()


def test_a_seed_drops_the_same_entries_each_time() -> None:
    X, y = samples(8, 6, num_classes=4)
    model = FullyConnectedNet([50], 6, 4, dropout=0.5, weight_scale=1.0, seed=3)

    assert len({model.loss(X, y)[0] for _ in range(3)}) == 1


def test_invalid_normalization_or_dropout_is_refused() -> None:
    with pytest.raises(ValueError, match="normalization is 'groupnorm', expected 'batchnorm'"):
        FullyConnectedNet([5], normalization="groupnorm")
    with pytest.raises(ValueError, match="dropout is 0, expected the probability of keeping"):
        FullyConnectedNet([5], dropout=0)
    with pytest.raises(ValueError, match=r"dropout is 1\.5, expected the probability of keeping"):
        FullyConnectedNet([5], dropout=1.5)


# ThreeLayerConvNet


@pytest.mark.parametrize("size", [(32, 32), (7, 9), (6, 5)])
def test_conv_net_has_the_parameters_that_its_docstring_names(size: tuple[int, int]) -> None:
    H, W = size
    model = ThreeLayerConvNet((3, H, W), 4, 5, 20, 6)

    assert shapes(model) == {
        "W1": (4, 3, 5, 5),
        "b1": (4,),
        "W2": (4 * (H // 2) * (W // 2), 20),
        "b2": (20,),
        "W3": (20, 6),
        "b3": (6,),
    }
    assert {value.dtype for value in model.params.values()} == {np.dtype(np.float32)}
    assert model.loss(np.zeros((2, 3, H, W))).shape == (2, 6)


@pytest.mark.parametrize("reg", [0.0, 0.7])
@pytest.mark.parametrize("filter_size", [1, 3, 5])
def test_conv_net_gradients(filter_size: int, reg: float) -> None:
    X, y = samples(2, 2, 6, 5)

    assert_gradients(convnet(filter_size=filter_size, reg=reg), X, y)


# All of them

MODELS = {
    "two layers": lambda **changes: TwoLayerNet(60, 20, 10, **changes),
    "fully connected": lambda **changes: FullyConnectedNet([20, 20], 60, 10, **changes),
    "convolutional": lambda **changes: convnet(hidden_dim=20, **changes),
}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_first_loss_is_near_log_10_for_10_classes(make: Any) -> None:
    X, y = samples(50, 2, 6, 5)

    loss, _ = make(weight_scale=1e-3).loss(X, y)

    assert abs(loss - np.log(10)) < 0.01


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_reg_adds_half_the_squared_weights_to_the_loss_and_not_the_biases(make: Any) -> None:
    X, y = samples(5, 2, 6, 5)
    model = make(weight_scale=0.1)
    model.params = {name: value.astype(np.float64) for name, value in model.params.items()}
    model.dtype = np.float64
    for name, value in model.params.items():
        value += 0.1 if name.startswith("b") else 0.0

    plain, plain_grads = model.loss(X, y)
    model.reg = 0.5
    loss, grads = model.loss(X, y)

    weights = {name: value for name, value in model.params.items() if name.startswith("W")}
    added = 0.25 * sum(np.sum(W**2) for W in weights.values())
    np.testing.assert_allclose(loss - plain, added, rtol=1e-9)
    for name, grad in grads.items():
        expected = 0.5 * weights[name] if name in weights else 0.0
        np.testing.assert_allclose(grad - plain_grads[name], expected, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [MODELS["fully connected"], convnet])
def test_scores_and_gradients_have_the_requested_dtype(make: Any, dtype: Any) -> None:
    X, y = samples(5, 2, 6, 5)
    model = make(dtype=dtype, reg=0.1)

    scores, (_, grads) = model.loss(X), model.loss(X, y)

    assert {a.dtype for a in [scores, *grads.values()]} == {np.dtype(dtype)}


@pytest.mark.parametrize("make", MODELS.values(), ids=MODELS)
def test_images_and_parameters_are_not_changed(make: Any) -> None:
    X, y = samples(5, 2, 6, 5)
    model = make(reg=0.1)
    before = {"X": X.copy(), **{name: value.copy() for name, value in model.params.items()}}

    model.loss(X, y)

    after = {"X": X, **model.params}
    assert all(np.array_equal(after[name], value) for name, value in before.items())
