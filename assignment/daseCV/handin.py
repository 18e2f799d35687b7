# Generated from daseCV/handin.py by "dasecv release".
"""Make the zip to hand in: the notebooks and the package's Python files, and nothing else."""

import ast
import zipfile
from pathlib import Path

PACKAGE_FOLDER = Path(__file__).resolve().parent


def make_submission(folder: str | Path | None = None, name: str = "submission.zip") -> Path:
    """Pack what is graded, and print what is inside.

    Parameters
    ----------
    folder : path, optional
        Holds `daseCV/` and the notebooks; default: the folder that holds this package.
    name : str
        File name of the zip, written into `folder`.

    Returns
    -------
    path : Path
        The zip.

    Raises
    ------
    FileNotFoundError
        If there is no notebook in `folder`.
    """
    folder = Path(folder).resolve() if folder else PACKAGE_FOLDER.parent
    notebooks = sorted(folder.glob("*.ipynb"))
    if not notebooks:
        raise FileNotFoundError(
            f"make_submission: no .ipynb in {folder}, expected the notebook beside daseCV/; save "
            "it there, or pass its folder"
        )
    modules = [
        path
        for path in sorted((folder / "daseCV").rglob("*.py"))
        if not {"datasets", "__pycache__", ".ipynb_checkpoints"}
        & set(path.relative_to(folder).parts)
    ]
    target = folder / name
    unfinished = folder / f".{name}.part"
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
        for path in notebooks + modules:
            archive.write(path, path.relative_to(folder).as_posix())
    unfinished.replace(target)

    for path in notebooks + modules:
        print(f"{path.stat().st_size:>10,} bytes  {path.relative_to(folder).as_posix()}")
    for path in modules:
        try:
            ast.parse(path.read_bytes())
        except (SyntaxError, ValueError) as error:
            print(f"! {path.relative_to(folder)} cannot be read by Python: {error}")
    print(f"{target.name}: {len(notebooks + modules)} files, {target.stat().st_size:,} bytes")
    print("Was each notebook saved (Ctrl+S) before this cell ran?")
    return target
