"""Finds an assignment's notebooks among the files of a submission, in any language."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from daseCV.language import Message

from ..folders import PACKAGE
from ..release.languages import LANGUAGES, file_name
from .archives import File, Files
from .files import LARGEST_FILE
from .names import plain_stem
from .notebook_json import TooManyValues, parse_json
from .remarks import Remarks, too_large

LARGEST_NOTEBOOK = LARGEST_FILE
MOST_VERSIONS = 8  # copies of a notebook that are read
MOST_REMARKS = 100  # of one kind


def find_notebook(
    files: Files, name: str, assignments: Sequence[str], remarks: Remarks
) -> bytes | None:
    """Find a notebook in any language, under any name of a copy; the one with most cells run."""
    candidates = notebook_candidates(files, name)
    if len(candidates) > MOST_VERSIONS:
        left = len(candidates) - MOST_VERSIONS
        remarks.doubt(Message("{count} more copies of {name} are not read", count=left, name=name))
    versions = []
    for path in candidates[:MOST_VERSIONS]:
        if (content := read_if_usable(files[path], path.name, remarks)) is not None:
            versions.append((path.name, content))
    if not candidates:
        note_missing(files, name, assignments, remarks)
    if not versions:
        return None
    taken, content = pick_most_run(versions)
    others = [other for other, text in versions if text != content and count_cells_run(text)]
    remarks.doubt(
        *(
            Message(
                "{name} is not used: more cells of {taken} have been run", name=other, taken=taken
            )
            for other in others
        )
    )
    return content


def read_if_usable(file: File, name: str, remarks: Remarks) -> bytes | None:
    """A notebook's content; None if it is too large, or has too many values."""
    if file.size > LARGEST_NOTEBOOK:
        remarks.doubt(too_large(name, file.size, LARGEST_NOTEBOOK))
        return None
    content = file.read()
    try:
        parse_json(content)
    except TooManyValues as error:
        remarks.doubt(Message("{name} is not used: {problem}", name=name, problem=error.problem))
        return None
    except (ValueError, RecursionError):  # graded as far as it is readable
        pass
    return content


def note_missing(files: Files, name: str, assignments: Sequence[str], remarks: Remarks) -> None:
    """Note that a notebook is missing, and which others were found: of other weeks, or misnamed."""
    others = sorted({path.name for path in files if path.suffix.lower() == ".ipynb"})
    by_stem = {assignment.casefold(): assignment for assignment in assignments}
    week = {other: by_stem.get(plain_stem(other).removesuffix(".en"), "") for other in others}
    unknown = [other for other in others if not week[other]]
    if unknown:
        there = ", ".join(unknown[:3])
        remarks.note(
            Message(
                "{name}.ipynb is missing; there is {others}: name it {name}.ipynb",
                name=name,
                others=there,
            )
        )
    else:
        remarks.note(Message("{name}.ipynb is missing", name=name))
    for other in others[:MOST_REMARKS]:
        if week[other]:
            remarks.doubt(Message("{name} was handed in for {week}", name=other, week=week[other]))


def notebook_candidates(files: Files, name: str) -> list[PurePosixPath]:
    """Files that may be a notebook: exact names first, files beside the package before others."""
    names = [file_name(f"{name}.ipynb", language) for language in LANGUAGES]
    stems = [plain_stem(wanted) for wanted in names]
    fitting = [
        path
        for path in files
        if ".ipynb" in path.name.casefold() and plain_stem(path.name) in stems
    ]
    if any(PACKAGE not in path.parts for path in fitting):
        fitting = [path for path in fitting if PACKAGE not in path.parts]
    best: dict[str, PurePosixPath] = {}
    for path in sorted(fitting, key=lambda path: (len(path.parts), str(path))):
        best.setdefault(path.name, path)  # with equal names, the one nearest to the top

    def rank(path: PurePosixPath) -> tuple[bool, int, int]:
        exactly = path.name in names
        return not exactly, stems.index(plain_stem(path.name)), len(path.parts)

    return sorted(best.values(), key=rank)


def pick_most_run(versions: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
    """The version of a notebook with the most cells run; of equal ones the first.

    Each version is a file's name and content; the likeliest comes first.
    """
    return max(versions, key=lambda version: count_cells_run(version[1]))


def count_cells_run(content: bytes) -> int:
    """How many cells of a notebook have been run, in nbformat 3 too."""
    try:
        notebook = parse_json(content)
        sheets = notebook.get("worksheets", [notebook])
        cells = [cell for sheet in sheets for cell in sheet["cells"]]
        return sum(
            (cell.get("execution_count") or cell.get("prompt_number")) is not None for cell in cells
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return 0


def language_of(content: bytes) -> str:
    """The language of a released notebook; '' if unknown."""
    try:
        language = parse_json(content)["metadata"]["daseCV"]["language"]
        return str(language) if language in LANGUAGES else ""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""
