"""Messages of the library, and of a copy of it, in Chinese."""

from typing import Any

from daseCV.language import Message, translate
from support.plain import plain_words


def as_library_message(text: Any) -> Any:
    """Convert a message of a copy of the library to a message of the library."""
    if not hasattr(text, "template"):
        return text
    fields = {name: as_library_message(value) for name, value in text.fields.items()}
    details = {label: as_library_message(detail) for label, detail in text.details.items()}
    return Message.build(text.template, fields, details)


def require_chinese(message: str) -> None:
    """Check that no line of a translated message has English left."""
    for line in translate(as_library_message(message), "zh").splitlines():
        assert not plain_words(line), line
