"""Hidden checks of the update rules, each by itself."""

from typing import Any

import numpy as np

from daseCV import optim
from daseCV.checks.questions.optimisers import describe_config
from daseCV.language import Message

from ...worker.client import StudentError
from ..cases import Case, Factors, Regions
from ..passes import dtype_of, name_layout
from ..registry import Questioner, hidden_check

STEPS = 5
FACTORS: Factors = {
    "shape": [[(7,)], [(1,)], [(4, 5)], [(3, 2, 2)], [(2, 3, 1, 2)]],
    "settings": [["none"], ["defaults"], ["given"], ["extreme"]],
    "state": [["new"], ["remembered"], ["late"]],
    "gradient": [["any"], ["large"], ["tiny"], ["zeros"]],
    "how": [["C"], ["F"], ["strided"], ["float32"]],
}
USUAL: Case = {"shape": (4, 5), "settings": "none", "state": "new", "gradient": "any", "how": "C"}
SIZES = {"large": 50.0, "tiny": 1e-7, "zeros": 0.0}
LATE = 253  # steps that were made before: further on, counts and corrections change

MOMENTUM = "v = momentum * v - learning_rate * dw next_w = w + v"
ROOT_MEAN_SQUARE = "next_w = w - learning_rate * dw / (sqrt(cache) + epsilon)"
ADAM = (
    "next_w = w - learning_rate * (m / (1 - beta1 ** t)) / (sqrt(v / (1 - beta2 ** t)) + epsilon)"
)


@hidden_check(step=3, state=1)
def sgd_momentum(ask: Questioner) -> None:
    """Several steps, from rest and already on the way."""
    settings = {"learning_rate": 0.3, "momentum": 0.4}, {"learning_rate": 0.3, "momentum": 0.0}
    follow_steps(ask, "sgd_momentum", ("velocity",), settings, MOMENTUM, "With the new `velocity`.")


@hidden_check(step=3, state=1)
def rmsprop(ask: Questioner) -> None:
    """Several steps, entries without any gradient among them."""
    settings = {"learning_rate": 0.2, "decay_rate": 0.6, "epsilon": 0.3}, {"decay_rate": 0.0}
    follow_steps(ask, "rmsprop", ("cache",), settings, ROOT_MEAN_SQUARE, "With the new `cache`.")


@hidden_check(step=3, state=1)
def adam(ask: Questioner) -> None:
    """Several steps, the first of a training and later ones."""
    extreme = {"beta1": 0.0, "beta2": 0.9999}
    settings = {"learning_rate": 0.3, "beta1": 0.7, "beta2": 0.4, "epsilon": 0.2}, extreme
    kept = "With the new `m`, `v` and `t`; `t` counts up before it is used."
    follow_steps(ask, "adam", ("m", "v", "t"), settings, ADAM, kept)


def follow_steps(
    ask: Questioner,
    name: str,
    remembered: tuple[str, ...],
    settings: tuple[dict[str, float], dict[str, float]],
    formula: str,
    kept: str,
) -> None:
    """Make some steps beside the reference, with the defaults and with other settings."""
    rule = getattr(optim, name)
    for case in ask.cases(REGIONS):
        shape, how = case["shape"], case["how"]
        given, extreme = settings
        known = {"none": None, "defaults": {}, "given": given, "extreme": extreme}
        chosen = known[case["settings"]]
        ours: dict[str, Any] | None = None if chosen is None else dict(chosen)
        if ours is not None and case["state"] != "new":
            ours |= draw_state(ask, remembered, shape, case["state"])
        w = ask.draw.normal(*shape)
        config: Any = None if ours is None else ask.worker.keep(cast_config(ours, how))
        with ask.question(name_layout(steps_question(name, shape, describe_config(ours)), how)):
            for _ in range(STEPS):
                dw = ask.draw.normal(*shape, scale=SIZES.get(case["gradient"], 1.0))
                dw.flat[0] = 0.0  # from nothing, the step is 0 / (0 + epsilon) there
                got, config = ask.call(f"optim:{name}", w, dw, config, count=2, keep=[1], how=how)
                w, ours = rule(w, dw, ours)
                with ask.part("step", formula):
                    ask.close("next_w", got, w, dtype_of(how))
                with ask.part("state", kept):
                    state = read_entries(ask, config)
                    for entry in remembered:
                        value = state.get(entry)
                        ask.close(f"config[{entry!r}]", value, ours[entry], dtype_of(how))


def steps_question(rule: str, shape: tuple[int, ...], config: str) -> Message:
    return Message(
        "{rule}, {steps} steps, w {shape}, {config}",
        rule=rule,
        steps=STEPS,
        shape=shape,
        config=config,
    )


def is_possible_config(case: Case) -> bool:
    """Whether what is remembered has a config to be in, and rounding does not decide."""
    is_tiny = case["gradient"] in ("tiny", "zeros")
    if is_tiny and (case["how"] == "float32" or case["settings"] == "extreme"):
        return False
    return case["settings"] != "none" or case["state"] == "new"


REGIONS = Regions(FACTORS, USUAL, is_possible_config)


def draw_state(
    ask: Questioner, remembered: tuple[str, ...], shape: tuple[int, ...], when: str
) -> dict[str, Any]:
    """What a rule remembers in the middle of a training; squares are never negative."""
    found: dict[str, Any] = {}
    for entry in remembered:
        values = ask.draw.normal(*shape)
        steps = LATE if when == "late" else int(ask.draw.rng.integers(4, 70))
        found[entry] = steps if entry == "t" else values**2 if entry in ("cache", "v") else values
    return found


def cast_config(config: dict[str, Any], how: str) -> dict[str, Any]:
    """A config whose arrays have the type that w has."""
    if how != "float32":
        return config
    return {
        name: value.astype(np.float32) if isinstance(value, np.ndarray) else value
        for name, value in config.items()
    }


def read_entries(ask: Questioner, kept: Any) -> dict[str, Any]:
    """The entries of a dict in the worker; none where it is no dict."""
    try:
        found = ask.worker.fetch(kept)
    except StudentError:
        return {}
    return found if isinstance(found, dict) else {}
