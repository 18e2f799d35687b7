# Generated from daseCV/handin.py by "dasecv release".
"""Save one's work, and make the zip to hand in: the notebooks and the student's own files."""

import ast
import hashlib
import json
import os
import shutil
import sys
import zipfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from .autoreload import NotCurrent, in_red
from .checks.about import ABOUT
from .contents import PACKAGE_FOLDER, contents, own_modules, relative, student_owned
from .language import Message, say
from .trained import find_function

MANIFEST = "manifest.json"
LARGE = 20_000_000  # bytes of a notebook: more is pictures printed by the thousand


def submit() -> None:
    """Run all checks for a last overview, then make `submission.zip` beside `daseCV/`."""
    from .checks import check

    try:
        check()
    except NotCurrent as error:
        print(in_red(f"✗ {error}"))
    make_submission()


def make_submission(folder: str | Path | None = None, name: str = "submission.zip") -> Path:
    """Pack what is graded, print what is inside, and warn of what may be amiss.

    Parameters
    ----------
    folder : path, optional
        Holds `daseCV/` and the notebooks; default: the folder that holds this package.
    name : str
        File name of the zip, written into `folder`.

    Returns
    -------
    path : Path
        The zip: the notebooks, the student-owned files, modules of your own in `daseCV/`, and
        `manifest.json`, which lists their sizes and checksums (SHA-256), the versions of Python and
        NumPy, and the warnings.

    Raises
    ------
    FileNotFoundError
        If there is nothing to hand in.

    Notes
    -----
    An unfinished blank, a syntax error, an unsaved or a missing notebook is warned of, and the zip
    made all the same: half a solution handed in is worth more than none.
    """
    folder = Path(folder).resolve() if folder else PACKAGE_FOLDER.parent
    live = save_live_notebook(folder)
    handed_in = [*notebooks(folder), *student_owned(folder), *own_modules(folder)]
    if not handed_in:
        raise FileNotFoundError(
            f"make_submission: no notebook and none of {', '.join(contents()['student_owned'])} in "
            f"{folder}; pass the folder that holds daseCV/ and the notebook"
        )
    warnings = warnings_of(folder, live)
    manifest = {
        "made": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "files": {relative(path, folder): about(path) for path in handed_in},
        "warnings": warnings,
    }
    target = folder / name
    unfinished = folder / f".{name}.part"
    try:
        with zipfile.ZipFile(
            unfinished, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False
        ) as archive:
            for path in handed_in:
                archive.write(path, relative(path, folder))
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)

    for path in handed_in:
        print(f"{path.stat().st_size:>10,} bytes  {relative(path, folder)}")
    print(
        say(
            "{name}: {count} files, {size:,} bytes, in {folder}",
            name=target.name,
            count=len(handed_in),
            size=target.stat().st_size,
            folder=folder,
        )
    )
    for warning in warnings:
        print(f"! {warning}")
    if not warnings:
        print(say("✓ no problems found"))
    return target


def save(target: str | Path | None = None, folder: str | Path | None = None) -> None:
    """Copy the notebooks and every student-owned file to a safe place.

    On Colab, the notebook as it is in the browser is written into the folder first.

    Parameters
    ----------
    target : path, optional
        A folder, made where it is missing. Default: the folder itself, where the set-up cell has
        brought the work, in Drive on Colab; then there is nothing to copy.
    folder : path, optional
        Holds `daseCV/` and the notebooks; default: the folder that holds this package.

    Raises
    ------
    OSError
        If `target` cannot be written: no space, no permission.
    """
    folder = Path(folder).resolve() if folder else PACKAGE_FOLDER.parent
    target = Path(target).expanduser().resolve() if target else folder
    save_live_notebook(folder)
    files = [*notebooks(folder), *student_owned(folder), *own_modules(folder)]
    for path in files:
        copy = target / path.relative_to(folder)
        if copy != path:
            copy.parent.mkdir(parents=True, exist_ok=True)
            unfinished = copy.with_name(f".{copy.name}.part")
            shutil.copyfile(path, unfinished)  # a full disk must not spoil an older copy
            unfinished.replace(copy)
        print(f"{path.stat().st_size:>10,} bytes  {relative(path, folder)}")
    print(say("✓ {count} files are in {folder}", count=len(files), folder=target))


def notebooks(folder: Path) -> list[Path]:
    """The notebooks at the top of a folder."""
    return sorted(folder.glob("*.ipynb"))


def warnings_of(folder: Path, live: bool) -> list[str]:
    """What may be amiss with a folder that is to be handed in.

    Parameters
    ----------
    folder : Path
    live : bool
        Whether the notebook has just been written as it is in the browser.
    """
    found = []
    expected = contents()
    here = [path.name for path in notebooks(folder)]
    for name in expected["notebooks"]:
        if not {name, f"{Path(name).stem}.en.ipynb"} & set(here):
            found.append(
                say(
                    "{name} is missing (there is: {there}); without it nothing can be graded",
                    name=name,
                    there=", ".join(here) or Message("no notebook"),
                )
            )
    for path in notebooks(folder):
        found += about_notebook(path, folder)
    if not live and (unsaved := last_cell_is_missing(folder)):
        found.append(unsaved)
    for name, blanks in expected["student_owned"].items():
        found += about_module(folder / name, name, blanks)
    for path in [*own_modules(folder), *(folder / name for name in expected["extensible"])]:
        if path.is_file():
            found += about_module(path, relative(path, folder), [])
    return found


def about_notebook(path: Path, folder: Path) -> list[str]:
    """What may be amiss with a notebook's file."""
    name, size = relative(path, folder), path.stat().st_size
    try:
        json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
    except (ValueError, LookupError, TypeError):
        return [say("{name} is not a complete notebook: save it again", name=name)]
    if size > LARGE:
        return [
            say(
                "{name} is {megabytes:.0f} MB: clear outputs that are not needed, and save",
                name=name,
                megabytes=size / 1e6,
            )
        ]
    return []


def about_module(path: Path, name: str, blanks: list[str]) -> list[str]:
    """What may be amiss with a student-owned file: gone, unreadable, with open blanks."""
    if not path.is_file():
        return [say("{name} is missing", name=name)]
    try:
        tree = ast.parse(path.read_bytes(), filename=name)
    except (SyntaxError, ValueError) as error:
        return [say("{name} cannot be read by Python: {error}", name=name, error=error)]
    asked = {blank for check in ABOUT.values() for blank in check.suspects}
    module = ".".join(Path(name).with_suffix("").parts[1:])
    open_ones = [
        blank.removeprefix(f"{module}.")
        for blank in dict.fromkeys(blanks)
        if blank in asked and is_open(tree, blank.removeprefix(f"{module}.").split("."))
    ]
    if not open_ones:
        return []
    return [say("not written yet in {name}: {blanks}", name=name, blanks=", ".join(open_ones))]


def is_open(tree: ast.AST, path: list[str]) -> bool:
    """Whether a function or method still raises NotImplementedError, or is not there at all."""
    function = find_function(tree, path)
    return function is None or any(
        isinstance(node, ast.Raise) and "NotImplementedError" in ast.dump(node)
        for node in ast.walk(function)
    )


def last_cell_is_missing(folder: Path) -> str:
    """A warning where the cell that ran last is in no saved notebook; else nothing."""
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if not hasattr(shell, "kernel") or "NBGRADER_EXECUTION" in os.environ:  # nobody could save it
        return ""
    before = len(shell.user_ns["In"]) - 2  # the number of the cell that ran before this one
    saved: set[int | None] = set()
    for path in notebooks(folder):
        try:
            cells = json.loads(path.read_text(encoding="utf-8-sig"))["cells"]
            saved |= {cell.get("execution_count") for cell in cells}
        except (ValueError, LookupError, TypeError, AttributeError):
            continue
    if before < 1 or before in saved:
        return ""
    return say(
        "the notebook does not hold what you have run: save it (Ctrl+S, ⌘S), and run this cell "
        "again",
    )


def save_live_notebook(folder: Path) -> bool:
    """On Colab, write the notebook as it is in the browser; False where that is not possible."""
    if "google.colab" not in sys.modules:
        return False
    try:
        # Not documented by Colab, but what its own helpers use; where it is gone, the file that
        # Colab saves by itself is taken, with a warning where it is old.
        from google.colab import _message

        answer = _message.blocking_request("get_ipynb", request="", timeout_sec=30)
        notebook = answer["ipynb"]
        name = live_name(notebook)
        text = json.dumps(notebook, ensure_ascii=False, indent=1)
    except Exception as error:  # whatever Colab's own code raises, or answers
        print(
            say(
                "! the notebook could not be taken from the page ({kind}): save it (Ctrl+S); the "
                "file as it is saved is used",
                kind=type(error).__name__,
            )
        )
        return False
    unfinished = folder / f".{name}.part"
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(folder / name)
    return True


def live_name(notebook: dict[str, Any]) -> str:
    """The file name of a notebook on the page: the released one, or what Colab calls it."""
    metadata = notebook.get("metadata", {})
    name = metadata.get("daseCV", {}).get("name")
    title = Path(str(metadata.get("colab", {}).get("name", "notebook"))).name
    released = [other for other in contents()["notebooks"] if Path(other).stem in title]
    chosen = name or (released or [title])[0]
    return Path(str(chosen)).with_suffix(".ipynb").name


def about(path: Path) -> dict[str, Any]:
    """A file's size and checksum."""
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
