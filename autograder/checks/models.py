"""How hidden checks handle a network of the student's: build it, and set and read parameters."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..worker.client import StudentError
from ..worker.frames import Handle
from .registry import Array, Ask

ERRORS = 6  # standard errors: so many that chance fails nobody in a class of hundreds


def build_model(ask: Ask, target: str, *arguments: Any) -> Handle:
    """Make a model of the student's in the worker."""
    ask.worker.seed(ask.draw.seed())
    (model,) = ask.call(target, *arguments)
    ask.expect(isinstance(model, Handle), f"{target.rpartition(':')[2]}(...) made no object")
    return model


def fetch_parameters(ask: Ask, model: Handle) -> dict[str, Array]:
    """The student's parameters."""
    try:
        params = ask.worker.look(model, "params")
    except StudentError as error:
        raise ask.student_failure("params", error) from None
    ask.expect(
        isinstance(params, dict)
        and all(isinstance(value, np.ndarray) for value in params.values()),
        "params is no dict of arrays",
    )
    return params


def set_parameters(ask: Ask, model: Handle, params: Mapping[str, Array]) -> None:
    """Give the student's model parameters of our choice."""
    try:
        for name, value in params.items():
            ask.worker.put(model, "params", name, value=value)
    except StudentError as error:
        raise ask.student_failure("params", error) from None


def loss(ask: Ask, model: Handle, *arguments: Any, keep: Any = ()) -> Any:
    """Call the student's loss."""
    try:
        return ask.worker.call(model, *arguments, path=["loss"], keep=keep).result
    except StudentError as error:
        raise ask.student_failure("loss", error) from None


def expect_parameter_shapes(
    ask: Ask, params: Mapping[str, Array], right: Mapping[str, Array]
) -> None:
    """Insist on the names and the shapes of initial parameters."""
    shapes = {name: value.shape for name, value in params.items()}
    expected = {name: value.shape for name, value in right.items()}
    ask.expect(shapes == expected, f"params has shapes {shapes}, expected {expected}")


def expect_spread(ask: Ask, params: Mapping[str, Array], scale: float) -> None:
    """Insist on biases and shifts of 0, scales of 1, and mean and spread of the weights."""
    for name, value in params.items():
        if name.startswith("b"):
            ask.expect(not value.any(), f"{name} does not start at 0")
            continue
        if name.startswith("gamma"):
            ask.expect(bool((value == 1).all()), f"{name} does not start at 1")
            continue
        count, deviation = value.size, float(np.std(value.astype(np.float64)))
        slack = ERRORS / np.sqrt(2 * count)
        ask.expect(
            (1 - slack) * scale < deviation < (1 + slack) * scale,
            f"{name} has standard deviation {deviation:.3g}, expected {scale:g}, the weight_scale",
        )
        mean = float(np.mean(value.astype(np.float64)))
        ask.expect(
            abs(mean) < ERRORS * scale / np.sqrt(count),
            f"{name} has mean {mean:.3g}, expected about 0",
        )


def expect_gradients(
    ask: Ask, got: Any, right: Mapping[str, Array], cancelled: tuple[str, ...] = ()
) -> None:
    """Insist on a gradient for each parameter; those that cancel out are nothing but rounding."""
    ask.expect(isinstance(got, dict), "loss returned no dict of gradients")
    missing = sorted(set(right) - set(got))
    ask.expect(not missing, f"grads lacks {missing}, expected one for each of {list(right)}")
    for name, exact in right.items():
        value = got[name]
        if name in cancelled and isinstance(value, np.ndarray) and value.shape == exact.shape:
            small = bool((np.abs(value) < 1e-8).all())
            ask.expect(small, f"the gradient of {name} is not 0, as far as rounding allows")
        else:
            ask.close(f"the gradient of {name}", value, exact)
