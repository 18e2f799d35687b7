"""Finds the release's modules among the files of a submission."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from daseCV.contents import UNREADABLE
from daseCV.language import Message

from ..release.magics import parse_quietly
from .archives import File, Files
from .names import plain_stem
from .notebook_json import is_utf16
from .own_code import LARGEST_PARSED, adds_functions, describe_changed, is_extensible, own_modules
from .remarks import Remarks, too_large

LARGEST = 512 * 2**10  # bytes of a student-owned file; the reference's largest is 30 KiB
CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=]")

Named = dict[str, list[PurePosixPath]]  # files by name, in any case


def find_modules(
    files: Files, owned: Sequence[str], released: Mapping[str, bytes], remarks: Remarks
) -> dict[str, bytes]:
    """Student-owned files, given files with functions added, and modules of the student's own.

    Missing, ignored and changed files become remarks.
    """
    named: Named = {}
    for path in files:
        named.setdefault(path.name.casefold(), []).append(path)
    found: dict[str, bytes] = {}
    for name in owned:
        content = find_module(files, named, name, released.get(name), remarks)
        if content is not None:
            found[name] = content
            remarks.note(*syntax_errors(name, content))
    given = {name: text for name, text in released.items() if name not in owned}
    found |= find_extended_files(files, named, given, remarks)
    own = own_modules(files, found, released, remarks)
    found |= {str(path): file.read() for path, file in own.items()}
    for name in sorted(given.keys() - found.keys()):
        candidates = exact_matches(named, name)
        if candidates and not is_released(files[candidates[0]], released[name]):
            remarks.note(Message("{name} was changed: graded as it was released", name=name))
    return found


def find_extended_files(
    files: Files, named: Named, given: Mapping[str, bytes], remarks: Remarks
) -> dict[str, bytes]:
    """Given files to which a student added functions, where that is allowed."""
    found = {}
    for name, released in given.items():
        if not is_extensible(released):
            continue
        for path in exact_matches(named, name) or loose_matches(files, name):
            content = as_utf8(files[path].read())[0] if files[path].size <= LARGEST else b""
            if adds_functions(content, released):
                found[name] = content
                remarks.note(*describe_changed(name, content, released))
                break
    return found


def find_module(
    files: Files, named: Named, name: str, released: bytes | None, remarks: Remarks
) -> bytes | None:
    """Find a student-owned file: at its path, nearest to the top, else by its name anywhere."""
    candidates = exact_matches(named, name)
    if not candidates and (candidates := loose_matches(files, name)):
        other = candidates[0]
        remarks.note(Message("{name} is missing: {other} is used", name=name, other=other))
    if not candidates:
        remarks.note(Message("{name} is missing: graded as it was released", name=name))
        return None
    taken = candidates[0]
    if len(candidates) > 1:
        # An old copy of the release is often nearer to the top than the student's work.
        worked = [p for p in candidates if released is None or not is_released(files[p], released)]
        taken = (worked or candidates)[0]
        others = [p for p in worked if p != taken and not are_equal(files[p], files[taken])]
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


def exact_matches(named: Named, name: str) -> list[PurePosixPath]:
    """Files whose path ends in a name, nearest to the top first; then those of equal case."""
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
    """Files of that name in other folders, or copies of it, nearest to the top first."""
    stem = PurePosixPath(name).stem
    fitting = [
        path for path in files if ".py" in path.name and plain_stem(path.name) == stem.casefold()
    ]
    return sorted(fitting, key=lambda path: (len(path.parts), len(path.name), str(path)))


def as_utf8(content: bytes) -> tuple[bytes, str]:
    """A module in UTF-8, and its former encoding if that was another."""
    if is_utf16(content):
        return decode_from(content, "UTF-16")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        declared = any(CODING.match(line) for line in content.splitlines()[:2])
        if not declared:  # GBK would join Latin-1 letters with the code that follows
            return decode_from(content, "GB2312")
    return content, ""


def decode_from(content: bytes, encoding: str) -> tuple[bytes, str]:
    try:
        return content.decode(encoding).encode(), encoding
    except UnicodeError:
        return content, ""


def syntax_errors(name: str, content: bytes) -> list[str]:
    """Why Python cannot parse a file; empty if it can, or the file is too large to parse here."""
    if len(content) > LARGEST_PARSED:
        return []
    try:
        parse_quietly(content)
    except UNREADABLE as error:
        problem: str = type(error).__name__
        line = getattr(error, "lineno", None)
        if line:
            problem = Message("{problem} in line {line}", problem=problem, line=line)
        return [Message("{name} cannot be read by Python: {problem}", name=name, problem=problem)]
    return []


def is_released(file: File, released: bytes) -> bool:
    """Whether a file is the released one, apart from line ends."""
    return file.size <= LARGEST and file.read().replace(b"\r\n", b"\n") == released


def are_equal(one: File, other: File) -> bool:
    return one.size == other.size and (one.size > LARGEST or one.read() == other.read())


def fold_case(parts: Sequence[str]) -> list[str]:
    return [part.casefold() for part in parts]
