"""A made-up language in which every letter has an accent: what stays plain was never translated."""

import re
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from autograder.release.catalogues import catalogue_files

NAME = "xx"
FIELD = re.compile(r"(\{[^}]*\}|`[^`]*`)")
PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
ACCENTED = "àƀçđéƒĝĥîĵķłɱñóƥɋřšťúṽŵẋýžÀƁÇĐÉƑĜĤÎĴĶŁṀÑÓƤɊŘŠŤÚṼŴẊÝŽ"
LETTERS = str.maketrans(PLAIN, ACCENTED)


def add_accents(template: str) -> str:
    """A template with accents on all letters but those of its fields and of code."""
    parts = FIELD.split(template)
    return "".join(part if FIELD.match(part) else part.translate(LETTERS) for part in parts)


def write_catalogues(root: Path, folder: Path) -> list[Path]:
    """Write the language's catalogues, made of the templates of the Chinese ones.

    Returns
    -------
    locales : list of Path
        FOLDER/PACKAGE/locale of each package.
    """
    locales = []
    for path in catalogue_files(root):
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parts[-3])
        for message in catalogue:
            if message.id:
                message.string = add_accents(str(message.id))
        locale = folder / path.stem / "locale"
        target = locale / NAME / "LC_MESSAGES" / f"{path.stem}.mo"
        target.parent.mkdir(parents=True)
        with target.open("wb") as file:
            write_mo(file, catalogue)
        locales.append(locale)
    return locales
