"""Two languages from one source: makes a notebook for each language from pairs of cells.

A cell tagged `zh` is followed by its translation, tagged `en`; cells without a tag belong to both.
The English cell keeps a fingerprint of the Chinese text, to detect later changes of it. In a pair
of code cells, only strings and comments may differ.
"""

import ast
import copy
import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .blanks import ReleaseError
from .magics import as_python, magics_in, parse

LANGUAGES = ("zh", "en")  # the first is the source; its notebook has the plain name
TRANSLATES = "translates"  # metadata of an English cell
SKIPPED = "nbval-skip"  # the Chinese twin has run already
CHINESE = re.compile(r"[\u3400-\u9fff\uff00-\uffef\u3000-\u303f]")


def file_name(notebook: str, language: str) -> str:
    """The name of a notebook's file in a language.

    Examples
    --------
    >>> file_name("Dropout.ipynb", "zh"), file_name("Dropout.ipynb", "en")
    ('Dropout.ipynb', 'Dropout.en.ipynb')
    """
    path = Path(notebook)
    return path.name if language == LANGUAGES[0] else f"{path.stem}.{language}{path.suffix}"


def notebook_names(folder: Path) -> list[str]:
    """Names, without '.ipynb', of a folder's notebooks, each once for all languages."""
    stems = (path.stem for path in sorted(folder.glob("*.ipynb")))
    endings = tuple(f".{language}" for language in LANGUAGES)
    return [stem for stem in stems if not stem.endswith(endings)]


def select_language(notebook: Any, language: str) -> Any:
    """Return the notebook that readers of a language get, 'zh' or 'en'."""
    made = copy.deepcopy(notebook)
    made.cells = [cell for cell in made.cells if language_of(cell) in (language, None)]
    for cell in made.cells:
        tags = [tag for tag in cell.metadata.pop("tags", []) if tag not in (*LANGUAGES, SKIPPED)]
        if tags:
            cell.metadata["tags"] = tags
        cell.metadata.pop(TRANSLATES, None)
    return made


def require_pairs(notebook: Any, origin: str) -> None:
    """Require that every text has both languages, and that no translation is stale."""
    found = [f"{origin}: {problem}" for problem in find_problems(notebook)]
    if found:
        raise ReleaseError("\n".join(found))


def find_problems(notebook: Any) -> Iterator[str]:
    """Missing and stale translations, a line each."""
    cells = notebook.cells
    for number, cell in enumerate(cells):
        name = f"cell {cell.get('id', number)}"
        spoken = language_of(cell)
        if spoken is None:
            yield from problems_without_language(cell, name)
        elif spoken == LANGUAGES[0]:
            other = cells[number + 1] if number + 1 < len(cells) else None
            if other is None or language_of(other) != LANGUAGES[1]:
                yield f"{name} is tagged zh, expected its translation, tagged en, after it"
            else:
                yield from problems_of_pair(cell, other, f"cell {other.get('id', number + 1)}")
        elif number == 0 or language_of(cells[number - 1]) != LANGUAGES[0]:
            yield f"{name} is tagged en, expected the text that it translates before it"


def problems_without_language(cell: Any, name: str) -> Iterator[str]:
    """What is wrong with a cell that has no language."""
    if "nbgrader" in cell.metadata:  # one cell in both notebooks, so that it has one mark
        return
    if cell.cell_type == "markdown":
        yield f"{name} is a text without a language, expected the tag zh, and a translation"
    elif CHINESE.search(cell.source):
        yield f"{name} holds Chinese and has no language, expected the tag zh, and a translation"


def problems_of_pair(zh: Any, en: Any, name: str) -> Iterator[str]:
    """What is wrong with a translation."""
    if en.cell_type != zh.cell_type or "nbgrader" in en.metadata or "nbgrader" in zh.metadata:
        yield f"{name} is no translation of the cell before it: a cell of another kind"
        return
    if CHINESE.search(en.source):
        yield f"{name} holds Chinese, expected English"
    if en.metadata.get(TRANSLATES) != fingerprint(zh.source):
        yield (
            f"{name} translates a text that has changed since: bring it up to date, then run  "
            "dasecv translated"
        )
    if zh.cell_type == "code":
        if skeleton(zh.source) != skeleton(en.source):
            yield f"{name} is other code than its twin: only strings and comments may differ"
        if SKIPPED not in en.metadata.get("tags", []):
            yield f"{name} needs the tag {SKIPPED}: its twin has run already"


def mark_translated(notebook: Any) -> int:
    """Mark every translation as up to date; return how many were not."""
    changed = 0
    for zh, en in zip(notebook.cells, notebook.cells[1:], strict=False):
        if language_of(zh) == LANGUAGES[0] and language_of(en) == LANGUAGES[1]:
            changed += en.metadata.get(TRANSLATES) != fingerprint(zh.source)
            en.metadata[TRANSLATES] = fingerprint(zh.source)
    return changed


def language_of(cell: Any) -> str | None:
    """The language that a cell is tagged with."""
    return next((tag for tag in LANGUAGES if tag in cell.metadata.get("tags", [])), None)


def fingerprint(text: str) -> str:
    """A short hash of the text."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:12]


def skeleton(source: str) -> str:
    """What code does, without its strings and comments; magics stay as they are."""
    tree = parse(as_python(source))
    if tree is None:
        return source
    magics = "".join(ast.dump(magic) for magic in magics_in(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
        elif isinstance(node, ast.JoinedStr):  # its texts go, its values stay
            node.values = [value for value in node.values if isinstance(value, ast.FormattedValue)]
    return ast.dump(tree) + magics
