"""What a page shows of a student's marks, in the language of whoever reads it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from daseCV.checks.words import in_chinese

from ..hints import MISTAKES
from .marks import CheckMark, StudentMarks
from .words import CHINESE, OUTCOMES, pick, texts, what_to_do

NAMED = 3  # checks in a row of the class's table
UNBROKEN = "\u00a0"  # a blank at which no line ends
LONGEST = 60  # characters of a file's name: 180 bytes of Chinese, of 255 that file systems take


@dataclass(frozen=True)
class ShownCheck:
    """A check on a student's page.

    Parameters
    ----------
    name, sign, colour, verdict, cause : str
        The colour is 'good', 'part' or 'bad'.
    points, maximum : str
    reasons : tuple of (str, str)
        What is wrong, and the promise of the docstring that it is about, or ''.
    hints : tuple of str
    printed : str
    lost : bool
    """

    name: str
    sign: str
    colour: str
    verdict: str
    points: str
    maximum: str
    cause: str
    reasons: tuple[tuple[str, str], ...]
    hints: tuple[str, ...]
    printed: str
    lost: bool

    @property
    def says_more(self) -> bool:
        """Whether there is more to read than the verdict."""
        return bool(self.cause or self.reasons or self.hints or self.printed)


def describe_check(mark: CheckMark, language: str) -> ShownCheck:
    """A check in words."""
    found = mark.report
    outcome = found.outcome if found else "not asked"
    sign, colour, *words = OUTCOMES.get(outcome, ("!", "bad", outcome, outcome))
    right = found is None or outcome == "right"
    return ShownCheck(
        name=mark.name,
        sign=sign,
        colour=colour,
        verdict=pick((words[0], words[1]), language),
        points=format_number(mark.points),
        maximum=format_number(mark.maximum),
        cause=told(found.cause, language) if found else "",
        reasons=()
        if right or found is None
        else pair_reasons(found.reasons, found.promises, language),
        hints=() if found is None else tuple(hint_in_words(one, language) for one in found.hints),
        printed="" if right or found is None else found.printed,
        lost=mark.lost > 0,
    )


def pair_reasons(
    said: tuple[str, ...], promises: tuple[str, ...], language: str
) -> tuple[tuple[str, str], ...]:
    """Each reason with its promise."""
    pairs = zip_longest(said, promises[: len(said)], fillvalue="")
    return tuple((told(reason, language), promise) for reason, promise in pairs)


def told(text: str, language: str) -> str:
    """What a check says, which it does in English."""
    return in_chinese(text) if language == CHINESE else text


def hint_in_words(hint: str, language: str) -> str:
    """A hint of the catalogue; one that it no longer has is named."""
    mistake = MISTAKES.get(hint)
    return pick((mistake.zh, mistake.en), language) if mistake else hint


def advice(marks: StudentMarks, language: str) -> str:
    """What a student does next."""
    said = texts(language)
    by_status = what_to_do(marks.status, language)
    if by_status:
        return by_status
    lost = marks.losses
    return said.next_lost.format(lost[0].name, lost[0].name) if lost else str(said.next_right)


def checks_that_lost(marks: StudentMarks, language: str) -> str:
    """Names of the checks that lost points, the most expensive first; not all of many."""
    lost = [f"{one.name}{UNBROKEN}−{format_number(one.lost)}" for one in marks.losses]
    if len(lost) > NAMED + 1:
        more = texts(language).and_more.format(len(lost) - NAMED)
        lost = [*lost[:NAMED], str(more)]
    return ", ".join(lost)


def format_number(value: float | None, digits: int = 2) -> str:
    """A number without needless zeros; a dash where there is none.

    Examples
    --------
    >>> format_number(12.50), format_number(80.0), format_number(None)
    ('12.5', '80', '–')
    """
    if value is None:
        return "–"
    whole = f"{value:.{digits}f}"
    return whole.rstrip("0").rstrip(".") if "." in whole else whole


def format_time(seconds: float | None) -> str:
    """Seconds since 1970 as this machine's clock shows them."""
    if seconds is None:
        return "–"
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


def file_names(students: Iterator[str]) -> Iterator[str]:
    """A name for each student's page that every file system and address takes, no two alike."""
    taken: set[str] = set()
    for student in students:
        plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in student).lstrip(".")
        plain = plain[:LONGEST]
        name, tries = plain or "_", 1
        while name.casefold() in taken:
            tries += 1
            name = f"{plain}-{tries}"
        taken.add(name.casefold())
        yield f"{name}.html"
