"""The layers against PyTorch: values by its functions, gradients by its autograd."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daseCV import layers
from daseCV.checks.compare import relative_error

torch = pytest.importorskip("torch")
F = torch.nn.functional

Array = np.ndarray
Forward = Callable[..., Any]


def normal(*shape: int, seed: int = 231) -> Array:
    return np.random.default_rng(seed).standard_normal(shape)


def affine(x: Any, w: Any, b: Any) -> Any:
    return F.linear(x.flatten(1), w.T, b)


def relu(x: Any) -> Any:
    return F.relu(x)


def batchnorm(x: Any, gamma: Any, beta: Any, bn_param: dict[str, Any]) -> Any:
    return F.batch_norm(x, None, None, gamma, beta, training=True)


def layernorm(x: Any, gamma: Any, beta: Any, ln_param: dict[str, Any]) -> Any:
    return F.layer_norm(x, x.shape[1:], gamma, beta)


def conv(x: Any, w: Any, b: Any, conv_param: dict[str, int]) -> Any:
    return F.conv2d(x, w, b, stride=conv_param["stride"], padding=conv_param["pad"])


def max_pool(x: Any, pool_param: dict[str, int]) -> Any:
    window = pool_param["pool_height"], pool_param["pool_width"]
    return F.max_pool2d(x, window, pool_param["stride"])


def groupnorm(x: Any, gamma: Any, beta: Any, G: int, gn_param: dict[str, Any]) -> Any:
    return F.group_norm(x, G, gamma, beta)


FEATURES = [5 * normal(6, 4) + 12, normal(4, seed=2), normal(4, seed=3)]
IMAGES = [5 * normal(2, 6, 3, 4) + 12, normal(6, seed=2), normal(6, seed=3)]
PIXELS, FILTERS = normal(2, 3, 7, 6), normal(4, 3, 3, 2)
TIED = np.random.default_rng(0).integers(0, 3, (2, 3, 7, 8)).astype(float)
OVERLAPPING = {"pool_height": 3, "pool_width": 2, "stride": 1}

QUESTIONS: list[tuple[str, Forward, list[Any], float, float]] = [
    ("affine", affine, [normal(3, 2, 4), normal(8, 5), normal(5)], 1e-9, 1e-10),
    ("relu", relu, [normal(3, 4)], 1e-8, 1e-12),
    ("batchnorm", batchnorm, [*FEATURES, {"mode": "train"}], 1e-8, 1e-8),
    ("layernorm", layernorm, [*FEATURES, {}], 1e-8, 1e-8),
    ("conv_naive", conv, [PIXELS, FILTERS, normal(4), {"stride": 2, "pad": 1}], 1e-8, 1e-8),
    ("max_pool_naive", max_pool, [TIED, OVERLAPPING], 1e-8, 1e-11),
    ("max_pool_naive", max_pool, [TIED, {**OVERLAPPING, "stride": 2}], 1e-8, 1e-11),
    ("spatial_batchnorm", batchnorm, [*IMAGES, {"mode": "train"}], 1e-6, 1e-6),
    ("spatial_groupnorm", groupnorm, [*IMAGES, 2, {}], 1e-6, 1e-6),
    ("spatial_groupnorm", groupnorm, [*IMAGES, 6, {}], 1e-6, 1e-6),
]


@pytest.mark.parametrize(
    ("name", "theirs", "arguments", "forward_tolerance", "backward_tolerance"), QUESTIONS
)
def test_layer_agrees_with_torch(
    name: str,
    theirs: Forward,
    arguments: list[Any],
    forward_tolerance: float,
    backward_tolerance: float,
) -> None:
    base, suffix = name.removesuffix("_naive"), "_naive" if name.endswith("_naive") else ""
    forward = getattr(layers, f"{base}_forward{suffix}")
    backward = getattr(layers, f"{base}_backward{suffix}")
    tensors = [
        torch.tensor(a, requires_grad=True) if isinstance(a, np.ndarray) else a for a in arguments
    ]

    out, cache = forward(*arguments)
    expected = theirs(*tensors)
    dout = normal(*out.shape, seed=7)
    grads = backward(dout, cache)
    expected.backward(torch.tensor(dout))

    assert relative_error(out, expected.detach().numpy()) < forward_tolerance
    leaves = [t for t in tensors if isinstance(t, torch.Tensor)]
    grads = grads if isinstance(grads, tuple) else (grads,)
    for got, leaf in zip(grads, leaves, strict=True):
        assert relative_error(got, leaf.grad.numpy()) < backward_tolerance


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (layers.softmax_loss, F.cross_entropy),
        # PyTorch's margin loss divides by the number of classes as well.
        (layers.svm_loss, lambda x, y: F.multi_margin_loss(x, y) * x.shape[1]),
    ],
    ids=["softmax", "svm"],
)
def test_loss_agrees_with_torch(ours: Forward, theirs: Forward) -> None:
    x, y = 3 * normal(20, 10), np.arange(20) % 10
    tensor = torch.tensor(x, requires_grad=True)

    loss, dx = ours(x, y)
    expected = theirs(tensor, torch.tensor(y))
    expected.backward()

    assert relative_error(np.array(loss), expected.detach().numpy()) < 1e-8
    assert relative_error(dx, tensor.grad.numpy()) < 1e-8
