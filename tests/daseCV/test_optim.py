"""Each update rule against its formula over several steps, and against PyTorch's."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from daseCV import optim

Array = np.ndarray
RULES = ["sgd", "sgd_momentum", "rmsprop", "adam"]
DEFAULTS = {
    "sgd": {"learning_rate": 1e-2},
    "sgd_momentum": {"learning_rate": 1e-2, "momentum": 0.9},
    "rmsprop": {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8},
    "adam": {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
}
GRADIENTS = np.random.default_rng(231).standard_normal((5, 3, 4))


def run(rule: str, config: dict[str, Any] | None = None, steps: Array = GRADIENTS) -> Array:
    """Take some steps from 1; return all positions."""
    w = np.ones(steps.shape[1:])
    path = []
    for dw in steps:
        w, config = getattr(optim, rule)(w, dw, config)
        path.append(w)
    return np.array(path)


def expected_sgd(steps: list[float], lr: float) -> float:
    return 1 - lr * math.fsum(steps)


def expected_sgd_momentum(steps: list[float], lr: float) -> float:
    w, v = 1.0, 0.0
    for dw in steps:
        v = 0.9 * v - lr * dw  # the learning rate scales the gradient, not the velocity
        w += v
    return w


def expected_rmsprop(steps: list[float], lr: float) -> float:
    w, cache = 1.0, 0.0
    for dw in steps:
        cache = 0.99 * cache + 0.01 * dw**2
        w -= lr * dw / (math.sqrt(cache) + 1e-8)
    return w


def expected_adam(steps: list[float], lr: float) -> float:
    w, m, v = 1.0, 0.0, 0.0
    for t, dw in enumerate(steps, start=1):
        m, v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
        w -= lr * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return w


@pytest.mark.parametrize(
    ("rule", "formula"),
    [
        ("sgd", expected_sgd),
        ("sgd_momentum", expected_sgd_momentum),
        ("rmsprop", expected_rmsprop),
        ("adam", expected_adam),
    ],
)
def test_rule_follows_its_formula_after_every_step(
    rule: str, formula: Callable[..., float]
) -> None:
    path = run(rule, {"learning_rate": 0.05})

    for count, w in enumerate(path, start=1):
        for index in np.ndindex(w.shape):
            steps = [float(dw[index]) for dw in GRADIENTS[:count]]
            assert math.isclose(w[index], formula(steps, 0.05), rel_tol=1e-12)


def test_rmsprop_adds_epsilon_outside_the_root() -> None:
    # cache = 1, so that the step is 1 / (1 + 3); inside the root it would be 1 / 2.
    w, _ = optim.rmsprop(
        np.zeros(1), np.ones(1), {"learning_rate": 1.0, "decay_rate": 0.0, "epsilon": 3.0}
    )

    assert w.tolist() == [-0.25]


def test_adams_first_step_equals_the_learning_rate() -> None:
    w, config = optim.adam(np.zeros(2), np.array([1e3, -1e-3]), {"learning_rate": 0.1})

    np.testing.assert_allclose(w, [-0.1, 0.1], rtol=1e-4)
    assert config["t"] == 1


@pytest.mark.parametrize("rule", RULES)
def test_missing_hyperparameters_get_defaults(rule: str) -> None:
    _, config = getattr(optim, rule)(np.ones(2), np.ones(2))

    assert {name: config[name] for name in DEFAULTS[rule]} == DEFAULTS[rule]


@pytest.mark.parametrize("rule", RULES)
def test_given_hyperparameters_replace_defaults_and_are_passed_on(rule: str) -> None:
    given = {name: value / 2 for name, value in DEFAULTS[rule].items()}

    _, config = getattr(optim, rule)(np.ones(2), np.ones(2), {**given, "note": "kept"})

    assert {name: config[name] for name in given} == given
    assert config["note"] == "kept"


@pytest.mark.parametrize(
    ("rule", "memory"),
    [("sgd_momentum", {"velocity"}), ("rmsprop", {"cache"}), ("adam", {"m", "v", "t"})],
)
def test_the_next_step_depends_on_state_in_the_config(rule: str, memory: set[str]) -> None:
    step = getattr(optim, rule)
    w, config = step(np.ones(2), np.ones(2))

    remembered, _ = step(w, -np.ones(2), config)
    forgetful, _ = step(w, -np.ones(2), {k: v for k, v in config.items() if k not in memory})

    assert memory <= set(config)
    assert not np.allclose(remembered, forgetful, rtol=1e-6)


@pytest.mark.parametrize("rule", RULES)
def test_parameter_gradient_and_config_are_not_changed(rule: str) -> None:
    step = getattr(optim, rule)
    _, first = step(np.ones(3), np.ones(3))
    w, dw = np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])
    numbers = {name: value for name, value in first.items() if np.isscalar(value)}

    next_w, second = step(w, dw, first)

    assert w.tolist() == [1.0, 2.0, 3.0]
    assert dw.tolist() == [4.0, 5.0, 6.0]
    assert not np.shares_memory(next_w, w)
    assert second is not first
    assert {name: first[name] for name in numbers} == numbers  # its arrays may have changed


@pytest.mark.parametrize("rule", RULES)
def test_float32_stays_float32(rule: str) -> None:
    w, dw = np.ones(2, np.float32), np.ones(2, np.float32)

    w, config = getattr(optim, rule)(w, dw)
    w, config = getattr(optim, rule)(w, dw, config)

    kept = [value for value in config.values() if isinstance(value, np.ndarray)]
    assert {a.dtype for a in [w, *kept]} == {np.dtype(np.float32)}


@pytest.mark.parametrize("rule", RULES)
def test_a_parameter_may_be_a_single_number(rule: str) -> None:
    path = run(rule, steps=np.array([1.0, -2.0]))

    assert np.array_equal(path, run(rule, steps=np.array([[1.0], [-2.0]])).ravel())


@pytest.mark.parametrize(
    ("rule", "theirs", "options"),
    [
        ("sgd", "SGD", {}),
        # PyTorch scales the velocity by the learning rate: the same path at a constant rate.
        ("sgd_momentum", "SGD", {"momentum": 0.9}),
        ("rmsprop", "RMSprop", {"alpha": 0.99, "eps": 1e-8}),
        ("adam", "Adam", {"betas": (0.9, 0.999), "eps": 1e-8}),
    ],
)
def test_rule_agrees_with_torch(rule: str, theirs: str, options: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    w = torch.ones(GRADIENTS.shape[1:], dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, theirs)([w], lr=0.05, **options)

    path = run(rule, {"learning_rate": 0.05})

    for position, dw in zip(path, GRADIENTS, strict=True):
        w.grad = torch.tensor(dw)
        optimizer.step()
        np.testing.assert_allclose(position, w.detach().numpy(), rtol=1e-10)
