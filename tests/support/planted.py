"""Faults that are planted in a region of a function's arguments."""

import textwrap
from collections.abc import Sequence
from typing import Any

import pytest


def every_nth(step: int, cases: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Parameter sets of which only the first of each `step` runs outside the long proof."""
    return [
        pytest.param(*case, marks=[pytest.mark.proof] if number % step else [])
        for number, case in enumerate(cases)
    ]


def as_function_body(text: str) -> str:
    """Indent lines as in the body of a function."""
    return textwrap.indent(textwrap.dedent(text).strip(), "    ")
