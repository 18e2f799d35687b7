"""Stand-ins: they replace some of a submission's functions, and the trusted side answers for them.

They run inside the sandbox, beside student code, and hold no solution: a stand-in sends its
arguments to the trusted side and returns the answer. A cache stays the student's own, since the
other half of the layer may be the student's; a stand-in for a backward pass finds the arguments of
the forward pass by its cache. Dropout's mask cannot be drawn again, so it comes with the answer,
and the gradient follows from the forward pass's output.
"""

import copy
import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
from frames import encode

CallGrader = Callable[[dict[str, Any]], dict[str, Any]]
Function = Callable[..., Any]


class StandInError(RuntimeError):
    """The trusted side gave no answer: the arguments do not fit this layer."""


class StandIns:
    """The stand-ins of one worker.

    `ask` sends a message to the trusted side and returns its reply.
    """

    def __init__(self, package: str, ask: CallGrader) -> None:
        self.package, self.ask = package, ask
        # By forward pass and cache: a layer may return the cache of a layer within it.
        self.origins: dict[tuple[str, int], tuple[Any, list[Any], dict[str, Any], Any]] = {}

    def install(self, parts: list[dict[str, Any]], observed: bool) -> None:
        """Install stand-ins, before any module imports the replaced functions by name.

        Each part has the `name` of a function, 'layers.relu_forward' or
        'classifiers.cnn.ThreeLayerConvNet.loss'; a `kind`: 'forward', 'backward' or 'plain';
        `forward`, the name of a backward pass's forward pass; and `stochastic`: whether it is
        random, as dropout is. If `observed`, the student's own function is called too, and its
        result described.
        """
        replaced = {part["name"] for part in parts}
        for part in parts:
            name, kind = part["name"], part["kind"]
            if kind == "backward":
                if part["forward"] not in replaced:
                    self.put(
                        part["forward"], functools.partial(self.record_forward, part["forward"])
                    )
                self.put(name, functools.partial(self.make_backward, part, observed))
            elif kind == "forward":
                both = any(other.get("forward") == name for other in parts)
                self.put(name, functools.partial(self.make_forward, part, observed, both))
            else:
                self.put(name, functools.partial(self.make_plain, name, observed))

    def put(self, name: str, make: Callable[[Function], Function]) -> None:
        """Replace a function of a module, or a method of a class in one.

        A module that cannot be imported is left as it is.
        """
        *path, last = name.split(".")
        depth = 2 if path[0] == "classifiers" else 1
        try:
            holder: Any = importlib.import_module(".".join([self.package, *path[:depth]]))
            for step in path[depth:]:
                holder = getattr(holder, step)
        except Exception:
            return
        original = getattr(holder, last, raise_missing)
        setattr(holder, last, functools.wraps(original)(make(original)))

    def make_plain(self, name: str, observed: bool, original: Function) -> Function:
        """A stand-in for a plain function, or for a method of a model."""

        def stand_in(*given: Any, **named: Any) -> Any:
            message: dict[str, Any] = {"part": name, "given": list(given), "named": named}
            if given and hasattr(given[0], "params"):
                message["given"] = list(given[1:])
                message["state"] = state_of(given[0])
            if observed:
                message["own"] = self.observe(original, given, named)
            return self.answer(message, given, named)

        return stand_in

    def make_forward(
        self, part: dict[str, Any], observed: bool, both: bool, original: Function
    ) -> Function:
        """A stand-in for a forward pass; `both`: its backward pass has one as well."""
        name = part["name"]

        def stand_in(*given: Any, **named: Any) -> Any:
            origin = copy_value(list(given)), copy_value(named)
            message: dict[str, Any] = {"part": name, "given": list(given), "named": named}
            if observed:
                message["own"] = self.observe(original, given, named)
            cache: Any = tuple(origin[0])
            if not both and not part["stochastic"]:
                try:
                    cache = original(*copy_value(list(given)), **copy_value(named))[1]
                except Exception:  # the documented cache is the best guess
                    cache = tuple(origin[0])
            out = self.answer(message, given, named)
            if part["stochastic"]:
                out, cache = out
            return out, self.remember(name, cache, *origin, copy_value(out))

        return stand_in

    def record_forward(self, name: str, original: Function) -> Function:
        """The student's own forward pass, where only the backward pass has a stand-in."""

        def stand_in(*given: Any, **named: Any) -> Any:
            origin = copy_value(list(given)), copy_value(named)
            result = original(*given, **named)
            if not isinstance(result, tuple) or len(result) != 2:
                return result
            return result[0], self.remember(name, result[1], *origin, copy_value(result[0]))

        return stand_in

    def make_backward(self, part: dict[str, Any], observed: bool, original: Function) -> Function:
        name, forward = part["name"], part["forward"]

        def stand_in(dout: Any, cache: Any) -> Any:
            if (forward, id(cache)) not in self.origins:
                raise StandInError(f"{name} got a cache that its forward pass did not return")
            _, given, named, out = self.origins[forward, id(cache)]
            message = {"part": name, "given": [dout, given, named], "named": {}}
            if part["stochastic"]:
                message["given"].append(out)
            if observed:
                message["own"] = self.observe(original, (dout, cache), {})
            return self.answer(message, (), {})

        return stand_in

    def remember(
        self, name: str, cache: Any, given: list[Any], named: dict[str, Any], out: Any
    ) -> Any:
        """Record the arguments behind a cache; values that may be shared objects are wrapped."""
        if cache is None or isinstance(cache, bool | int | float | str | bytes):
            cache = [cache]
        self.origins[name, id(cache)] = (cache, given, named, out)
        return cache

    def forget(self) -> None:
        self.origins.clear()

    def observe(self, original: Function, given: Any, named: dict[str, Any]) -> dict[str, Any]:
        """Describe the student's own result: shapes, whether it varies, or the exception."""
        drawn = np.random.get_state()  # observation must not change random numbers
        try:
            result = original(*copy_value(list(given)), **copy_value(named))
        except BaseException as error:
            return {"raised": [kind.__name__ for kind in type(error).__mro__ if kind is not object]}
        finally:
            np.random.set_state(drawn)
        values = list(result) if isinstance(result, tuple | list) else [result]
        arrays = [np.asarray(value) for value in values if isinstance(value, np.ndarray | float)]
        varied = any(array.size == 1 or np.ptp(array) > 0 for array in arrays if array.size)
        return {"shapes": [list(array.shape) for array in arrays], "varied": bool(varied)}

    def answer(self, message: dict[str, Any], given: Any, named: dict[str, Any]) -> Any:
        """Ask the trusted side, and update the arguments that a layer writes to."""
        reply = self.ask(message)
        if "refused" in reply:
            raise StandInError(f"{message['part']}: {reply['refused']}")
        for place, value in reply.get("written", {}).items():
            holder = named[place] if place in named else given[int(place)]
            holder.clear()
            holder.update(value)
        for name, value in reply.get("state", {}).items():
            setattr(given[0], name, value)
        return reply["result"]


def raise_missing(*_given: Any, **_named: Any) -> Any:
    """Replaces a function that the submission does not have."""
    raise NotImplementedError


def copy_value(value: Any) -> Any:
    """A deep copy, or the value itself if it cannot be copied."""
    try:
        return copy.deepcopy(value)
    except Exception:  # a model of the student's, say
        return value


def state_of(model: Any) -> dict[str, Any]:
    """A model's attributes that can be sent in a frame."""
    state = {}
    for name, value in vars(model).items():
        if name == "dtype":
            value = np.dtype(value).name
        try:
            encode({name: value})
        except Exception:
            continue
        state[name] = value
    return state
