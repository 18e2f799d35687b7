"""Whose a file is, by its name: as students and learning platforms name what is handed in.

| where from | what it looks like |
|---|---|
| us | `ada.zip`, `ada_Dropout.zip`, `Dropout-ada.zip`, `ada_submission.zip`, `ada (1).zip` |
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

# Each begins with ^: from one place alone, an expression takes time in proportion to the name.
# As get_filename writes it: https://github.com/instructure/canvas-lms/blob/master/lib/content_zipper.rb
CANVAS = re.compile(
    r"^(?:(?P<anonymous_late>LATE_)?(?P<anonymous>anon_(?P<anonymous_id>[0-9A-Za-z]{5}))"
    r"|(?P<who>.+?)(?:_(?P<late>LATE|late))?_(?P<id>\d+))"
    r"_(?:\d+_(?P<theirs>.+)|(?:text|link)\.html)",
    re.DOTALL,
)
# As downloader.php writes it: https://github.com/moodle/moodle/tree/main/mod/assign
MOODLE = re.compile(
    r"^(?P<who>.+?)(?:_(?P<id>\d+))?_assignsubmission_(?:file|onlinetext)(?:_(?P<theirs>.*))?",
    re.DOTALL,
)
BLACKBOARD = re.compile(
    r"^(?P<what>.+?)_(?P<who>[^_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<theirs>.+))?",
    re.DOTALL,
)
BRIGHTSPACE = re.compile(
    r"^(?P<id>\d+-\d+) - (?P<who>.+?) ?- (?P<when>[A-Z][a-z]{2} \d\d?, \d{4} \d{3,4} [AP]M)"
    r"(?: - (?P<theirs>.+))?",
    re.DOTALL,
)
# What may stand behind a name, from the end on.
ATTEMPT = re.compile(r"(?i)[_ -]attempt[_ -]?(\d{1,6})$")
COPY = re.compile(r" ?[(（](\d{1,6})[)）]$")
DRIVE = re.compile(r"(?:^drive-download)?-\d{8}T\d{6}Z(?:-\d+)?-\d{3}$")  # Google's zips
LATE = re.compile(r"(?i)[_ -]late$")
WORDS = re.compile(r"(?i)[_ -](?:submission|homework|hw|assignment|final)$")
# What says what something is, or of how many people, and not whose.
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
OF_THE_RELEASE = {"submission", "assignment", "dasecv", "dasecv-assignment"}
# What browsers, systems and Colab make of the name of a copy; taken off piece by piece.
BEFORE_COPY = re.compile("copy of |副本 ?|“")
AFTER_COPY = re.compile(
    r"(?:\.ipynb|\.py|\.txt|\.json|”| ?的?副本| ?- ?副本| - copy|-copy\d{0,6}| copy(?: \d{1,6})?"
    r"|_copy| ?\(\d{1,6}\)|（\d{1,6}）| \d)$"
)
LONGEST_ENDING = 16  # characters of one of these
LONGEST = 200  # bytes of a student's name: folders and pages are called after it
MOST_ENDINGS = 8  # that are taken off a name


@dataclass(frozen=True)
class Name:
    """What a name says."""

    student: str  # as nbgrader can have it: without spaces and slashes
    attempt: int = 1  # 1 for the first
    late: bool = False
    id: str = ""  # the platform's number of the student; '' where it has none
    # When it was handed in, in seconds since 1970, where the name says so: a local time
    at: float | None = None
    platform: str = ""  # '' where no platform is recognised
    # What the student called the file, where the platform's name goes on with that
    theirs: str = ""


def read_name(name: str, assignments: Sequence[str] = (), zone: tzinfo = timezone.utc) -> Name:
    """Read the name of a file or folder, without its ending.

    Names of assignments may stand behind the student's. Local times in names are of the zone.

    Examples
    --------
    >>> read_name("12345_attempt_2_late")
    Name(student='12345', attempt=2, late=True, id='', at=None, platform='', theirs='')
    >>> read_name("ada_Dropout", ["Dropout"]).student
    'ada'
    """
    name = unicodedata.normalize("NFC", name).strip()
    if found := MOODLE.fullmatch(name):
        theirs = found["theirs"] or ""
        return Name(slug(found["who"]), id=found["id"] or "", platform="Moodle", theirs=theirs)
    if found := BLACKBOARD.fullmatch(name):
        at, theirs = parse_moment(found["when"], "%Y-%m-%d-%H-%M-%S", zone), found["theirs"] or ""
        who = found["who"]
        return Name(slug(who), id=who, at=at, platform="Blackboard", theirs=theirs)
    if found := BRIGHTSPACE.fullmatch(name):
        when = re.sub(r" (\d{3}) ", r" 0\1 ", found["when"])
        at, theirs = parse_moment(when, "%b %d, %Y %I%M %p", zone), found["theirs"] or ""
        return Name(slug(found["who"]), at=at, platform="Brightspace", theirs=theirs)
    if found := CANVAS.fullmatch(name):
        again = re.fullmatch(r"^(.+)-(\d{1,6})", found["theirs"] or "", re.DOTALL)
        return Name(
            slug(found["who"] or found["anonymous"]),
            attempt=int(again[2]) + 1 if again else 1,
            late=bool(found["late"] or found["anonymous_late"]),
            id=found["id"] or found["anonymous_id"],
            platform="Canvas",
            theirs=again[1] if again else found["theirs"] or "",
        )
    return read_plain_name(name, assignments)


def read_plain_name(name: str, assignments: Sequence[str]) -> Name:
    """A name that no platform made: what stands behind it is taken off, piece by piece."""
    attempt, late = 1, False
    any_assignment = "|".join(map(re.escape, assignments)) or "(?!)"
    begin = re.match(rf"(?i)(?:{any_assignment})(?:\.en)?[_ -]+(?=\w)", name)
    if begin and not names_nobody(name[begin.end() :], assignments):
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


def names_nobody(name: str, assignments: Sequence[str] = ()) -> bool:
    """Whether a name says what something is, and not whose: all its words are such.

    Examples
    --------
    >>> [names_nobody(name, ["Dropout"]) for name in ("my homework 2", "daseCV-main", "Dropout")]
    [True, True, True]
    >>> [names_nobody(name) for name in ("submissions (1)", "软件1班", "group 3")]
    [True, True, True]
    >>> [names_nobody(name) for name in ("ada_homework", "hw_20260101", "unpack_all")]
    [False, False, False]
    """
    known = THINGS | CLASSES | {one.casefold() for one in assignments}
    words = re.findall(r"[^\W\d_]+|\d{3,}", DRIVE.sub("", name).casefold())
    all_known = all(word in known or not CHINESE_THINGS.sub("", word) for word in words)
    return (bool(words) and all_known) or name.endswith("班")


def is_release_name(name: str) -> bool:
    """Whether it is what the release is called, or a copy of that: nobody's name.

    Examples
    --------
    >>> [is_release_name(name) for name in ("submission (2)", "daseCV-assignment", "ada")]
    [True, True, False]
    """
    return COPY.sub("", DRIVE.sub("", name)).casefold() in OF_THE_RELEASE


def parse_moment(text: str, form: str, zone: tzinfo) -> float | None:
    """When that was, in seconds since 1970; None for a date that there is not."""
    try:
        when = datetime.strptime(text, form)
    except ValueError:
        return None
    return when.replace(tzinfo=zone).timestamp()


def slug(name: str) -> str:
    """A student's name as nbgrader can have it in a path and an address.

    Of a name that is too long, or has nothing that can stay, a digest of all of it is the end: no
    two students become one.

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
    begun = cleaned.encode()[: LONGEST - 9].decode("utf-8", "ignore") or "unnamed"
    return f"{begun}-{digest}"


def readable(name: str | os.PathLike[str]) -> str:
    """A name or path as text that can be shown, whatever the bytes are that it has on disk."""
    return printable_line(text_of_name(os.fsencode(name)))


def text_of_name(raw: bytes) -> str:
    """The text of a name: UTF-8, or Windows' GBK, or what can be read of it."""
    for encoding in ("utf-8", "gbk"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


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
