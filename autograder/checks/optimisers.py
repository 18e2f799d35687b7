"""Hidden checks of the update rules, each by itself."""

from typing import Any

import numpy as np

from daseCV import optim
from daseCV.checks.optimisers import name_config
from daseCV.language import Message

from ..worker.client import StudentError
from .convolution import dtype_of, laid_out
from .registry import Ask, hidden_check

STEPS = 3
# w, memory order or dtype: the first run is from nothing and with the defaults.
SHAPES = [((4, 5), "C"), ((7,), "C"), ((3, 2, 2), "F"), ((2, 3, 1, 2), "float32"), ((6, 3), "C")]

MOMENTUM = "v = momentum * v - learning_rate * dw next_w = w + v"
ROOT_MEAN_SQUARE = "next_w = w - learning_rate * dw / (sqrt(cache) + epsilon)"
ADAM = (
    "next_w = w - learning_rate * (m / (1 - beta1 ** t)) / (sqrt(v / (1 - beta2 ** t)) + epsilon)"
)


@hidden_check(step=3, state=1)
def sgd_momentum(ask: Ask) -> None:
    """Several steps, from rest and already on the way."""
    settings = {"learning_rate": 0.3, "momentum": 0.4}
    follow_steps(ask, "sgd_momentum", ("velocity",), settings, MOMENTUM, "With the new `velocity`.")


@hidden_check(step=3, state=1)
def rmsprop(ask: Ask) -> None:
    """Several steps, entries without any gradient among them."""
    settings = {"learning_rate": 0.2, "decay_rate": 0.6, "epsilon": 0.3}
    follow_steps(ask, "rmsprop", ("cache",), settings, ROOT_MEAN_SQUARE, "With the new `cache`.")


@hidden_check(step=3, state=1)
def adam(ask: Ask) -> None:
    """Several steps, the first of a training and later ones."""
    settings = {"learning_rate": 0.3, "beta1": 0.7, "beta2": 0.4, "epsilon": 0.2}
    kept = "With the new `m`, `v` and `t`; `t` counts up before it is used."
    follow_steps(ask, "adam", ("m", "v", "t"), settings, ADAM, kept)


def follow_steps(
    ask: Ask,
    name: str,
    remembered: tuple[str, ...],
    settings: dict[str, float],
    formula: str,
    kept: str,
) -> None:
    """Make some steps beside the reference, with the defaults and with other settings."""
    rule = getattr(optim, name)
    for number, (shape, how) in enumerate(SHAPES):
        ours: dict[str, Any] | None = None if number == 0 else dict(settings) if number % 2 else {}
        if ours is not None and number > 2:
            ours |= draw_state(ask, remembered, shape)
        w = ask.draw.normal(*shape)
        config: Any = None if ours is None else ask.worker.keep(cast_config(ours, how))
        with ask.question(laid_out(steps_question(name, shape, name_config(ours)), how)):
            for _ in range(STEPS):
                dw = ask.draw.normal(*shape)
                dw.flat[0] = 0.0  # from nothing, the step is 0 / (0 + epsilon) there
                got, config = ask.call(f"optim:{name}", w, dw, config, count=2, keep=[1], how=how)
                w, ours = rule(w, dw, ours)
                with ask.part("step", formula):
                    ask.close("next_w", got, w, dtype_of(how))
                with ask.part("state", kept):
                    for entry in remembered:
                        value = read_entry(ask, config, entry)
                        ask.close(f"config[{entry!r}]", value, ours[entry], dtype_of(how))


def steps_question(rule: str, shape: tuple[int, ...], config: str) -> Message:
    """What is asked of an update rule."""
    return Message(
        "{rule}, {steps} steps, w {shape}, {config}",
        rule=rule,
        steps=STEPS,
        shape=shape,
        config=config,
    )


def draw_state(ask: Ask, remembered: tuple[str, ...], shape: tuple[int, ...]) -> dict[str, Any]:
    """What a rule remembers in the middle of a training; squares are never negative."""
    found: dict[str, Any] = {}
    for entry in remembered:
        values = ask.draw.normal(*shape)
        found[entry] = 4 if entry == "t" else values**2 if entry in ("cache", "v") else values
    return found


def cast_config(config: dict[str, Any], how: str) -> dict[str, Any]:
    """A config whose arrays have the type that w has."""
    if how != "float32":
        return config
    return {
        name: value.astype(np.float32) if isinstance(value, np.ndarray) else value
        for name, value in config.items()
    }


def read_entry(ask: Ask, config: Any, entry: str) -> Any:
    """An entry of the student's config; None where it is missing."""
    try:
        return ask.worker.look(config, entry)
    except StudentError:
        return None
