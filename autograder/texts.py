"""Text that somebody else wrote, in a form that no terminal, page, table or database is hurt by."""

import re
from typing import Any

# Controls, halves of surrogate pairs, what turns or hides the text around it, and what no character
# is. A line break and a tab stay; so do the joiners that emoji and some scripts are made with.
UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# A name's parts on disk have at most 255 bytes, a path 4096: no file of a longer one can be made.
LONGEST_PART, LONGEST_PATH = 255, 4096


def printable(text: str) -> str:
    """A text without what commands a terminal, turns the text around it, or is in no file.

    Examples
    --------
    >>> printable("a" + chr(27) + "[2J" + chr(0xD800) + chr(0x202E))
    'a�[2J��'
    """
    return UNSAFE.sub(REPLACEMENT, text)


def printable_line(text: str) -> str:
    """The same on one line, as a name has to be."""
    return printable(text).replace("\n", REPLACEMENT).replace("\t", REPLACEMENT)


def printable_values(value: Any) -> Any:
    """What a JSON file is to hold, with all of its texts printable."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {printable(str(key)): printable_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [printable_values(item) for item in value]
    return value


def is_too_long(path: str) -> bool:
    """Whether no file can be called so; to be asked before anything else is done with a name."""
    parts = path.replace("\\", "/").split("/")
    return len(path) > LONGEST_PATH or max(map(len, parts)) > LONGEST_PART
