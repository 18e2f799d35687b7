"""Stand-ins: in the place of some of a submission's functions, and answered from outside.

Runs inside the sandbox, beside student code, and holds no solution: a stand-in sends what it was
called with to the trusted side and returns what comes back. A cache stays the student's own, since
the other half of the layer may be the student's; a stand-in for a backward pass finds what the
forward pass was given by the cache that it returned. Dropout is the exception: nobody could draw
its mask again, so the mask comes along, and its gradient follows from what came out.
"""

import copy
import functools
import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
from frames import encode

Ask = Callable[[dict[str, Any]], dict[str, Any]]
Function = Callable[..., Any]


class StandInError(RuntimeError):
    """The trusted side did not answer: the arguments fit no layer of this name."""


class StandIns:
    """The stand-ins of one worker.

    `ask` sends a message to the trusted side and returns its reply.
    """

    def __init__(self, package: str, ask: Ask) -> None:
        self.package, self.ask = package, ask
        # By forward pass and by cache: a layer may hand on the cache of a layer within it.
        self.origins: dict[tuple[str, int], tuple[Any, list[Any], dict[str, Any], Any]] = {}

    def install(self, parts: list[dict[str, Any]], watched: bool) -> None:
        """Put stand-ins in place, before anything imports what they stand in for by name.

        Each part has the `name` of a function, 'layers.relu_forward' or
        'classifiers.cnn.ThreeLayerConvNet.loss'; a `kind`: 'forward', 'backward' or 'plain';
        `forward`, the name of a backward pass's forward pass; and `stochastic`: whether it is
        random, as dropout is. Watched, the student's own function is called as well, to tell what
        it looks like.
        """
        replaced = {part["name"] for part in parts}
        for part in parts:
            name, kind = part["name"], part["kind"]
            if kind == "backward":
                if part["forward"] not in replaced:
                    self.put(part["forward"], functools.partial(self.remembering, part["forward"]))
                self.put(name, functools.partial(self.backward, part, watched))
            elif kind == "forward":
                both = any(other.get("forward") == name for other in parts)
                self.put(name, functools.partial(self.forward, part, watched, both))
            else:
                self.put(name, functools.partial(self.plain, name, watched))

    def put(self, name: str, make: Callable[[Function], Function]) -> None:
        """Replace a function of a module, or a method of a class in one.

        What cannot be imported cannot be called either, and is left as it is.
        """
        *path, last = name.split(".")
        depth = 2 if path[0] == "classifiers" else 1
        try:
            holder: Any = importlib.import_module(".".join([self.package, *path[:depth]]))
            for step in path[depth:]:
                holder = getattr(holder, step)
        except Exception:
            return
        original = getattr(holder, last, missing)
        setattr(holder, last, functools.wraps(original)(make(original)))

    def plain(self, name: str, watched: bool, original: Function) -> Function:
        """A stand-in for a function of its arguments alone, or for a method of a model."""

        def stand_in(*given: Any, **named: Any) -> Any:
            message: dict[str, Any] = {"part": name, "given": list(given), "named": named}
            if given and hasattr(given[0], "params"):
                message["given"] = list(given[1:])
                message["state"] = state_of(given[0])
            if watched:
                message["own"] = self.look(original, given, named)
            return self.answer(message, given, named)

        return stand_in

    def forward(
        self, part: dict[str, Any], watched: bool, both: bool, original: Function
    ) -> Function:
        """A stand-in for a forward pass; `both`: its backward pass has one as well."""
        name = part["name"]

        def stand_in(*given: Any, **named: Any) -> Any:
            origin = copy_value(list(given)), copy_value(named)
            message: dict[str, Any] = {"part": name, "given": list(given), "named": named}
            if watched:
                message["own"] = self.look(original, given, named)
            cache: Any = tuple(origin[0])
            if not both and not part["stochastic"]:
                try:
                    cache = original(*copy_value(list(given)), **copy_value(named))[1]
                except Exception:  # what it promises is the best that there is
                    cache = tuple(origin[0])
            out = self.answer(message, given, named)
            if part["stochastic"]:
                out, cache = out
            return out, self.remember(name, cache, *origin, copy_value(out))

        return stand_in

    def remembering(self, name: str, original: Function) -> Function:
        """The student's own forward pass, where only the backward pass has a stand-in."""

        def stand_in(*given: Any, **named: Any) -> Any:
            origin = copy_value(list(given)), copy_value(named)
            result = original(*given, **named)
            if not isinstance(result, tuple) or len(result) != 2:
                return result
            return result[0], self.remember(name, result[1], *origin, copy_value(result[0]))

        return stand_in

    def backward(self, part: dict[str, Any], watched: bool, original: Function) -> Function:
        name, forward = part["name"], part["forward"]

        def stand_in(dout: Any, cache: Any) -> Any:
            if (forward, id(cache)) not in self.origins:
                raise StandInError(f"{name} got a cache that its forward pass did not return")
            _, given, named, out = self.origins[forward, id(cache)]
            message = {"part": name, "given": [dout, given, named], "named": {}}
            if part["stochastic"]:
                message["given"].append(out)
            if watched:
                message["own"] = self.look(original, (dout, cache), {})
            return self.answer(message, (), {})

        return stand_in

    def remember(
        self, name: str, cache: Any, given: list[Any], named: dict[str, Any], out: Any
    ) -> Any:
        """Note what a cache came of; one that other caches may be the same object as is wrapped."""
        if cache is None or isinstance(cache, bool | int | float | str | bytes):
            cache = [cache]
        self.origins[name, id(cache)] = (cache, given, named, out)
        return cache

    def forget(self) -> None:
        self.origins.clear()

    def look(self, original: Function, given: Any, named: dict[str, Any]) -> dict[str, Any]:
        """What the student's own function returns: shapes, whether it varies, or what it raised."""
        drawn = np.random.get_state()  # what others draw must not depend on who is watched
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
        """Ask, and let the arguments that a layer writes to hold what it wrote."""
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


def missing(*_given: Any, **_named: Any) -> Any:
    """Where the submission has no function of a part's name."""
    raise NotImplementedError


def copy_value(value: Any) -> Any:
    """Arguments that nobody else changes."""
    try:
        return copy.deepcopy(value)
    except Exception:  # a model of the student's, say
        return value


def state_of(model: Any) -> dict[str, Any]:
    """A model's attributes that can travel."""
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
