# Generated from daseCV/language.py by "dasecv release".
"""Which language hints are given in: `DASECV_LANG=zh` (the notebook's, the default) or `en`."""

import os

VARIABLE = "DASECV_LANG"
LANGUAGES = ("zh", "en")


def language() -> str:
    """Return 'en' where `DASECV_LANG` starts with it, such as 'en_GB', and else 'zh'."""
    return "en" if os.environ.get(VARIABLE, "").lower().startswith("en") else LANGUAGES[0]
