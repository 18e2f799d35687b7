"""Texts in the reader's language: `DASECV_LANG=zh` (the default), `en`, or any with a catalogue.

A text is an English template with named fields. Code that knows the facts makes a `Message`; it is
translated when it is shown, by gettext from
`locale/LANGUAGE/LC_MESSAGES/PACKAGE.mo`. A new language is a new `.po` file.
"""

import gettext
import io
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from numbers import Integral, Real
from pathlib import Path
from typing import Any

VARIABLE = "DASECV_LANG"
ENGLISH, CHINESE = "en", "zh"

# Marks the edges of fields; a space at an edge between two Chinese characters is removed.
EDGE = "\0"
CHARACTER = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
SPACE = re.compile(f"(?<={CHARACTER})({EDGE} {EDGE}?| {EDGE})(?={CHARACTER})")

# Folders of catalogues, each named like the package that it belongs to.
_folders = [Path(__file__).parent / "locale"]


def add_catalogues(folder: Path) -> None:
    """Translate with the catalogues of another package too, which are in PACKAGE/locale."""
    if folder not in _folders:
        _folders.append(folder)
        _catalogue.cache_clear()


def languages() -> list[str]:
    """Return English and all languages that have a catalogue."""
    return [ENGLISH, *sorted(path.name for path in _folders[0].glob("*") if path.is_dir())]


def language() -> str:
    """Return the language that `DASECV_LANG` begins with, such as 'en' of 'en_GB'; else 'zh'."""
    wanted = os.environ.get(VARIABLE, "").lower()
    return next((name for name in languages() if wanted.startswith(name)), CHINESE)


class Message(str):
    """A text that can be shown in several languages; as a string, it is its English.

    Parameters
    ----------
    template : str
        English, with fields in braces as for `str.format`.
    details : mapping of str to str, optional
        Lines below the text, each after a label: 'got', 'expected', 'where', ...
    **fields : object
        Messages, which are translated too; numbers and other text, which are not.

    Examples
    --------
    >>> shape = Message("{what} has shape {got}, expected {expected}", what="dx", got=3, expected=4)
    >>> shape
    'dx has shape 3, expected 4'
    >>> translate(shape, "zh")
    'dx 的形状是 3，应为 4'
    """

    template: str
    fields: dict[str, Any]
    details: dict[str, str]

    def __new__(
        cls, template: str, /, details: Mapping[str, str] | None = None, **fields: Any
    ) -> "Message":
        kept = {name: _as_json_value(value) for name, value in fields.items()}
        message = super().__new__(cls, _render(template, kept, details or {}, ENGLISH))
        message.template, message.fields, message.details = template, kept, dict(details or {})
        return message

    @classmethod
    def build(
        cls, template: str, fields: Mapping[str, Any], details: Mapping[str, str] | None = None
    ) -> "Message":
        """A message whose template comes from elsewhere: another message, or a file."""
        return cls(template, details, **fields)

    def __getnewargs_ex__(self) -> tuple[tuple[str, dict[str, str]], dict[str, Any]]:
        return (self.template, self.details), self.fields

    @property
    def headline(self) -> "Message":
        """The text without the lines below it."""
        return Message.build(self.template, self.fields)

    def with_details(self, **details: str) -> "Message":
        """The message with more lines below it; empty ones are left out."""
        added = {label: text for label, text in details.items() if text}
        return Message.build(self.template, self.fields, {**self.details, **added})


def _as_json_value(value: Any) -> str | int | float:
    """A value for JSON: NumPy's numbers as Python's, other objects as text."""
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    return value if isinstance(value, str) else str(value)


def as_message(text: str) -> Message:
    """Any text as a message; translation does not change plain text."""
    return text if isinstance(text, Message) else Message("{text}", text=text)


def translate(text: str, to: str | None = None) -> str:
    """Return a message in a language, by default that of `language()`; other texts as they are."""
    if not isinstance(text, Message):
        return text
    return _render(text.template, text.fields, text.details, to or language())


def show_number(value: float, digits: int = 3) -> str:
    """A number with so many digits after the point; with an exponent if it is very large.

    Examples
    --------
    >>> show_number(2.30259), show_number(1e300)
    ('2.303', '1.000e+300')
    """
    return f"{value:.{digits}f}" if abs(value) < 1e6 else f"{value:.{digits}e}"


def replace_unencodable() -> None:
    """Let the terminal's streams print escapes for characters that they cannot encode.

    For terminals of any code page; a notebook's streams can encode all characters.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(template: str, **fields: Any) -> str:
    """Return a text in the language that is set; template and fields are those of `Message`."""
    return translate(Message.build(template, fields))


def join(texts: Sequence[str]) -> str:
    """Several texts in a row, with the commas of the reader's language.

    Examples
    --------
    >>> translate(join(["W1", "W2", "b1"]), "zh")
    'W1，W2，b1'
    """
    joined = texts[0] if texts else ""
    for text in texts[1:]:
        joined = Message("{text}, {more}", text=joined, more=text)
    return joined


def change_text(text: str, change: Callable[[str], str]) -> str:
    """Change a text, or a message's fields and details; templates stay."""
    if not isinstance(text, Message):
        return change(text)
    fields = {
        name: change_text(value, change) if isinstance(value, str) else value
        for name, value in text.fields.items()
    }
    details = {label: change_text(detail, change) for label, detail in text.details.items()}
    return Message.build(text.template, fields, details)


def to_json(text: str) -> str | dict[str, Any]:
    """A text for a JSON file: a message as its template, fields and details."""
    if not isinstance(text, Message):
        return text
    return {
        "template": text.template,
        "fields": {name: to_json(value) for name, value in text.fields.items()},
        "details": {label: to_json(value) for label, value in text.details.items()},
    }


def from_json(value: Any) -> Any:
    """The text that `to_json` converted."""
    if not isinstance(value, dict):
        return value
    details = {label: from_json(text) for label, text in value["details"].items()}
    fields = {name: from_json(field) for name, field in value["fields"].items()}
    return Message.build(value["template"], fields, details)


def _render(template: str, fields: Mapping[str, Any], details: Mapping[str, str], to: str) -> str:
    """The text in a language, and below it a line for each detail."""
    find = _catalogue(to).gettext
    filled = {
        name: f"{EDGE}{translate(value, to)}{EDGE}" if isinstance(value, str) else value
        for name, value in fields.items()
    }
    found = find(template) if template else ""  # gettext's "" is the catalogue's header
    lines = [SPACE.sub("", found.format(**filled)).replace(EDGE, "") if fields else found]
    lines += [f"  {labelled(label, text, to)}" for label, text in details.items()]
    return "\n".join(lines)


def labelled(label: str, text: str, to: str | None = None) -> str:
    """A text after one of `LABELS`, in a language; default: that of `language()`."""
    to = to or language()
    before = _catalogue(to).gettext(LABEL.template).format(label=translate(LABELS[label], to))
    padding = " " * max(1, LABEL_WIDTH - len(before)) if before.isascii() else ""
    return f"{before}{padding}{translate(text, to)}"


@cache
def _catalogue(to: str) -> gettext.NullTranslations:
    """The translations of all packages into a language; English as it is written."""
    found = gettext.NullTranslations()
    for folder in _folders:
        package = folder.parent.name
        found.add_fallback(gettext.translation(package, folder, [to], fallback=True))
    return found


# Labels of details; English labels are padded to a column.
LABELS = {
    "got": Message("got"),
    "expected": Message("expected"),
    "where": Message("where"),
    "line": Message("line"),
    "reason": Message("reason"),
    "how": Message("how"),
    "asked": Message("asked"),
    "hint": Message("hint"),
    "promised": Message("promised"),
    "printed": Message("printed"),
}
LABEL = Message("{label}:", label="")
LABEL_WIDTH = 10
