"""Registers public checks, and calls student code for them."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ..language import Message
from .compare import CheckFailure, describe
from .library import student

# A check yields one line for each question that was answered rightly.
Questions = Callable[..., Iterator[str]]

QUESTIONS: dict[str, Questions] = {}  # by check, in the order in which modules were imported
_calls: list[tuple[Callable[..., Any], tuple[Any, ...]]] = []  # of the question that is asked


def public_check(questions: Questions) -> Questions:
    """Register a generator of questions under its own name."""
    QUESTIONS[questions.__name__] = questions
    return questions


def needed_call(name: str) -> str:
    """The call of a check that needs an object of the notebook; '' if it needs none."""
    wanted = inspect.signature(QUESTIONS[name]).parameters
    given = ", ".join(f"{parameter}={parameter}" for parameter in wanted)
    return f'check("{name}", {given})' if given else ""


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a student's function on copies of arrays, and require that it does not change them."""
    _calls[:] = [(function, arguments)]
    copies = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    result = function(*copies)
    for place, (before, after) in enumerate(zip(arguments, copies, strict=True)):
        if isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=True):
            raise CheckFailure(changed_argument(name_of(function), function, place))
    return result


def call_layer(name: str, count: int, *arguments: Any) -> tuple[Any, ...]:
    """Call a function of the student's `layers`, and require a tuple of `count` results."""
    return expect_results(name, call(getattr(student("layers"), name), *arguments), count)


def call_forward(name: str, *arguments: Any) -> Any:
    """Call a forward pass of the student's `layers`, and return its output."""
    return call_layer(name, 2, *arguments)[0]


def forget_calls() -> None:
    """Forget the calls of earlier questions."""
    _calls.clear()


def latest_call() -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
    """The latest call with its arguments; None if the question made no call."""
    return _calls[-1] if _calls else None


def describe_call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    """Describe a call: 'relu_forward: x (2, 3)'.

    Examples
    --------
    >>> def relu_forward(x): ...
    >>> describe_call(relu_forward, (np.ones((2, 3)),))
    'relu_forward: x (2, 3)'
    """
    shapes = [
        f"{argument_name(function, place)} {argument.shape}"
        for place, argument in enumerate(arguments)
        if isinstance(argument, np.ndarray)
    ]
    return ": ".join(filter(None, [name_of(function), ", ".join(shapes)]))


def name_of(function: object) -> str:
    """A function's name; for another callable object, the name of its type."""
    function = getattr(function, "func", function)  # of functools.partial
    return getattr(function, "__name__", type(function).__name__)


def changed_argument(name: str, function: Callable[..., Any], place: int) -> Message:
    return Message(
        "{name} changed its argument {argument} in place; work on a copy "
        "({argument} = {argument}.copy()) or on new arrays",
        name=name,
        argument=argument_name(function, place),
    )


def argument_name(function: Callable[..., Any], place: int) -> str:
    """The name of a function's argument at a position; its number if it has no name.

    Examples
    --------
    >>> argument_name(lambda dout, cache: None, 0), argument_name(print, 1)
    ('dout', '2')
    """
    try:
        known = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        known = []
    by_place = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    names = [parameter.name for parameter in known if parameter.kind in by_place]
    return names[place] if place < len(names) else str(place + 1)


def expect_results(what: str, returned: Any, count: int) -> tuple[Any, ...]:
    """Require that a student's function returned a tuple of `count` results."""
    if not isinstance(returned, tuple | list) or len(returned) != count:
        raise CheckFailure(wrong_results(what, returned, describe(returned), count))
    return tuple(returned)


def wrong_results(what: str, returned: Any, described: Message, count: int) -> Message:
    if isinstance(returned, tuple | list):
        described = Message("{type} of {size}", type=described, size=len(returned))
    return Message(
        "{what} returned {got}, expected {count} results: {names}",
        what=what,
        got=described,
        count=count,
        names=names_of_results(what),
    )


def names_of_results(what: str) -> str:
    """What docstrings call the results of a student's function, by its name.

    Examples
    --------
    >>> names_of_results("conv_backward_naive"), names_of_results("adam")
    ('dx, dw, db', 'next_w, config')
    """
    if "forward" in what:
        return "out, cache"
    if "backward" in what:
        return "dx, dgamma, dbeta" if "norm" in what else "dx, dw, db"
    if "loss" in what:
        return "loss, dx" if "_loss" in what else "loss, grads"
    return "next_w, config"
