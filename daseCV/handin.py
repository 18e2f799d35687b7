"""Saves work, and makes the zip to hand in, with the notebooks and the student's own files."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from .autoreload import NotCurrent, in_red
from .contents import PACKAGE_FOLDER, STRAYS, files_to_hand_in, own_modules, read_release, relative
from .language import say
from .notebooks import find_notebooks
from .review import review_folder, review_zip

MANIFEST = "manifest.json"


def submit() -> None:
    """Run all checks for a final overview, then make `submission.zip` beside `daseCV/`."""
    from .checks import check

    try:
        check()
    except NotCurrent as error:
        print(in_red(f"✗ {error}"))
    make_submission()
    print(
        say(
            "to check the zip as after a restart, in a folder of its own: {code}",
            code="from daseCV.handin import check_zip; check_zip()",
        )
    )


def make_submission(folder: str | Path | None = None, name: str = "submission.zip") -> Path:
    """Pack the graded files, list them, and warn of possible problems.

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
    Unfinished blanks, syntax errors, and unsaved or missing notebooks only cause warnings: half a
    solution is worth more than none.
    """
    folder = Path(folder).resolve() if folder else PACKAGE_FOLDER.parent
    live = save_live_notebook(folder)
    files = [*find_notebooks(folder), *files_to_hand_in(folder)]
    if not files:
        wanted = ", ".join(read_release()["student_owned"])
        raise FileNotFoundError(
            f"make_submission: no notebook and none of {wanted} in {folder}; pass the folder that "
            "holds daseCV/ and the notebook"
        )
    warnings = list(review_folder(folder, live))
    manifest = {
        "made": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "files": {relative(path, folder): describe_file(path) for path in files},
        "warnings": warnings,
    }
    target = folder / name
    unfinished = folder / f".{name}.part"
    try:
        with zipfile.ZipFile(
            unfinished, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False
        ) as archive:
            for path in files:
                archive.write(path, relative(path, folder))
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)
    warnings += review_zip(target, folder)

    for path in files:
        print(f"{path.stat().st_size:>10,} bytes  {relative(path, folder)}")
    print(
        say(
            "{name}: {count} files, {size:,} bytes, in {folder}",
            name=target.name,
            count=len(files),
            size=target.stat().st_size,
            folder=folder,
        )
    )
    for warning in warnings:
        print(f"! {warning}")
    if not warnings:
        print(say("✓ no problems found"))
    return target


def check_zip(path: str | Path | None = None) -> None:
    """Unpack a zip into a folder of its own, and run all public checks there, in a new process.

    Code that exists only in the notebook's memory is missing there, as in grading.

    Parameters
    ----------
    path : path, optional
        Default: the `submission.zip` beside `daseCV/`.

    Raises
    ------
    FileNotFoundError
        If there is no zip yet.
    """
    path = Path(path) if path else PACKAGE_FOLDER.parent / "submission.zip"
    if not path.is_file():
        raise FileNotFoundError(say("{file} is missing: run submit() first", file=path))
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch, "daseCV")
        shutil.copytree(PACKAGE_FOLDER, copy, ignore=shutil.ignore_patterns(*STRAYS))
        for name in read_release()["student_owned"]:
            Path(scratch, name).unlink(missing_ok=True)
        for module in own_modules(Path(scratch)):
            module.unlink()
        with zipfile.ZipFile(path) as archive:
            archive.extractall(scratch)
        command = [sys.executable, "-m", "daseCV", "check"]
        with subprocess.Popen(
            command,
            cwd=scratch,
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        ) as running:
            for line in running.stdout or ():
                print(line, end="", flush=True)


def save(target: str | Path | None = None, folder: str | Path | None = None) -> None:
    """Copy the notebooks and every student-owned file to a safe place.

    On Colab, the notebook in the browser is first written into the folder.

    Parameters
    ----------
    target : path, optional
        A folder, created if missing. Default: the folder itself, which the set-up cell has put into
        Drive on Colab; then nothing has to be copied.
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
    files = [*find_notebooks(folder), *files_to_hand_in(folder)]
    for path in files:
        copy = target / path.relative_to(folder)
        if copy != path:
            copy.parent.mkdir(parents=True, exist_ok=True)
            unfinished = copy.with_name(f".{copy.name}.part")
            shutil.copyfile(path, unfinished)  # a full disk must not spoil an older copy
            unfinished.replace(copy)
        print(f"{path.stat().st_size:>10,} bytes  {relative(path, folder)}")
    print(say("✓ {count} files are in {folder}", count=len(files), folder=target))


def save_live_notebook(folder: Path) -> bool:
    """On Colab, write the notebook in the browser to its file; False if that is not possible."""
    if "google.colab" not in sys.modules:
        return False
    try:
        # Undocumented, but Colab's own helpers use it; if it fails, Colab's saved file is used,
        # with a warning if it is old.
        from google.colab import _message

        answer = _message.blocking_request("get_ipynb", request="", timeout_sec=30)
        notebook = answer["ipynb"]
        name = live_name(notebook)
        text = json.dumps(notebook, ensure_ascii=False, indent=1)
    except Exception as error:  # Colab's code may raise or answer anything
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
    released = [other for other in read_release()["notebooks"] if Path(other).stem in title]
    chosen = name or (released or [title])[0]
    return Path(str(chosen)).with_suffix(".ipynb").name


def describe_file(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
