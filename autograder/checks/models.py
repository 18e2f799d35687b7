"""Helpers of hidden checks for a student's network: build it, set and compare parameters."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from daseCV.checks.compare import expect
from daseCV.checks.questions import fully_connected as public
from daseCV.checks.questions.network import expect_dtype
from daseCV.language import Message

from ..worker.frames import Handle
from .draw import with_layout
from .registry import Array, Questioner, reference_of

# The size of cancelling terms: 1 - p of an almost certain class, times an activation.
CANCELLING = {"float64": 1.0, "float32": 100.0}
ROUNDING = {"float64": 1e-8, "float32": 1e-3}  # rounding errors of gradients that cancel out
ERRORS = 6  # standard errors: enough that chance fails nobody in a class of hundreds


def build_model(ask: Questioner, target: str, *arguments: Any) -> Handle:
    ask.worker.seed(ask.draw.seed())
    (model,) = ask.call(target, *arguments)
    name = target.rpartition(":")[2]
    expect(isinstance(model, Handle), Message("{name}(...) did not create an object", name=name))
    return model


def fetch_parameters(ask: Questioner, model: Handle) -> dict[str, Array]:
    with ask.calling("params"):
        params = ask.worker.fetch(model, "params")
    expect(
        isinstance(params, dict)
        and all(isinstance(value, np.ndarray) for value in params.values()),
        Message("params is not a dict of arrays"),
    )
    return params


def set_parameters(ask: Questioner, model: Handle, params: Mapping[str, Array]) -> None:
    with ask.calling("params"):
        ask.worker.update(model, "params", value=dict(params))


def with_given_parameters(question: str) -> Message:
    """A question to a model whose parameters have been set."""
    return Message("{question}, given parameters", question=question)


def call_loss(
    ask: Questioner, model: Handle, X: Array, *y: Array, keep: Any = (), how: str = "C"
) -> Any:
    """Call the student's loss, with X laid out as asked."""
    given = with_layout(X, how), *y
    with ask.calling("loss"):
        return ask.worker.call(model, *given, path=["loss"], keep=keep).result


def expect_own_arrays(
    ask: Questioner, model: Handle, params: Mapping[str, Array], *given: Any
) -> None:
    """Require that loss does not change parameters, and that no gradient shares their memory."""
    kept = call_loss(ask, model, *given, keep=True)
    is_shared = isinstance(kept, Handle) and ask.worker.shares_memory(kept, model, "params")
    expect(not is_shared, Message("a gradient is a parameter's own array; return a new one"))
    after = fetch_parameters(ask, model)
    for name, value in params.items():
        changed = Message("loss changes the parameter {name}", name=name)
        expect(equal_arrays(after.get(name), value), changed)


def equal_arrays(one: Any, other: Array) -> bool:
    return isinstance(one, np.ndarray) and np.array_equal(one, other)


def expect_normal(params: Mapping[str, Array]) -> None:
    """Require the tails of a normal distribution; a uniform one has a fourth moment of 1.8."""
    for name, value in params.items():
        if name.startswith("W") and value.size > 2000:
            z = value.astype(np.float64).ravel()
            z = (z - z.mean()) / max(z.std(), 1e-300)
            off = abs(float(np.mean(z**4)) - 3.0)
            wrong = Message("{name} is not normally distributed", name=name)
            expect(off < ERRORS * np.sqrt(24 / z.size), wrong)


def expect_spread(params: Mapping[str, Array], scale: float) -> None:
    """Require biases and shifts of 0, scales of 1, and mean and spread of the weights."""
    for name, value in params.items():
        if not name.startswith("W"):
            public.expect_start(name, value, 1 if name.startswith("gamma") else 0)
            continue
        count, deviation = value.size, float(np.std(value.astype(np.float64)))
        slack = ERRORS / np.sqrt(2 * count)
        right = (1 - slack) * scale < deviation < (1 + slack) * scale
        expect(right, public.other_spread(name, deviation, scale))
        mean = float(np.mean(value.astype(np.float64)))
        expect(abs(mean) < ERRORS * scale / np.sqrt(count), public.other_mean(name, mean))


def expect_gradients(
    ask: Questioner,
    got: Any,
    right: Mapping[str, Array],
    cancelled: tuple[str, ...] = (),
    dtype: str = "float64",
) -> None:
    """Require right gradients; those of `cancelled` parameters are rounding errors only."""
    public.expect_all_gradients(got, right)
    for name, exact in right.items():
        value = got[name]
        if name in cancelled and isinstance(value, np.ndarray) and value.shape == exact.shape:
            wrong = Message("gradient of {name} is not 0, apart from rounding errors", name=name)
            expect(bool((np.abs(value) < ROUNDING[dtype]).all()), wrong)
        else:
            ask.close(public.gradient_of(name), value, exact, dtype, cancelling=CANCELLING[dtype])


def expect_initialisation(
    ask: Questioner,
    target: str,
    sizes: tuple[Any, ...],
    scale: float,
    promise: str,
    dtype: str = "",
) -> None:
    """Require names, shapes and spread of initial parameters, which are random."""
    ours: Any = reference_of(target)(*sizes)
    with ask.question(constructor_call(target.rpartition(":")[2], sizes)):
        params = fetch_parameters(ask, build_model(ask, target, *sizes))
        public.expect_shapes(params, {name: value.shape for name, value in ours.params.items()})
        if dtype:
            expect_dtype(params, dtype)
        with ask.part("parameters", promise):
            expect_spread(params, scale)
            expect_normal(params)
            other = fetch_parameters(ask, build_model(ask, target, *sizes))
            for name in filter(lambda name: name.startswith("W"), params):
                same = Message("every network starts with the same {name}", name=name)
                expect(not equal_arrays(other[name], params[name]), same)


def constructor_call(name: str, sizes: tuple[Any, ...]) -> str:
    """The call that makes a network, as it would be typed."""
    typed = [f"np.{size.__name__}" if isinstance(size, type) else repr(size) for size in sizes]
    return f"{name}({', '.join(typed)})"


def choose_parameters(ask: Questioner, model: Handle, ours: Any, dtype: str = "float64") -> None:
    """Give both networks the same parameters, far from their initial ones."""
    given = {}
    for name, value in ours.params.items():
        given[name] = draw_parameter(ask, name, value).astype(dtype)
        ours.params[name] = given[name].astype(np.float64)
    set_parameters(ask, model, given)


def draw_parameter(ask: Questioner, name: str, value: Array) -> Array:
    """Draw a parameter of a size that neither kills signals nor lets them explode."""
    inputs = value[0].size if value.ndim == 4 else len(value)  # filters have theirs behind
    scale = 1.5 / np.sqrt(inputs) if name.startswith("W") else 0.4
    return ask.draw.normal(*value.shape, scale=scale, shift=float(name.startswith("gamma")))
