"""A worker behaves, for a student's code, like the student's own Python process."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograder.worker.client import StudentError, Worker
from autograder.worker.frames import Handle

Start = Callable[..., Worker]


def ask(start: Start, body: str, *given: Any, before: str = "") -> Any:
    worker = start(f"import numpy as np\n{before}\ndef ask(*given):\n    return {body}\n")
    return worker.call("layers:ask", *given).result


@pytest.mark.parametrize(
    ("body", "given"),
    [
        ('given[0] is "train"', "train"),
        ('given[0]["mode"] is "train"', {"mode": "train"}),
        ('next(iter(given[0])) is "mode"', {"mode": "train"}),
        ('given[0][0] is "batchnorm"', ["batchnorm"]),
    ],
)
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_equal_strings_are_the_same_object(start: Start, body: str, given: object) -> None:
    assert ask(start, body, given) is True


@pytest.mark.parametrize("flag", ["owndata", "writeable", "aligned"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_is_like_one_made_in_the_worker(start: Start, flag: str, order: Any) -> None:
    x = np.asarray(np.ones((3, 4)), order=order)

    assert ask(start, f"bool(given[0].flags.{flag})", x) is True


def test_an_array_keeps_its_order(start: Start) -> None:
    x = np.asfortranarray(np.ones((3, 4)))

    assert ask(start, "bool(given[0].flags.f_contiguous)", x) is True


def test_numbers_are_python_numbers(start: Start) -> None:
    body = "[type(n) is t for n, t in zip(given, (int, float, bool))]"

    assert ask(start, body, 3, 0.5, True) == [True, True, True]


@pytest.mark.parametrize(
    "unused",
    [
        "from tkinter import W",
        "import turtle",
        "from turtle import forward, shape",
        "from test.support import run_unittest",
        "from test.test_decimal import C",
        "import winsound, msvcrt",
        "from idlelib.pyparse import trans",
        "import curses, readline, sqlite3, ssl, ctypes, multiprocessing",
    ],
)
def test_imports_added_by_an_editor_cost_nothing(start: Start, unused: str) -> None:
    assert ask(start, "1", before=unused) == 1


def test_missing_modules_fail_only_when_they_are_used(start: Start) -> None:
    with pytest.raises(StudentError, match=r"winsound.Beep cannot be used here"):
        ask(start, "winsound.Beep(440, 100)", before="import winsound")


def test_an_unknown_module_cannot_be_imported(start: Start) -> None:
    with pytest.raises(StudentError, match="No module named 'not_a_module'"):
        ask(start, "1", before="import not_a_module")


def test_a_warning_is_not_an_error(start: Start) -> None:
    assert ask(start, "float(np.log(given[0])) < 0", 0.0) is True


def test_recursion_can_be_as_deep_as_usual(start: Start) -> None:
    deep = "def deep(n):\n    return 0 if n == 0 else deep(n - 1)\n"

    assert ask(start, "deep(900)", before=deep) == 0


def test_an_object_that_cannot_be_sent_stays_in_the_worker(start: Start) -> None:
    assert isinstance(ask(start, "object()"), Handle)
