# Generated from daseCV/language.py by "dasecv release".
"""The language that students are spoken to in: `DASECV_LANG=zh` (the default) or `en`."""

import os

VARIABLE = "DASECV_LANG"
LANGUAGES = ("zh", "en")


def language() -> str:
    """Return 'en' where `DASECV_LANG` starts with it, such as 'en_GB', and else 'zh'."""
    return "en" if os.environ.get(VARIABLE, "").lower().startswith("en") else LANGUAGES[0]


def say(zh: str, en: str) -> str:
    """Return the text in the language that is set."""
    return zh if language() == "zh" else en
