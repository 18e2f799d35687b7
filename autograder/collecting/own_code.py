"""Students' own code outside of blanks: additional modules, and functions added to a given file
that allows it.

The code is parsed here, never run. Import statements show which modules are used.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from daseCV.language import Message

from ..folders import MAY_ADD, PACKAGE
from ..release import magics
from .archives import Files
from .remarks import Remarks, too_large

MOST = 50  # modules
LARGEST = 512 * 2**10  # bytes of one
LARGEST_PARSED = 128 * 2**10  # bytes of a module that is parsed
MOST_PARSED = 2**20  # bytes of all parsed modules together: two seconds
OPEN_FOLDERS = {"classifiers"}  # folders of the package that have student-owned files

Functions = ast.FunctionDef | ast.ClassDef


def is_extensible(released: bytes) -> bool:
    """Whether students may add functions to a given file."""
    return MAY_ADD.encode() in released


def parse(content: bytes) -> ast.Module | None:
    """A module's syntax tree; None if Python cannot parse it."""
    return None if len(content) > LARGEST_PARSED else magics.parse(content)


def functions_of(tree: ast.Module) -> dict[str, Functions]:
    """Functions and classes at the top of a module, the last of each name."""
    return {node.name: node for node in tree.body if isinstance(node, Functions)}


def adds_functions(content: bytes, released: bytes) -> bool:
    """Whether a student's copy of a given file has additional functions."""
    tree, given = parse(content), parse(released)
    return bool(tree and given and functions_of(tree).keys() - functions_of(given).keys())


def describe_changed(name: str, content: bytes, released: bytes) -> Iterator[Message]:
    """Say which given functions a student changed, which has no effect."""
    tree, given = parse(content), parse(released)
    own = functions_of(tree) if tree else {}
    for function, node in functions_of(given).items() if given else ():
        if function in own and without_docstring(own[function]) != without_docstring(node):
            yield Message(
                "{function} in {name} was changed: graded as it was released",
                function=function,
                name=name,
            )


def without_docstring(node: Functions) -> str:
    """A function's code as a text, without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    arguments = ast.dump(node.args) if isinstance(node, ast.FunctionDef) else ""
    return arguments + "".join(map(ast.dump, body))


def restore_given_functions(content: bytes, released: bytes) -> bytes:
    """A student's copy of a given file, with its given functions restored.

    They are appended: a later definition replaces an earlier one, and the student's own functions
    keep their line numbers.
    """
    return content.rstrip(b"\n") + b"\n\n\n# As released:\n" + released


def own_modules(
    files: Files, owned: Mapping[str, bytes], released: Mapping[str, bytes], remarks: Remarks
) -> Files:
    """A student's own modules that student-owned files import, directly or not, by path.

    Those that are left behind are noted for a person to look at.
    """
    candidates = own_candidates(files, {*released, *owned})
    found: Files = {}
    reading, left = list(owned.values()), MOST_PARSED
    while reading and candidates and left > 0:
        content = reading.pop()
        left -= len(content)
        names = imported_names(content)
        for path in [path for path in candidates if name_to_import(path) in names]:
            file = candidates.pop(path)
            if file.size > LARGEST:
                remarks.doubt(too_large(str(path), file.size, LARGEST))
            elif len(found) == MOST:
                remarks.doubt(
                    Message(
                        "more than {most} modules of your own: {name} is not used",
                        most=MOST,
                        name=str(path),
                    )
                )
            else:
                found[path] = file
                reading.append(file.read())
    if reading and candidates:
        remarks.doubt(
            Message("imports beyond the first {most:,} bytes are not followed", most=MOST_PARSED)
        )
    return found


def name_to_import(path: PurePosixPath) -> str:
    """The name in an import of a module, or of its folder."""
    parts = [part for part in path.parts[1:] if part not in OPEN_FOLDERS]
    return parts[0].removesuffix(".py")


def own_candidates(files: Files, released: Iterable[str]) -> Files:
    """Modules that are not the release's, by their path in the package."""
    given = {PurePosixPath(name.casefold()) for name in released}
    taken = {path.parts[1].removesuffix(".py") for path in given} - OPEN_FOLDERS
    found: Files = {}
    for path in sorted(files, key=lambda path: (len(path.parts), str(path))):
        inside = path_in_package(path)
        if inside is None or path.suffix != ".py":
            continue
        first = inside.parts[1].casefold().removesuffix(".py")
        is_importable = all(part.removesuffix(".py").isidentifier() for part in inside.parts)
        is_given = PurePosixPath(str(inside).casefold()) in given or first in taken
        # A folder in `classifiers`, or a module of that name, would hide given files.
        hides = first in OPEN_FOLDERS and len(inside.parts) != 3
        if is_importable and not is_given and not hides:
            found.setdefault(inside, files[path])
    return found


def path_in_package(path: PurePosixPath) -> PurePosixPath | None:
    """A file's path in the package: below its folder, or at its top for loose files."""
    folded = [part.casefold() for part in path.parts[:-1]]
    if PACKAGE.casefold() in folded:
        start = len(folded) - folded[::-1].index(PACKAGE.casefold())
        return PurePosixPath(PACKAGE, *path.parts[start:])
    return PurePosixPath(PACKAGE, path.name)


def imported_names(content: bytes) -> set[str]:
    """All parts of the names that a module imports from its own package."""
    tree = parse(content)
    names: set[str] = set()
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = PACKAGE if node.level else ""
            modules = [f"{start}.{node.module or ''}.{alias.name}" for alias in node.names]
        else:
            continue
        parts = [module.strip(".").split(".") for module in modules]
        names.update(part for path in parts if path[0] == PACKAGE for part in path[1:])
    return names
