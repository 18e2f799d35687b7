"""Makes untrusted text harmless for terminals, pages, tables and databases."""

import re
from typing import Any

# Control characters, lone surrogates, characters that reorder or hide text, and non-characters.
# Line breaks and tabs stay, and so do the joiners of emoji and some scripts.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Limits of file systems for a name and for a path, in bytes.
LONGEST_PART, LONGEST_PATH = 255, 4096


def printable(text: str) -> str:
    """A text without characters that control a terminal, reorder text, or cannot be stored.

    Examples
    --------
    >>> printable("a" + chr(27) + "[2J" + chr(0xD800) + chr(0x202E))
    'a�[2J��'
    """
    return UNSAFE.sub(REPLACEMENT, text)


def printable_line(text: str) -> str:
    """A printable text on one line, for names."""
    return printable(text).replace("\n", REPLACEMENT).replace("\t", REPLACEMENT)


def printable_values(value: Any) -> Any:
    """A value for a JSON file, with all of its texts printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(str(key)): printable_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable_values(item) for item in value]
    return value


def is_too_long(path: str) -> bool:
    """Whether a path is too long for any file; to be tested before other work on a name."""
    parts = path.replace("\\", "/").split("/")
    return len(path) > LONGEST_PATH or max(map(len, parts)) > LONGEST_PART
