"""Every layer leaves its input arrays unchanged and keeps their dtype."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daseCV import layers

Array = np.ndarray


def normal(*shape: int) -> Array:
    return np.random.default_rng(231).standard_normal(shape)


def calls(dtype: Any) -> list[tuple[Callable[..., Any], list[Any]]]:
    """Every forward and backward function, with arguments of one dtype."""

    def some(*shape: int) -> Array:
        return normal(*shape).astype(dtype)

    features = [some(3, 4), some(4), some(4)]
    images = [some(2, 4, 4, 4), some(4), some(4)]
    drop = {"p": 0.5, "seed": 0}
    y = np.array([0, 1, 3])
    found: list[tuple[Callable[..., Any], list[Any]]] = [
        (layers.svm_loss, [some(3, 4), y]),
        (layers.softmax_loss, [some(3, 4), y]),
    ]
    for forward, backward, arguments in (
        ("affine_forward", "affine_backward", [some(3, 4), some(4, 2), some(2)]),
        ("relu_forward", "relu_backward", [some(3, 4)]),
        ("batchnorm_forward", "batchnorm_backward", [*features, {"mode": "train"}]),
        ("batchnorm_forward", "batchnorm_backward_alt", [*features, {"mode": "train"}]),
        ("layernorm_forward", "layernorm_backward", [*features, {}]),
        ("dropout_forward", "dropout_backward", [some(3, 4), {"mode": "train", **drop}]),
        ("dropout_forward", "dropout_backward", [some(3, 4), {"mode": "test", **drop}]),
        (
            "conv_forward_naive",
            "conv_backward_naive",
            [some(2, 3, 4, 4), some(2, 3, 3, 3), some(2), {"stride": 1, "pad": 0}],
        ),
        (
            "max_pool_forward_naive",
            "max_pool_backward_naive",
            [some(2, 3, 4, 4), {"pool_height": 1, "pool_width": 1, "stride": 1}],
        ),
        ("spatial_batchnorm_forward", "spatial_batchnorm_backward", [*images, {"mode": "train"}]),
        ("spatial_groupnorm_forward", "spatial_groupnorm_backward", [*images, 2, {}]),
    ):
        out, cache = getattr(layers, forward)(*arguments)
        found.append((getattr(layers, forward), arguments))
        found.append((getattr(layers, backward), [normal(*out.shape).astype(dtype), cache]))
    return found


def arrays(value: Any) -> list[Array]:
    """All arrays in a tuple or list, nested or not."""
    if isinstance(value, np.ndarray):
        return [value]
    return [a for part in value for a in arrays(part)] if isinstance(value, tuple | list) else []


def name_of(value: Any) -> str | None:
    return getattr(value, "__name__", "")


@pytest.mark.parametrize(("function", "arguments"), calls(np.float64), ids=name_of)
def test_inputs_are_unchanged_and_share_no_memory_with_results(
    function: Callable[..., Any], arguments: list[Any]
) -> None:
    inputs = arrays(arguments)
    before = [a.copy() for a in inputs]

    result = function(*arguments)

    assert all(np.array_equal(a, b) for a, b in zip(inputs, before, strict=True))
    results = arrays(result[0] if "forward" in function.__name__ else result)  # not the cache
    assert results
    assert not any(np.shares_memory(a, b) for a in inputs for b in results)


@pytest.mark.parametrize(("function", "arguments"), calls(np.float32), ids=name_of)
def test_float32_stays_float32(function: Callable[..., Any], arguments: list[Any]) -> None:
    result = function(*arguments)

    floats = [a.dtype for a in arrays(result) if a.dtype.kind == "f"]
    assert floats
    assert set(floats) == {np.dtype(np.float32)}
