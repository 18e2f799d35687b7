"""What a submission hands in: its notebooks and student-owned files, whatever they are called."""

import ast
import codecs
import hashlib
import re
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from daseCV.language import Message

from ..folders import PACKAGE
from ..release.languages import LANGUAGES, file_name
from ..texts import printable
from .archives import LARGEST_FILE, File, Files, Refused, files_of, unopened_archives
from .notebook_json import TooManyValues, parse_json
from .own_code import added_to, changed_functions, is_extensible, note_changed, own_modules

LARGEST = 512 * 2**10  # bytes of a student-owned file; the reference's largest is 30 KiB
LARGEST_PARSED = 128 * 2**10  # bytes; a longer chain of operators can crash Python 3.10
LARGEST_NOTEBOOK = LARGEST_FILE
MOST_VERSIONS = 8  # of a notebook that are read to find the one in use
MOST_REMARKS = 100  # of one kind
COLLECTED = ".dasecv"  # beside `submitted`: notes of what was collected
MOST_NOTED = 2**20  # bytes of such a note
CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=]")
# What browsers, systems and Colab make of the name of a copy; taken off piece by piece.
BEFORE_COPY = re.compile("copy of |副本 ?|“")
AFTER_COPY = re.compile(
    r"(?:\.ipynb|\.py|\.txt|\.json|”| ?的?副本| ?- ?副本| - copy|-copy\d{0,6}| copy(?: \d{1,6})?"
    r"|_copy| ?\(\d{1,6}\)|（\d{1,6}）| \d)$"
)
LONGEST_ENDING = 16  # characters of one of these

Named = dict[str, list[PurePosixPath]]


@dataclass(frozen=True)
class Submission:
    """The files of a submission that count."""

    name: str  # whose it is
    # Student-owned files, modules of the student's own that they import, and given files to which
    # the student added functions, by their paths in the release
    owned: dict[str, bytes]
    notebooks: dict[str, bytes]  # by their names without '.ipynb'
    notes: tuple[str, ...] = ()  # what was missing or left aside
    # Those of the notes for which a person should look into the submission
    doubts: tuple[str, ...] = ()

    def digest(self) -> str:
        """A name for the content."""
        key = hashlib.sha256()
        for kind in (self.owned, self.notebooks):
            for name in sorted(kind):
                for part in (name.encode(), kind[name]):
                    key.update(len(part).to_bytes(8, "big") + part)
            key.update(b"|")
        key.update(printable("\n".join(self.notes)).encode())
        return key.hexdigest()


@dataclass
class Remarks:
    """What there is to say of a submission while it is read."""

    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def note(self, *remarks: str) -> None:
        self.notes.extend(remarks)

    def doubt(self, *remarks: str) -> None:
        """Note what a person should look into."""
        self.notes.extend(remarks)
        self.doubts.extend(remarks)


def read_submission(
    path: Path,
    owned: Sequence[str],
    notebooks: Sequence[str],
    released: Mapping[str, bytes] | None = None,
    assignments: Sequence[str] = (),
) -> Submission:
    """Read a folder, a zip, or a file that stands alone.

    Parameters
    ----------
    owned : sequence of str
        Student-owned files of the release.
    notebooks : sequence of str
        Names of the assignment's notebooks, without '.ipynb'.
    released : dict of bytes, optional
        The release's modules: to note which given ones were changed, and to know a copy in which
        nobody has worked.
    assignments : sequence of str
        All of the course, to know what was handed in for another one.

    Raises
    ------
    Refused
        If it holds links, paths that lead out of it, or more than can be meant; or anything in it
        cannot be read.
    FileNotFoundError
        If there is no such file or folder.
    """
    try:
        insist_on_accepted(path)
        return read_files(path, owned, notebooks, released or {}, assignments)
    except (Refused, OSError, MemoryError):  # the last two are this machine's
        raise
    except Exception as error:  # parsers raise many kinds on garbage
        kind = type(error).__name__
        raise Refused(Message("it cannot be read: {problem}", problem=kind)) from error


def read_files(
    path: Path,
    owned: Sequence[str],
    notebooks: Sequence[str],
    released: Mapping[str, bytes],
    assignments: Sequence[str],
) -> Submission:
    """What `read_submission` does, whatever is raised."""
    files = files_of(path)
    named = by_name(files)
    remarks = Remarks()
    found: dict[str, bytes] = {}
    for name in owned:
        content = module_of(files, named, name, released.get(name), remarks)
        if content is not None:
            found[name] = content
            remarks.note(*syntax_errors(name, content))
    given = {name: text for name, text in released.items() if name not in owned}
    found |= extended_files(files, named, given, remarks)
    found |= {str(path): file.read() for path, file in own_modules(files, found, released).items()}
    for name in sorted(given.keys() - found.keys()):
        candidates = exact_matches(named, name)
        if candidates and not is_released(files[candidates[0]], released[name]):
            remarks.note(Message("{name} was changed: graded as it was released", name=name))
    handed_in: dict[str, bytes] = {}
    for name in notebooks:
        content = notebook_of(files, name, assignments, remarks)
        if content is not None:
            handed_in[name] = content
    unopened = unopened_archives(files)
    if owned and not found.keys() & set(owned):
        remarks.doubts.append(Message("none of the {count} modules is there", count=len(owned)))
        remarks.doubt(
            *(
                Message("{name} cannot be opened: hand in a folder or a .zip", name=other)
                for other in unopened
            )
        )
    return Submission(path.stem, found, handed_in, tuple(remarks.notes), tuple(remarks.doubts))


def note_path(folder: Path) -> Path:
    """Where a course notes what was collected into `submitted/STUDENT/ASSIGNMENT`.

    nbgrader copies a student's own files into that folder: what is read as ours cannot lie there.
    """
    student = folder.absolute().parent
    return student.parent.parent / COLLECTED / student.name / f"{folder.name}.json"


def read_note(folder: Path) -> dict[str, Any]:
    """What the course noted of a student's folder; {} where there is no such note."""
    try:
        with note_path(folder).open("rb") as file:
            found = parse_json(file.read(MOST_NOTED))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def insist_on_accepted(path: Path) -> None:
    """Refuse again what was refused when it was collected."""
    if refused := read_note(path).get("refused"):
        raise Refused(printable(str(refused)[:500]))


# Modules


def extended_files(
    files: Files, named: Named, given: Mapping[str, bytes], remarks: Remarks
) -> dict[str, bytes]:
    """Given files to which functions were added, where that is meant."""
    found = {}
    for name, released in given.items():
        if not is_extensible(released):
            continue
        for path in exact_matches(named, name) or loose_matches(files, name):
            content = as_utf8(files[path].read())[0] if files[path].size <= LARGEST else b""
            if added_to(content, released):
                found[name] = content
                changed = changed_functions(content, released)
                remarks.note(*note_changed(name, changed))
                break
    return found


def module_of(
    files: Files, named: Named, name: str, released: bytes | None, remarks: Remarks
) -> bytes | None:
    """A student-owned file: where it belongs, nearest to the top; else by its own name anywhere."""
    candidates = exact_matches(named, name)
    if not candidates:
        candidates = loose_matches(files, name)
        if candidates:
            other = candidates[0]
            remarks.note(Message("{name} is missing: {other} is used", name=name, other=other))
    if not candidates:
        remarks.note(Message("{name} is missing: graded as it was released", name=name))
        return None
    taken = candidates[0]
    if len(candidates) > 1:
        # An old copy of the release beside one's work is usual, the other way round as well.
        worked = [
            one for one in candidates if released is None or not is_released(files[one], released)
        ]
        taken = (worked or candidates)[0]
        others = [
            one
            for one in worked
            if one != taken and not have_equal_content(files[one], files[taken])
        ]
        if others:
            copies = Message(
                "{name} is there {count} times: {taken} is used",
                name=name,
                count=len(others) + 1,
                taken=taken,
            )
            remarks.doubt(copies)
    size = files[taken].size
    if size > LARGEST:
        remarks.doubt(too_large(name, size, LARGEST))
        return None
    content, encoding = as_utf8(files[taken].read())
    if encoding:
        remarks.note(
            Message(
                "{name} is saved as {encoding}: read as that; save it as UTF-8",
                name=name,
                encoding=encoding,
            )
        )
    return content


def by_name(files: Files) -> Named:
    """Files by their names, whatever the case."""
    named: Named = {}
    for path in files:
        named.setdefault(path.name.casefold(), []).append(path)
    return named


def exact_matches(named: Named, name: str) -> list[PurePosixPath]:
    """Files whose path ends so, nearest to the top first; there, of the very case before others."""
    wanted = fold_case(PurePosixPath(name).parts)
    fitting = [
        path
        for path in named.get(wanted[-1], ())
        if fold_case(path.parts[-len(wanted) :]) == wanted
    ]
    return sorted(
        fitting, key=lambda path: (len(path.parts), not str(path).endswith(name), str(path))
    )


def loose_matches(files: Files, name: str) -> list[PurePosixPath]:
    """Files of that name elsewhere, or copies of it, nearest to the top first."""
    stem = PurePosixPath(name).stem
    fitting = [
        path for path in files if ".py" in path.name and plain_stem(path.name) == stem.casefold()
    ]
    return sorted(fitting, key=lambda path: (len(path.parts), len(path.name), str(path)))


def as_utf8(content: bytes) -> tuple[bytes, str]:
    """A module's text as Python reads it, and the encoding it had where that was another."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return decode_from(content, "UTF-16")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        declared = any(CODING.match(line) for line in content.splitlines()[:2])
        if not declared:  # GBK would take Latin-1 letters together with the code behind them
            return decode_from(content, "GB2312")
    return content, ""


def decode_from(content: bytes, encoding: str) -> tuple[bytes, str]:
    try:
        return content.decode(encoding).encode(), encoding
    except UnicodeError:
        return content, ""


def syntax_errors(name: str, content: bytes) -> list[str]:
    """What stops Python from reading a file; nothing where it can, or where grading will tell."""
    if len(content) > LARGEST_PARSED:
        return []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a student's "\\d", nobody here wants to hear
            ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        problem: str = type(error).__name__
        line = getattr(error, "lineno", None)
        if line:
            problem = Message("{problem} in line {line}", problem=problem, line=line)
        return [Message("{name} cannot be read by Python: {problem}", name=name, problem=problem)]
    return []


def too_large(name: str, size: int, most: int) -> Message:
    """What is said of a file that is not used, since it is too large."""
    return Message(
        "{name} has {size:,} bytes, at most {most:,} are accepted: not used",
        name=name,
        size=size,
        most=most,
    )


def is_released(file: File, released: bytes) -> bool:
    """Whether a file is the released one, whatever became of its line ends."""
    return file.size <= LARGEST and file.read().replace(b"\r\n", b"\n") == released


def have_equal_content(one: File, other: File) -> bool:
    return one.size == other.size and (one.size > LARGEST or one.read() == other.read())


# Notebooks


def notebook_of(
    files: Files, name: str, assignments: Sequence[str], remarks: Remarks
) -> bytes | None:
    """A notebook, in any language and under any name of a copy: the one with most cells run."""
    candidates = notebook_candidates(files, name)
    if len(candidates) > MOST_VERSIONS:
        left = len(candidates) - MOST_VERSIONS
        remarks.doubt(Message("{count} more copies of {name} are not read", count=left, name=name))
    versions = []
    for path in candidates[:MOST_VERSIONS]:
        if (content := readable_notebook(files[path], path.name, remarks)) is not None:
            versions.append((path.name, content))
    if not candidates:
        note_missing(files, name, assignments, remarks)
    if not versions:
        return None
    taken, content = most_run(versions)
    others = [other for other, text in versions if text != content and cells_run(text)]
    remarks.doubt(
        *(
            Message(
                "{name} is not used: more cells of {taken} have been run", name=other, taken=taken
            )
            for other in others
        )
    )
    return content


def readable_notebook(file: File, name: str, remarks: Remarks) -> bytes | None:
    """A notebook's content; None where it is larger, or has more in it, than can be meant."""
    if file.size > LARGEST_NOTEBOOK:
        remarks.doubt(too_large(name, file.size, LARGEST_NOTEBOOK))
        return None
    content = file.read()
    try:
        parse_json(content)
    except TooManyValues as error:
        remarks.doubt(Message("{name} is not used: {problem}", name=name, problem=error.problem))
        return None
    except (ValueError, RecursionError):  # graded as far as it can be read
        pass
    return content


def note_missing(files: Files, name: str, assignments: Sequence[str], remarks: Remarks) -> None:
    """Say that a notebook is missing, and which others there are: of other weeks, or misnamed."""
    others = sorted({path.name for path in files if path.suffix.lower() == ".ipynb"})
    week = {other: week_of(other, assignments) for other in others}
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


def week_of(notebook: str, assignments: Sequence[str]) -> str:
    """The assignment that a notebook is called after; '' if there is no such assignment."""
    stem = plain_stem(notebook).removesuffix(".en")
    return next((name for name in assignments if name.casefold() == stem), "")


def notebook_candidates(files: Files, name: str) -> list[PurePosixPath]:
    """Files that may be a notebook: its own names first, those beside the package before others."""
    names = [file_name(f"{name}.ipynb", language) for language in LANGUAGES]
    stems = [plain_stem(one) for one in names]
    fitting = [
        path
        for path in files
        if ".ipynb" in path.name.casefold() and plain_stem(path.name) in stems
    ]
    if any(PACKAGE not in path.parts for path in fitting):
        fitting = [path for path in fitting if PACKAGE not in path.parts]
    best: dict[str, PurePosixPath] = {}
    for path in sorted(fitting, key=lambda path: (len(path.parts), str(path))):
        best.setdefault(path.name, path)  # of one name, the one nearest to the top

    def rank(path: PurePosixPath) -> tuple[bool, int, int]:
        exactly = path.name in names
        return not exactly, stems.index(plain_stem(path.name)), len(path.parts)

    return sorted(best.values(), key=rank)


def plain_stem(name: str) -> str:
    """A file's stem without what copying made of it.

    Examples
    --------
    >>> plain_stem("Copy of Dropout (1).ipynb"), plain_stem("Dropout.en - Copy.ipynb")
    ('dropout', 'dropout.en')
    """
    name = unicodedata.normalize("NFC", name).casefold()
    start, end = 0, len(name)
    while found := BEFORE_COPY.match(name, start, end - 1):
        start = found.end()
    while found := AFTER_COPY.search(name, max(start + 1, end - LONGEST_ENDING), end):
        end = found.start()
    return name[start:end]


def fold_case(parts: Sequence[str]) -> list[str]:
    return [part.casefold() for part in parts]


def most_run(versions: Sequence[tuple[str, bytes]]) -> tuple[str, bytes]:
    """Of several versions of a notebook, the one with the most cells run; else the first.

    Parameters
    ----------
    versions : sequence of (str, bytes)
        File names and contents, the likeliest first.
    """
    return max(versions, key=lambda version: cells_run(version[1]))


def cells_run(content: bytes) -> int:
    """How many cells of a notebook have been run."""
    try:
        cells = cells_of(parse_json(content))
        return sum(
            (cell.get("execution_count") or cell.get("prompt_number")) is not None for cell in cells
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return 0


def language_of(content: bytes) -> str:
    """The language of a released notebook; '' where it does not say."""
    try:
        language = parse_json(content)["metadata"]["daseCV"]["language"]
        return str(language) if language in LANGUAGES else ""
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return ""


def cells_of(notebook: dict[str, Any]) -> list[Any]:
    """The cells of a notebook, also of one in nbformat 3."""
    if "worksheets" in notebook:
        return [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
    return list(notebook["cells"])
