"""Catalogues of translations: `locale/LANGUAGE/LC_MESSAGES/PACKAGE.po`, and the compiled `.mo`.

`dasecv release` extracts every template of `Message(...)` and `say(...)`, adds the new ones to each
catalogue, drops those that are gone, and compiles what gettext reads.
"""

import ast
import io
import json
import string
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment
from jinja2.nodes import Call, Name

from .blanks import ReleaseError

PACKAGES = ("daseCV", "autograder")
HINTS = "daseCV/checks/hints.json"
FUNCTIONS = ("Message", "say")  # their first argument is a template
WIDTH = 100
# A fixed date, so that files depend on their content only: Babel writes the time of each run.
BEGINNING = datetime(2026, 1, 1, tzinfo=timezone.utc)


def refresh(root: Path, check_only: bool = False) -> list[str]:
    """Update all catalogues from the templates in the sources, or only report changes.

    Raises
    ------
    ReleaseError
        If a template has no translation, or one with other fields.
    """
    changes = []
    for path in catalogue_files(root):
        catalogue = update_catalogue(path, find_templates(root / path.parts[len(root.parts)]))
        written = {path: as_po(catalogue), path.with_suffix(".mo"): as_mo(catalogue)}
        for file, content in written.items():
            if not file.exists() or file.read_bytes() != content:
                changes.append(f"changed: {file.relative_to(root).as_posix()}")
                if not check_only:
                    file.write_bytes(content)
        require_translations(catalogue, path.relative_to(root))
    return changes


def catalogue_files(root: Path) -> list[Path]:
    """The catalogues of both packages, in all languages."""
    found = [root.glob(f"{package}/locale/*/LC_MESSAGES/{package}.po") for package in PACKAGES]
    return sorted(path for paths in found for path in paths)


def find_templates(package: Path) -> Catalog:
    """Find every template in a package's sources.

    A template must be a literal: a text built at run time cannot be translated.
    """
    catalogue = Catalog(creation_date=BEGINNING, revision_date=BEGINNING)
    for path in sorted([*package.rglob("*.py"), *package.rglob("*.html")]):
        file, source = path.relative_to(package.parent).as_posix(), path.read_bytes()
        found = templates_in if path.suffix == ".py" else templates_in_page
        for template in found(source.decode(), file):
            catalogue.add(template, locations=[(file, 0)])
    for hint in hints_of(package):
        catalogue.add(hint, locations=[(HINTS, 0)])
    return catalogue


def hints_of(package: Path) -> list[str]:
    """The hints in a package, which students receive."""
    path = package.parent / HINTS
    if not path.is_relative_to(package) or not path.exists():
        return []
    blanks = json.loads(path.read_text(encoding="utf-8")).get("blanks", {})
    return [known["hint"] for mistakes in blanks.values() for known in mistakes.values()]


def templates_in_page(source: str, _: str) -> Iterator[str]:
    """The templates in a page of Jinja's."""
    for node in Environment().parse(source).find_all(Call):
        if isinstance(node.node, Name) and node.node.name in FUNCTIONS:
            yield str(node.args[0].as_const())


def templates_in(source: str, file: str) -> Iterator[str]:
    """The templates in one module."""
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") in FUNCTIONS):
            continue
        first = node.args[0] if node.args else None
        choices = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
        for choice in choices:
            if not isinstance(choice, ast.Constant) or not isinstance(choice.value, str):
                raise ReleaseError(
                    f"{file}, line {node.lineno}: got {ast.unparse(node)[:80]}, expected a text "
                    'without f"": write the values as fields, {name}, and pass name=value'
                )
            yield choice.value


def update_catalogue(path: Path, current: Catalog) -> Catalog:
    """A catalogue with all current templates, and without those that are gone."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parts[-3])
    catalogue.update(current, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.creation_date = catalogue.revision_date = BEGINNING
    return catalogue


def as_po(catalogue: Catalog) -> bytes:
    """A catalogue as text."""
    text = io.BytesIO()
    write_po(
        text, catalogue, width=WIDTH, sort_by_file=True, omit_header=True, include_lineno=False
    )
    return text.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """A catalogue as gettext reads it."""
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def require_translations(catalogue: Catalog, path: Path) -> None:
    """Fail unless every template is translated, with the same fields."""
    wrong = [f"{path}: {problem}" for entry in catalogue for problem in problems_of(entry)]
    if wrong:
        raise ReleaseError("\n".join([*wrong, "write these translations, and run it again"]))


def problems_of(entry: Message) -> Iterator[str]:
    """What is wrong with one translation."""
    template, translation = str(entry.id), str(entry.string or "")
    if not template:
        return
    if not translation:
        yield f"no translation of {template!r}"
    elif entry.fuzzy:
        yield f"the translation of {template!r} is marked as fuzzy"
    elif field_names(template) != field_names(translation):
        yield (
            f"{template!r} has the fields {sorted(field_names(template))}, its translation "
            f"{sorted(field_names(translation))}"
        )


def field_names(template: str) -> set[str]:
    """Names of the fields in a template."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}
