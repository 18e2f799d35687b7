"""Whose a file is, by its name: as students and learning platforms name what is handed in.

| where from | what it looks like |
|---|---|
| us | `ada.zip`, `ada_Dropout.zip`, `ada_submission.zip`, `ada (1).zip` |
| attempts | `12345_attempt_2_late.zip` |
| Canvas | `lovelaceada_LATE_12345_678901_homework-1.zip`: who, id, submission, file, -again |
| Moodle | `Ada Lovelace_1234567_assignsubmission_file_`: a folder, or followed by their file |
| Blackboard | `Homework 2_ada_attempt_2026-10-01-12-30-00_homework.zip` |
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone

CANVAS = re.compile(
    r"(?P<who>[^_]+?)(?:_(?P<late>LATE))?_(?P<id>\d+)_(?P<submission>\d+)_(?P<theirs>.+)",
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
        When it was handed in, in seconds since 1970, where the name says so.
    platform : str
        '' where no platform is recognised.
    """

    student: str
    attempt: int = 1
    late: bool = False
    id: str = ""
    at: float | None = None
    platform: str = ""


def read_name(name: str, assignments: Sequence[str] = ()) -> Name:
    """Read the name of a file or folder, without its ending.

    Parameters
    ----------
    name : str
    assignments : sequence of str
        Their names may stand behind the student's.

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
        when = datetime.strptime(blackboard["when"], "%Y-%m-%d-%H-%M-%S")
        moment = when.replace(tzinfo=timezone.utc).timestamp()
        return Name(slug(blackboard["who"]), at=moment, platform="Blackboard")
    canvas = CANVAS.fullmatch(name)
    if canvas:
        again = re.search(r"-(\d{1,6})$", canvas["theirs"])
        attempt = int(again[1]) + 1 if again else 1
        return Name(
            slug(canvas["who"]), attempt, bool(canvas["late"]), canvas["id"], None, "Canvas"
        )
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


def slug(name: str) -> str:
    """A student's name as nbgrader can have it in a path and an address.

    Examples
    --------
    >>> slug("Ada  Lovelace"), slug("张三"), slug("../etc")
    ('Ada-Lovelace', '张三', 'etc')
    """
    kept = re.sub(r"[^\w.@+-]+", "-", unicodedata.normalize("NFC", name.strip()))
    return kept.strip("-.") or "unnamed"
