"""The reference's functions behind the stand-ins in a worker, which are used to find the blame.

Requests come from a process that runs student code: their size is limited before anything is
computed, and arguments that do not fit a layer are refused.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from daseCV import fast_layers, layers, optim
from daseCV.classifiers import cnn, fc_net

from ..worker.frames import encode

Array = np.ndarray
Function = Callable[..., Any]

MOST_NUMBERS = 2**24  # in an answer: four times the network's largest
MOST_PRODUCTS = 2**34  # multiplications that one answer may take: a second or two
MOST_ENTRIES = 1_000  # of a dict or a list
STATE = {"running_mean", "running_var", "velocity", "cache", "m", "v"}
SETTINGS = STATE | {"mode", "p", "seed", "eps", "momentum", "learning_rate", "decay_rate"}
SETTINGS |= {"beta1", "beta2", "epsilon", "t"}
ATTRIBUTES = {"params", "reg", "dtype", "normalization", "use_dropout", "num_layers"} | {
    "dropout_param",
    "bn_params",
}


class ArgumentsError(ValueError):
    """The arguments do not fit the layer."""


@dataclass(frozen=True)
class Part:
    """A blank that the reference can answer for."""

    name: str  # the blank's
    # The reference's function; for a backward pass, of `dout` and the forward pass's arguments
    answer: Function
    guard: Function  # raises if the arguments do not fit, or would cost too much
    kind: str = "plain"  # 'forward' or 'backward' or 'plain'
    forward: str = ""  # the forward pass of a backward pass
    writes: int = -1  # position of the dict that the function writes to; -1 for no dict
    # Whether it is random, as dropout is: the forward pass returns its mask, which cannot be drawn
    # again, and the backward pass gets the forward pass's output
    stochastic: bool = False
    level: int = 0  # 0: a layer or an update rule; 1: a network, which is built on layers

    def describe(self) -> dict[str, Any]:
        """The description for a worker."""
        return {key: getattr(self, key) for key in ("name", "kind", "forward", "stochastic")}


@dataclass
class Parts:
    """Answers for some parts; records which were called, and the student's own results."""

    replaced: frozenset[str]  # names of parts
    called: list[str] = field(default_factory=list)  # in order, each once
    # Parts whose own function returned the right shapes at least once
    attempted: set[str] = field(default_factory=set)
    unwritten: set[str] = field(default_factory=set)  # parts that the student has not written
    # Whether dropout's mask is boolean, as in some solutions, instead of factors
    unscaled: bool = False

    def __call__(self, message: dict[str, Any]) -> dict[str, Any]:
        """Answer one message of a worker's."""
        try:
            part = PARTS[message["part"]]
            require(part.name in self.replaced, "nobody asked for this part")
            if part.name not in self.called:
                self.called.append(part.name)
            given, named, state = message["given"], message["named"], message.get("state", {})
            require(isinstance(given, list) and isinstance(named, dict), "malformed arguments")
            require(isinstance(state, dict), "something that is not a model")
            require_affordable(sum(array.size for array in arrays_in([given, named, state])))
            with np.errstate(all="ignore"):
                reply = self.reply(part, given, named, state)
            encode(reply)  # raises if it cannot be sent
            self.note_own_result(part, message.get("own"), reply["result"])
            return reply
        except Exception as error:  # also the reference's errors on bad arguments
            return {"refused": f"{type(error).__name__}: {str(error)[:200]}"}

    def reply(
        self, part: Part, given: list[Any], named: dict[str, Any], state: dict[str, Any]
    ) -> dict[str, Any]:
        """The reference's result, and the arguments that it wrote to."""
        if part.level:
            model = rebuild_model(part.name, state)
            part.guard(model, *given, **named)
            result = part.answer(model, *given, **named)
            written = {"bn_params": model.bn_params} if hasattr(model, "bn_params") else {}
            return {"result": result, "state": written}
        part.guard(*given, **named)
        result = part.answer(*given, **named)
        if part.kind == "forward" and part.stochastic:
            out, (param, mask) = result
            result = out, (param, mask != 0 if self.unscaled and mask is not None else mask)
        elif part.kind == "forward":
            result = result[0]
        if part.writes < 0:
            return {"result": result}
        if len(given) > part.writes:
            return {"result": result, "written": {str(part.writes): given[part.writes]}}
        [place] = [name for name, value in named.items() if isinstance(value, dict)]
        return {"result": result, "written": {place: named[place]}}

    def note_own_result(self, part: Part, own: Any, result: Any) -> None:
        """Record the result of the student's own function, if the worker reports it."""
        if not isinstance(own, dict):
            return
        if "NotImplementedError" in own.get("raised", ()):
            self.unwritten.add(part.name)
            return
        values = list(result) if isinstance(result, tuple | list) else [result]
        right = [list(np.shape(v)) for v in values if isinstance(v, np.ndarray | float)]
        shapes = own.get("shapes")
        if isinstance(shapes, list) and own.get("varied") and shapes[: len(right)] == right:
            self.attempted.add(part.name)


def rebuild_model(name: str, state: dict[str, Any]) -> Any:
    """The reference's model with a student's attributes."""
    kind = NETWORKS[name]
    model = object.__new__(kind)
    for attribute in ATTRIBUTES & set(state):
        setattr(model, attribute, state[attribute])
    model.dtype = state.get("dtype", "float64")
    require(model.dtype in ("float32", "float64"), "dtype is no type of numbers")
    model.dtype = np.dtype(model.dtype)
    require(isinstance(model.reg, int | float | np.number), "reg is no number")
    return model


def arrays_in(value: Any) -> Iterator[Array]:
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict | list | tuple):
        require(len(value) <= MOST_ENTRIES, f"{len(value):,} entries in one argument")
        for item in value.values() if isinstance(value, dict) else value:
            yield from arrays_in(item)


# Guards limit the cost of a call; the reference checks its arguments itself.


def require(condition: bool, message: str) -> None:
    if not condition:
        raise ArgumentsError(message)


def require_affordable(*sizes: int, limit: int = MOST_NUMBERS) -> None:
    """Require that a product of sizes is within a limit; a size of 0 counts as 1."""
    product = math.prod(max(int(size), 1) for size in sizes)
    require(product <= limit, f"{product:,} numbers, at most {limit:,} are answered for")


def require_settings(settings: Any, *shapes: tuple[int, ...]) -> None:
    """Require plain settings, or arrays of these shapes: others would be broadcast.

    The reference ignores other entries.
    """
    for name, value in settings.items():
        if isinstance(value, np.ndarray) and name in STATE:
            require(value.shape in ((), *shapes), f"{name!r} is {value.shape}")
        elif name in SETTINGS:
            plain = value is None or isinstance(value, int | float | str | np.number)
            require(plain, f"{name!r} is no number")


def guard_product(x: Array, w: Array, b: Any = None) -> None:
    require_affordable(len(x), w.shape[1])
    require_affordable(x.size, w.shape[1], limit=MOST_PRODUCTS)


def guard_nothing(*_: Any, **__: Any) -> None:
    """For functions that cost no more than their arguments, whose size is limited."""


def guard_settings(x: Array, *given: Any, **named: Any) -> None:
    """Require plain settings, and running averages as wide as x."""
    for value in (*given, *named.values()):
        if isinstance(value, dict):
            require_settings(value, x.shape[1:2])


def guard_groups(x: Array, gamma: Array, beta: Array, G: int, gn_param: dict[str, Any]) -> None:
    require_affordable(len(x), G)
    require_settings(gn_param)


def guard_conv(x: Array, w: Array, b: Array, conv_param: dict[str, int]) -> None:
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = (x.shape[2] + 2 * pad) * (x.shape[3] + 2 * pad)
    require_affordable(len(x), x.shape[1], padded)
    places = padded // stride**2 + 1
    require_affordable(len(x), len(w), places)
    require_affordable(len(x), w.size, places, limit=MOST_PRODUCTS)


def guard_pool(x: Array, pool_param: dict[str, int]) -> None:
    height, width = pool_param["pool_height"], pool_param["pool_width"]
    require_affordable(*x.shape, height, width, limit=MOST_PRODUCTS)


def guard_rule(w: Array, dw: Array, config: dict[str, Any] | None = None) -> None:
    require(np.shape(w) == np.shape(dw), f"w is {np.shape(w)}, dw is {np.shape(dw)}")
    require_settings(config or {}, np.shape(w))


def guard_network(model: Any, X: Array, y: Array | None = None) -> None:
    weights = dict(model.params)
    if "W1" in weights and weights["W1"].ndim == 4:
        w = weights.pop("W1")
        guard_conv(X, w, weights["b1"], {"stride": 1, "pad": (w.shape[2] - 1) // 2})
    for w in weights.values():
        guard_product(X[:, :1], np.atleast_2d(w))
        require_affordable(len(X), w.size, limit=MOST_PRODUCTS)
    require_settings(getattr(model, "dropout_param", {}))
    for number, settings in enumerate(getattr(model, "bn_params", []), start=1):
        require_settings(settings, weights[f"b{number}"].shape)


# The parts


def make_backward(forward: Function, backward: Function, guard: Function) -> Function:
    """Make a backward pass of `dout` and the forward pass's arguments."""

    def answer(dout: Array, given: list[Any], named: dict[str, Any]) -> Any:
        guard(*given, **named)
        out, cache = forward(*given, **named)
        require(np.shape(dout) == out.shape, f"dout is {np.shape(dout)}, out is {out.shape}")
        return backward(dout, cache)

    return answer


def dropout_gradient(dout: Array, given: list[Any], named: dict[str, Any], out: Array) -> Array:
    """Dropout's gradient: dout times the factors of the forward pass."""
    x = named["x"] if "x" in named else given[0]
    require(np.shape(dout) == np.shape(out) == np.shape(x), f"dout is {np.shape(dout)}")
    factor = np.zeros(x.shape)  # unknown where x is 0, which has no gradient behind ReLU
    np.divide(out, x, out=factor, where=x != 0)
    return dout * factor


def find_parts() -> Iterator[Part]:
    """All parts: layers with their backward passes, losses, update rules, networks."""
    for names, guard, writes in (
        ("affine_forward affine_backward", guard_product, -1),
        ("relu_forward relu_backward", guard_nothing, -1),
        ("batchnorm_forward batchnorm_backward batchnorm_backward_alt", guard_settings, 3),
        ("layernorm_forward layernorm_backward", guard_settings, -1),
        ("conv_forward_naive conv_backward_naive", guard_conv, -1),
        ("max_pool_forward_naive max_pool_backward_naive", guard_pool, -1),
        ("spatial_batchnorm_forward spatial_batchnorm_backward", guard_settings, 3),
        ("spatial_groupnorm_forward spatial_groupnorm_backward", guard_groups, -1),
    ):
        first, *others = names.split()
        forward = reference_function(first)
        yield Part(f"layers.{first}", forward, guard, "forward", writes=writes)
        for other in others:
            backward = make_backward(forward, reference_function(other), guard)
            yield Part(f"layers.{other}", backward, guard_nothing, "backward", f"layers.{first}")
    first, other = "layers.dropout_forward", "layers.dropout_backward"
    yield Part(first, layers.dropout_forward, guard_settings, "forward", stochastic=True)
    yield Part(other, dropout_gradient, guard_nothing, "backward", first, stochastic=True)
    for loss in (layers.svm_loss, layers.softmax_loss):
        yield Part(f"layers.{loss.__name__}", loss, guard_nothing)
    for rule in (optim.sgd_momentum, optim.rmsprop, optim.adam):
        yield Part(f"optim.{rule.__name__}", rule, guard_rule)
    for name, kind in NETWORKS.items():
        yield Part(name, kind.loss, guard_network, level=1)


def reference_function(name: str) -> Function:
    """The reference's layer; the fast version of a naive one."""
    if name.endswith("_naive"):
        return getattr(fast_layers, name.replace("_naive", "_fast"))
    return getattr(layers, name)


NETWORKS: dict[str, Any] = {
    "classifiers.fc_net.TwoLayerNet.loss": fc_net.TwoLayerNet,
    "classifiers.fc_net.FullyConnectedNet.loss": fc_net.FullyConnectedNet,
    "classifiers.cnn.ThreeLayerConvNet.loss": cnn.ThreeLayerConvNet,
}
PARTS: dict[str, Part] = {part.name: part for part in find_parts()}
