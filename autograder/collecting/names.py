"""Finds the student of a file by its name, as students and learning platforms write names.

| where from | what it looks like |
|---|---|
| none | `ada.zip`, `ada_Dropout.zip`, `Dropout-ada.zip`, `ada_submission.zip`, `ada (1).zip` |
| attempts | `12345_attempt_2_late.zip` |
| Canvas | `lovelaceada_LATE_12345_678901_homework-1.zip`: who, id, attachment, file, -again |
| Canvas, no file | `lovelaceada_12345_text.html`, `lovelaceada_12345_link.html` |
| Canvas, anonymous | `LATE_anon_x4Tq9_678901_homework-1.zip`: the id is of this assignment alone |
| Moodle | `Ada Lovelace_1234567_assignsubmission_file_`: a folder, or followed by their file |
| Moodle, teams | `Team 1_87_assignsubmission_file`, `Team 1-Ada Lovelace_1234567_assign...` |
| Blackboard | `Homework 2_ada_attempt_2026-10-01-12-30-00_homework.zip` |
| Brightspace | `152711-351765 - Ada Lovelace - Oct 1, 2026 1230 PM`: a folder |
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo

from ..texts import printable_line

# Each begins with ^: an anchored expression takes time in proportion to the name.
# As get_filename writes it: https://github.com/instructure/canvas-lms/blob/master/lib/content_zipper.rb
CANVAS = re.compile(
    r"^(?:(?P<anonymous_late>LATE_)?(?P<anonymous>anon_(?P<anonymous_id>[0-9A-Za-z]{5}))"
    r"|(?P<who>.+?)(?:_(?P<late>LATE|late))?_(?P<id>\d+))"
    r"_(?:\d+_(?P<file>.+)|(?:text|link)\.html)",
    re.DOTALL,
)
# As downloader.php writes it: https://github.com/moodle/moodle/tree/main/mod/assign
MOODLE = re.compile(
    r"^(?P<who>.+?)(?:_(?P<id>\d+))?_assignsubmission_(?:file|onlinetext)(?:_(?P<file>.*))?",
    re.DOTALL,
)
BLACKBOARD = re.compile(
    r"^(?P<what>.+?)_(?P<who>[^_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+))?",
    re.DOTALL,
)
BRIGHTSPACE = re.compile(
    r"^(?P<id>\d+-\d+) - (?P<who>.+?) ?- (?P<when>[A-Z][a-z]{2} \d\d?, \d{4} \d{3,4} [AP]M)"
    r"(?: - (?P<file>.+))?",
    re.DOTALL,
)
# Suffixes that may follow a name, removed from the end.
ATTEMPT = re.compile(r"(?i)[_ -]attempt[_ -]?(\d{1,6})$")
COPY = re.compile(r" ?[(（](\d{1,6})[)）]$")
DRIVE = re.compile(r"(?:^drive-download)?-\d{8}T\d{6}Z(?:-\d+)?-\d{3}$")  # Google's zips
LATE = re.compile(r"(?i)[_ -]late$")
WORDS = re.compile(r"(?i)[_ -](?:submission|homework|hw|assignment|final)$")
# Words that say what something is, or for how many people, but not whose.
THINGS = {
    *("submission", "homework", "assignment", "hw", "code", "final", "dasecv", "ipynb", "zip"),
    *("work", "my", "main", "master", "old", "new", "backup", "copy", "version", "v", "en"),
}
CLASSES = {
    *("submissions", "class", "group", "groups", "section", "sec", "students", "download"),
    *("downloads", "export", "exports", "incoming", "inbox", "submitted", "all", "canvas"),
    *("moodle", "gradescope", "blackboard", "gradebook", "week", "session", "lab", "team"),
}
CHINESE_THINGS = re.compile(
    "作业|代码|提交|最终版|最终|副本|新建文件夹|压缩包|全班|全部|学生|课程|班级|第|次|周|组|班"
)
RELEASE_NAMES = {"submission", "assignment", "dasecv", "dasecv-assignment"}
# What browsers, systems and Colab add to the name of a copy; removed piece by piece.
BEFORE_COPY = re.compile("copy of |副本 ?|“")
AFTER_COPY = re.compile(
    r"(?:\.ipynb|\.py|\.txt|\.json|”| ?的?副本| ?- ?副本| - copy|-copy\d{0,6}| copy(?: \d{1,6})?"
    r"|_copy| ?\(\d{1,6}\)|（\d{1,6}）| \d)$"
)
LONGEST_ENDING = 16  # characters of one such addition
LONGEST = 200  # bytes of a student's name, which names folders and pages
MOST_ENDINGS = 8  # removed from a name


@dataclass(frozen=True)
class Name:
    """The parts of a file's name."""

    student: str  # as nbgrader allows it: without spaces and slashes
    attempt: int = 1  # 1 for the first
    late: bool = False
    id: str = ""  # the platform's number of the student; '' where it has none
    # Local time of handing in, in seconds since 1970, where the name has it
    at: float | None = None
    platform: str = ""  # '' where no platform is recognised
    # The student's own name of the file, where the platform keeps it
    file: str = ""


def read_name(name: str, assignments: Sequence[str] = (), zone: tzinfo = timezone.utc) -> Name:
    """Read the name of a file or folder, without its extension.

    An assignment's name may follow the student's. `zone` is that of local times in names.

    Examples
    --------
    >>> read_name("12345_attempt_2_late")
    Name(student='12345', attempt=2, late=True, id='', at=None, platform='', file='')
    >>> read_name("ada_Dropout", ["Dropout"]).student
    'ada'
    """
    name = unicodedata.normalize("NFC", name).strip()
    if found := MOODLE.fullmatch(name):
        file = found["file"] or ""
        return Name(slug(found["who"]), id=found["id"] or "", platform="Moodle", file=file)
    if found := BLACKBOARD.fullmatch(name):
        at, file = parse_moment(found["when"], "%Y-%m-%d-%H-%M-%S", zone), found["file"] or ""
        who = found["who"]
        return Name(slug(who), id=who, at=at, platform="Blackboard", file=file)
    if found := BRIGHTSPACE.fullmatch(name):
        when = re.sub(r" (\d{3}) ", r" 0\1 ", found["when"])
        at, file = parse_moment(when, "%b %d, %Y %I%M %p", zone), found["file"] or ""
        return Name(slug(found["who"]), at=at, platform="Brightspace", file=file)
    if found := CANVAS.fullmatch(name):
        again = re.fullmatch(r"^(.+)-(\d{1,6})", found["file"] or "", re.DOTALL)
        return Name(
            slug(found["who"] or found["anonymous"]),
            attempt=int(again[2]) + 1 if again else 1,
            late=bool(found["late"] or found["anonymous_late"]),
            id=found["id"] or found["anonymous_id"],
            platform="Canvas",
            file=again[1] if again else found["file"] or "",
        )
    return read_plain_name(name, assignments)


def read_plain_name(name: str, assignments: Sequence[str]) -> Name:
    """Read a name that no platform made; suffixes are removed one by one."""
    attempt, late = 1, False
    any_assignment = "|".join(map(re.escape, assignments)) or "(?!)"
    begin = re.match(rf"(?i)(?:{any_assignment})(?:\.en)?[_ -]+(?=\w)", name)
    if begin and not is_generic_name(name[begin.end() :], assignments):
        name = name[begin.end() :]
    of_assignment = re.compile(rf"(?i)[_ -](?:{any_assignment})(?:\.en)?$")
    for _ in range(MOST_ENDINGS):
        number = ATTEMPT.search(name)
        copy = COPY.search(name)
        cut = number or copy or LATE.search(name) or WORDS.search(name)
        cut = cut or of_assignment.search(name)
        if cut is None or cut.start() == 0:
            break
        if number:
            attempt = int(number[1])
        elif copy:
            attempt = int(copy[1]) + 1
        late |= bool(LATE.search(name))
        name = name[: cut.start()]
    return Name(slug(name), attempt, late)


def is_generic_name(name: str, assignments: Sequence[str] = ()) -> bool:
    """Whether all words of a name say what something is, and none whose.

    Examples
    --------
    >>> [is_generic_name(name, ["Dropout"]) for name in ("my homework 2", "daseCV-main", "Dropout")]
    [True, True, True]
    >>> [is_generic_name(name) for name in ("submissions (1)", "软件1班", "group 3")]
    [True, True, True]
    >>> [is_generic_name(name) for name in ("ada_homework", "hw_20260101", "unpack_all")]
    [False, False, False]
    """
    known = THINGS | CLASSES | {assignment.casefold() for assignment in assignments}
    words = re.findall(r"[^\W\d_]+|\d{3,}", DRIVE.sub("", name).casefold())
    all_known = all(word in known or not CHINESE_THINGS.sub("", word) for word in words)
    return (bool(words) and all_known) or name.endswith("班")


def is_release_name(name: str) -> bool:
    """Whether it is the release's name, or a copy of that: not a student's name.

    Examples
    --------
    >>> [is_release_name(name) for name in ("submission (2)", "daseCV-assignment", "ada")]
    [True, True, False]
    """
    return COPY.sub("", DRIVE.sub("", name)).casefold() in RELEASE_NAMES


def parse_moment(text: str, form: str, zone: tzinfo) -> float | None:
    """A time in seconds since 1970; None for a date that does not exist."""
    try:
        when = datetime.strptime(text, form)
    except ValueError:
        return None
    return when.replace(tzinfo=zone).timestamp()


def slug(name: str) -> str:
    """A student's name in characters that nbgrader allows in paths and addresses.

    A name that is too long, or has no such character, ends in a digest, so that different names
    stay different.

    Examples
    --------
    >>> slug("Ada  Lovelace"), slug("张三"), slug("../etc")
    ('Ada-Lovelace', '张三', 'etc')
    >>> slug("🙂🙂")
    'unnamed-f5f56730'
    """
    cleaned = re.sub(r"[^\w.@+-]+", "-", unicodedata.normalize("NFC", name.strip())).strip("-.")
    if cleaned and len(cleaned.encode()) <= LONGEST:
        return cleaned
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    start = cleaned.encode()[: LONGEST - 9].decode("utf-8", "ignore") or "unnamed"
    return f"{start}-{digest}"


def readable(name: str | os.PathLike[str]) -> str:
    """A name or path as printable text, whatever its bytes on disk are."""
    return printable_line(text_of_name(os.fsencode(name)))


def text_of_name(raw: bytes) -> str:
    """Decode a name: as UTF-8, or Windows' GBK, or with replacement characters."""
    for encoding in ("utf-8", "gbk"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def plain_stem(name: str) -> str:
    """A file's stem without the additions of copying.

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
