# Generated from daseCV/checks/registry.py by "dasecv release".
"""Where public checks are registered, and what they reach student code with."""

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


def needs(name: str) -> str:
    """How to call a check that needs something of the notebook's; '' where it needs nothing."""
    wanted = inspect.signature(QUESTIONS[name]).parameters
    given = ", ".join(f"{parameter}={parameter}" for parameter in wanted)
    return f'check("{name}", {given})' if given else ""


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a student's function on copies of arrays, and insist that it does not change them."""
    _calls[:] = [(function, arguments)]
    copies = [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]
    result = function(*copies)
    for place, (before, after) in enumerate(zip(arguments, copies, strict=True)):
        if isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=True):
            raise CheckFailure(changed_argument(name_of(function), function, place))
    return result


def call_layer(name: str, count: int, *arguments: Any) -> tuple[Any, ...]:
    """Call a function of the student's `layers`, and insist on a tuple of so many results."""
    return results(name, call(getattr(student("layers"), name), *arguments), count)


def out_of(name: str, *arguments: Any) -> Any:
    """Call a forward pass of the student's `layers`, and return what comes out."""
    return call_layer(name, 2, *arguments)[0]


def forget_calls() -> None:
    """Begin a question: what was called for the ones before it is no matter."""
    _calls.clear()


def call_in_question() -> tuple[Callable[..., Any], tuple[Any, ...]] | None:
    """The latest call, with its arguments; None where the question called nothing by itself."""
    return _calls[-1] if _calls else None


def describe_call(function: Callable[..., Any], arguments: tuple[Any, ...]) -> str:
    """What was asked: 'relu_forward: x (2, 3)'.

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
    return f"{name_of(function)}: {', '.join(shapes)}"


def name_of(function: object) -> str:
    """What a function is called; an object that is called like one has no name of its own."""
    return getattr(function, "__name__", type(function).__name__)


def changed_argument(name: str, function: Callable[..., Any], place: int) -> Message:
    return Message(
        "{name} changed its argument {argument} in place; work on a copy "
        "({argument} = {argument}.copy()) or on new arrays",
        name=name,
        argument=argument_name(function, place),
    )


def argument_name(function: Callable[..., Any], place: int) -> str:
    """What a function calls its argument at a place; a number where it has no name.

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
    names = [one.name for one in known if one.kind in by_place]
    return names[place] if place < len(names) else str(place + 1)


def results(what: str, returned: Any, count: int) -> tuple[Any, ...]:
    """Require that a student's function returned a tuple of so many results."""
    if not isinstance(returned, tuple | list) or len(returned) != count:
        raise CheckFailure(wrong_results(what, returned, describe(returned), count))
    return tuple(returned)


def wrong_results(what: str, returned: Any, described: Message, count: int) -> Message:
    if isinstance(returned, tuple | list):
        described = Message("{type} of {size}", type=described, size=len(returned))
    return Message(
        "{what} returned {got}, expected {count} results", what=what, got=described, count=count
    )
