"""Whose a file is, by its name: as students and learning platforms name what is handed in.

| where from | what it looks like |
|---|---|
| us | `ada.zip`, `ada_Dropout.zip`, `ada_submission.zip`, `ada (1).zip` |
| attempts | `12345_attempt_2_late.zip` |
| Canvas | `lovelaceada_LATE_12345_678901_homework-1.zip`: who, id, submission, file, -again |
| Canvas, anonymous | `LATE_anon_x4Tq9_678901_homework-1.zip`: the id is of this assignment alone |
| Moodle | `Ada Lovelace_1234567_assignsubmission_file_`: a folder, or followed by their file |
| Blackboard | `Homework 2_ada_attempt_2026-10-01-12-30-00_homework.zip` |
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo

# As get_filename writes it: https://github.com/instructure/canvas-lms/blob/master/lib/content_zipper.rb
CANVAS = re.compile(
    r"(?:(?P<anonymous_late>LATE_)?(?P<anonymous>anon_(?P<anonymous_id>[0-9A-Za-z]{5}))"
    r"|(?P<who>.+?)(?:_(?P<late>LATE))?_(?P<id>\d+))_(?P<submission>\d+)_(?P<theirs>.+)",
    re.DOTALL,
)
MOODLE = re.compile(
    r"(?P<who>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)(?:_(?P<theirs>.*))?", re.DOTALL
)
BLACKBOARD = re.compile(
    r"(?P<what>.+?)_(?P<who>[^_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<theirs>.+))?",
    re.DOTALL,
)
# What may stand behind a name, from the end on.
ATTEMPT = re.compile(r"(?i)[_ -]attempt[_ -]?(\d{1,6})$")
COPY = re.compile(r" ?[(（](\d{1,6})[)）]$")
LATE = re.compile(r"(?i)[_ -]late$")
WORDS = re.compile(r"(?i)[_ -](?:submission|homework|hw|assignment|final)$")
LONGEST = 200  # bytes of a student's name: folders and pages are called after it


@dataclass(frozen=True)
class Name:
    """What a name says.

    Parameters
    ----------
    student : str
        As nbgrader can have it: without spaces and slashes.
    attempt : int
        1 for the first.
    late : bool
    id : str
        The platform's number of the student; '' where it has none.
    at : float or None
        When it was handed in, in seconds since 1970, where the name says so: a local time.
    platform : str
        '' where no platform is recognised.
    """

    student: str
    attempt: int = 1
    late: bool = False
    id: str = ""
    at: float | None = None
    platform: str = ""


def read_name(name: str, assignments: Sequence[str] = (), zone: tzinfo = timezone.utc) -> Name:
    """Read the name of a file or folder, without its ending.

    Parameters
    ----------
    name : str
    assignments : sequence of str
        Their names may stand behind the student's.
    zone : tzinfo
        Of local times in names.

    Examples
    --------
    >>> read_name("12345_attempt_2_late")
    Name(student='12345', attempt=2, late=True, id='', at=None, platform='')
    >>> read_name("ada_Dropout", ["Dropout"]).student
    'ada'
    """
    name = unicodedata.normalize("NFC", name).strip()
    moodle = MOODLE.fullmatch(name)
    if moodle:
        return Name(slug(moodle["who"]), id=moodle["id"], platform="Moodle")
    blackboard = BLACKBOARD.fullmatch(name)
    if blackboard:
        at = moment(blackboard["when"], zone)
        who = blackboard["who"]
        return Name(slug(who), id=who, at=at, platform="Blackboard")
    canvas = CANVAS.fullmatch(name)
    if canvas:
        again = re.search(r"-(\d{1,6})$", canvas["theirs"])
        attempt = int(again[1]) + 1 if again else 1
        late = bool(canvas["late"] or canvas["anonymous_late"])
        who = slug(canvas["who"] or canvas["anonymous"])
        known = canvas["id"] or canvas["anonymous_id"]
        return Name(who, attempt, late, known, platform="Canvas")
    return plain(name, assignments)


def plain(name: str, assignments: Sequence[str]) -> Name:
    """A name that no platform made: what stands behind it is taken off, piece by piece."""
    attempt, late = 1, False
    endings = [re.compile(rf"(?i)[_ -]{re.escape(one)}(?:\.en)?$") for one in assignments]
    while True:
        number = ATTEMPT.search(name)
        copy = COPY.search(name)
        cut = number or copy or LATE.search(name) or WORDS.search(name)
        cut = cut or next(filter(None, (ending.search(name) for ending in endings)), None)
        if cut is None or cut.start() == 0:
            return Name(slug(name), attempt, late)
        if number:
            attempt = int(number[1])
        elif copy:
            attempt = int(copy[1]) + 1
        late |= bool(LATE.search(name))
        name = name[: cut.start()]


def moment(text: str, zone: tzinfo) -> float | None:
    """When that was, in seconds since 1970; None for a date that there is not."""
    try:
        when = datetime.strptime(text, "%Y-%m-%d-%H-%M-%S")
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
    kept = re.sub(r"[^\w.@+-]+", "-", unicodedata.normalize("NFC", name.strip())).strip("-.")
    if kept and len(kept.encode()) <= LONGEST:
        return kept
    digest = hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:8]
    begun = kept.encode()[: LONGEST - 9].decode("utf-8", "ignore") or "unnamed"
    return f"{begun}-{digest}"


def readable(name: str | os.PathLike[str]) -> str:
    """A name or path as text that can be shown, whatever the bytes are that it has on disk."""
    return printable(text_of_name(os.fsencode(name)))


def text_of_name(raw: bytes) -> str:
    """The text of a name: UTF-8, or Windows' GBK, or what can be read of it."""
    for encoding in ("utf-8", "gbk"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def printable(name: str) -> str:
    """A name without what commands a terminal or turns the text around it."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name)
