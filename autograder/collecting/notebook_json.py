"""Parses a student's JSON after bounding the number and depth of its values.

An empty object has two bytes in a file and hundreds in memory, so a bound on bytes is not enough.
"""

import codecs
import json
from itertools import accumulate
from typing import Any

from daseCV.language import Message

from .archives import RefusedSubmission

# Values of all kinds. A long notebook full of widgets has some thousand; each costs up to 800 bytes
# while a notebook is read, repaired and validated, so this is about 160 MB.
MOST_VALUES = 200_000
DEEPEST = 64  # objects and lists around a value; a notebook's plots have about 15
DEPTH = {ord(sign): step for signs, step in (("[{", 1), ("]}", -1)) for sign in signs}
ALL_BUT_BRACKETS = bytes(set(range(256)) - set(DEPTH))


class TooManyValues(RefusedSubmission, ValueError):
    """A file has more values, or deeper ones, than any notebook."""


def parse_json(content: bytes) -> Any:
    """Read JSON that a student may have written; ValueError if it is not JSON.

    `TooManyValues` if it has more than `MOST_VALUES` values, or deeper ones than `DEEPEST`.
    """
    text = text_of(content)
    if not is_bounded(text.encode("utf-8", "replace")):
        raise TooManyValues(
            Message(
                "it has more than {most:,} values, or more than {deepest} in one another",
                most=MOST_VALUES,
                deepest=DEEPEST,
            )
        )
    return json.loads(text)


def text_of(content: bytes) -> str:
    """A notebook's text, without a byte order mark."""
    return content.decode("utf-16" if is_utf16(content) else "utf-8-sig")


def is_utf16(content: bytes) -> bool:
    return content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def is_bounded(content: bytes) -> bool:
    """Count the values outside of strings, without building objects."""
    plain = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    if plain.count(b'"') > 2 * MOST_VALUES:
        return False
    outside = b"".join(plain.split(b'"')[::2])
    brackets = outside.translate(None, ALL_BUT_BRACKETS)
    if outside.count(b",") + len(brackets) > MOST_VALUES:
        return False
    return max(accumulate(map(DEPTH.__getitem__, brackets)), default=0) <= DEEPEST
