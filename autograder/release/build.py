"""Build the release: `assignment/` from `daseCV/` and `source_notebooks/`.

The tree is built and checked in a temporary folder; it replaces the old release only if all checks
pass.
"""

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat

from ..folders import NOTEBOOKS, PACKAGE, RELEASE
from .blanks import ReleaseError, module_name, stub
from .contents import FILE as CONTENTS
from .contents import contents_text
from .languages import LANGUAGES, file_name, require_pairs, select_language
from .leaks import find_leaks, read_texts
from .notebooks import notebook_blanks, read_notebook, release_notebook
from .reference import BINARY, LEFT_OUT, Reference

IGNORED = LEFT_OUT | {".ipynb_checkpoints", ".dasecv"}


def build_release(
    root: Path,
    check_only: bool = False,
    *,
    week: str = "",
    filled: bool = False,
    target: Path | None = None,
) -> list[str]:
    """Write `assignment/`, or say how it differs from what would be written.

    Parameters
    ----------
    week : str
        The only notebook to write; default: all.
    filled : bool
        Whether blanks of earlier notebooks keep their solutions.
    target : Path, optional
        Where to write; default: `assignment/` in the checkout.

    Returns
    -------
    changes : list of str
        One line for each file that is new, changed or gone.

    Raises
    ------
    ReleaseError
        If a marker is wrong, a stub does not compile or import, or a solution survives; then
        nothing is written.
    """
    reference = Reference(root, week, filled)
    target = target or root / RELEASE
    with tempfile.TemporaryDirectory(prefix="dasecv-release-") as folder:
        fresh = Path(folder, RELEASE)
        write_modules(reference, fresh)
        write_notebooks(reference, fresh)
        changes = list(differences(target, fresh))
        if changes or check_only:  # the existing release was checked when it was written
            check_tree(reference, fresh)
        if changes and not check_only:
            replace_tree(target, fresh)
    return changes


def write_modules(reference: Reference, target: Path) -> None:
    """Write the package with its stubs, `requirements.txt` and the students' README."""
    blanks, solved, parts = reference.blanks(), reference.solved(), reference.open_parts()
    for path in reference.modules():
        if path.suffix in BINARY:
            _write_bytes(target / path, (reference.root / path).read_bytes())
            continue
        text = stub(reference.text(path), blanks.get(path, ()), solved, parts)
        # JSON has no comments; a generated one says so itself.
        _write(target / path, text if path.suffix == ".json" else f"{_header(path)}\n{text}")
    _write(target / CONTENTS, contents_text(reference))
    _write(
        target / "requirements.txt",
        f"{_header(Path('pyproject.toml'))}\n" + "\n".join(reference.requirements()) + "\n",
    )
    readme = Path(NOTEBOOKS, "README.md")
    for name, place in (("postBuild", ""), ("devcontainer.json", ".devcontainer")):
        if (reference.root / NOTEBOOKS / name).exists():
            _write(target / place / name, reference.text(Path(NOTEBOOKS, name)))
    names = "、".join(f"`{path.stem}`" for path in reference.notebooks())
    text = reference.text(readme).replace("{notebooks}", names)
    _write(target / "README.md", f"{_header(readme)}\n\n{text}")


def write_notebooks(reference: Reference, target: Path) -> None:
    """Write the notebooks with their stubs, one for each language."""
    for path in reference.notebooks():
        made_by = _made_by(path.relative_to(reference.root))
        source = read_notebook(path)
        require_pairs(source, path.name)
        for language in LANGUAGES:
            name = file_name(path.name, language)
            spoken = select_language(source, language)
            released = release_notebook(spoken, name, made_by, reference.publication(), language)
            _write(target / name, nbformat.writes(released) + "\n")


def check_tree(reference: Reference, tree: Path) -> None:
    """Require that a release compiles, imports and holds no solution."""
    for path in sorted(tree.rglob("*.py")):
        try:
            compile(path.read_text(encoding="utf-8"), path.name, "exec")
        except SyntaxError as error:
            raise ReleaseError(f"{path.relative_to(tree)} does not compile: {error}") from None
    _import_all(tree)
    leaks = leaks_in(reference, read_texts(tree))
    if leaks:
        raise ReleaseError("solutions survive in the release:\n  " + "\n  ".join(leaks))


def leaks_in(reference: Reference, texts: dict[str, str]) -> list[str]:
    """Find parts of the reference's solutions in the texts of `read_texts`, a line each."""
    blanks, solved, parts = reference.blanks(), reference.solved(), reference.open_parts()
    secrets = [blank for found in reference.open_blanks().values() for blank in found]
    for notebook in reference.notebooks():
        secrets += notebook_blanks(read_notebook(notebook), notebook.name)
    given = [
        stub(reference.text(path), blanks.get(path, ()), solved, parts)
        for path in reference.modules()
        if path.suffix == ".py"
    ]
    return find_leaks(secrets, given, texts)


def _import_all(tree: Path) -> None:
    modules = [
        f"{PACKAGE}.{module_name(path.relative_to(tree / PACKAGE))}".removesuffix(".__init__")
        for path in sorted((tree / PACKAGE).rglob("*.py"))
        if path.name != "setup.py"
    ]
    program = (
        "import sys, importlib; sys.dont_write_bytecode = True; sys.path.insert(0, sys.argv[1])\n"
        "for name in sys.argv[2:]:\n"
        "    file = importlib.import_module(name).__file__\n"
        "    assert file.startswith(sys.argv[1]), f'{name} came from {file}'\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, str(tree.resolve()), *modules],
        capture_output=True,
        text=True,
        errors="replace",
        cwd=tree,
        check=False,
    )
    if run.returncode:
        raise ReleaseError(f"the stubs do not import:\n{run.stderr.strip()}")


def files_of(folder: Path) -> list[Path]:
    """The files of a release, relative to it, without caches and build products."""
    names = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    built = (".so", ".pyd", ".zip")
    return [name for name in names if not IGNORED & set(name.parts) and name.suffix not in built]


def differences(old: Path, fresh: Path) -> Iterator[str]:
    """Files that differ, except for caches and build products."""
    for name in sorted({*files_of(old), *files_of(fresh)}):
        if not (fresh / name).exists():
            yield f"gone: {name.as_posix()}"
        elif not (old / name).exists():
            yield f"new: {name.as_posix()}"
        elif not filecmp.cmp(old / name, fresh / name, shallow=False):
            yield f"changed: {name.as_posix()}"


def replace_tree(old: Path, fresh: Path) -> None:
    """Replace the old tree by the fresh one; an interruption keeps one of them beside it."""
    incoming, outgoing = old.with_name(f"{old.name}.new"), old.with_name(f"{old.name}.old")
    if outgoing.exists() and not old.exists():  # interrupted between the two renames below
        os.replace(outgoing, old)
    for leftover in (incoming, outgoing):
        shutil.rmtree(leftover, ignore_errors=True)
    shutil.copytree(fresh, incoming)
    if old.exists():
        os.replace(old, outgoing)
    os.replace(incoming, old)
    shutil.rmtree(outgoing, ignore_errors=True)


def _made_by(source: Path) -> str:
    return f'Generated from {source.as_posix()} by "dasecv release".'


def _header(source: Path) -> str:
    """The note as a comment in the source's own language."""
    opening, closing = {
        ".c": ("/* ", " */"),
        ".h": ("/* ", " */"),
        ".md": ("<!-- ", " -->"),
    }.get(source.suffix, ("# ", ""))
    return f"{opening}{_made_by(source)}{closing}"


def _write(path: Path, text: str) -> None:
    _write_bytes(path, text.encode())


def _write_bytes(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
