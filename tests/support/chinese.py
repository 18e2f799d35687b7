"""Messages of the library, and of a copy of it, in Chinese."""

from typing import Any

from daseCV.language import Message, translate
from support.plain import plain_words


def ours(text: Any) -> Any:
    """A message of a copy of the library as one of the library's."""
    if not hasattr(text, "template"):
        return text
    fields = {name: ours(value) for name, value in text.fields.items()}
    details = {label: ours(detail) for label, detail in text.details.items()}
    return Message.build(text.template, fields, details)


def require_chinese(message: str) -> None:
    """Every line of a message, translated, has no English left."""
    for line in translate(ours(message), "zh").splitlines():
        assert not plain_words(line), line
