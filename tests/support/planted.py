"""Faults that are planted in a region of a function's arguments."""

import textwrap
from collections.abc import Sequence
from typing import Any

import pytest


def one_of(each: int, cases: Sequence[tuple[Any, ...]]) -> list[Any]:
    """Cases of which one in so many is tried outside of the long proof."""
    return [
        pytest.param(*case, marks=[pytest.mark.proof] if number % each else [])
        for number, case in enumerate(cases)
    ]


def code_of(text: str) -> str:
    """Lines as they are inside a function."""
    return textwrap.indent(textwrap.dedent(text).strip(), "    ")
