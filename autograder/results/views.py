"""Parts of pages about a student's marks, in the reader's language."""

from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest
from typing import Any

from daseCV.language import Message, join, labelled, translate

from ..grading.report import CheckReport
from ..hints import MISTAKES
from .marks import CheckMark, StudentMarks

LAST_PRINTED = 20  # lines
NAMED = 3  # checks in a row of the class's table
NO_BREAK_SPACE = "\u00a0"
LONGEST = 60  # characters of a file name: 180 bytes of Chinese; file systems allow 255

OUTCOMES = {  # sign, colour, words; the sign does not need colours
    "right": ("✓", "good", Message("right")),
    "spared": ("✓", "good", Message("not charged here")),
    "partly": ("◐", "part", Message("partly right")),
    "wrong": ("✗", "bad", Message("wrong")),
    "not written": ("○", "bad", Message("not written yet")),
    "error": ("!", "bad", Message("raised an error")),
    "out of time": ("!", "bad", Message("out of time")),
    "out of memory": ("!", "bad", Message("out of memory")),
    "put off": ("…", "part", Message("put off")),
    "infrastructure": ("?", "part", Message("our failure, no mark yet")),
    "not asked": ("–", "bad", Message("not asked")),
}
STATUSES = {
    "graded": Message("graded"),
    "student error": Message("code raised an error"),
    "out of time": Message("out of time"),
    "out of memory": Message("out of memory"),
    "refused": Message("refused"),
    "put off": Message("no mark yet: training is put off"),
    "infrastructure": Message("no mark yet"),
}
WHAT_TO_DO = {  # after a status
    "student error": Message(
        "Your code raised an error as soon as it was imported or called, so that no check could be "
        "asked. Mend the error named below first, and hand in again."
    ),
    "out of time": Message(
        "Your code gave no answer in time. Look for a loop that does not end, or a very slow one."
    ),
    "out of memory": Message(
        "Your code used too much memory. Look for arrays far larger than the input."
    ),
    "refused": Message(
        "What you handed in could not be opened, or is not safe, and nothing of it was used. Make "
        "the zip anew with the notebook's last cell, and hand in again."
    ),
    "put off": Message("Your networks are still to be trained; there is nothing to do."),
    "infrastructure": Message(
        "The grader failed; this is not your fault. There is nothing to do: it will be repeated."
    ),
}


def describe_check(mark: CheckMark, language: str) -> dict[str, Any]:
    """A check on a student's page; each reason is paired with its promise."""
    found = mark.report
    sign, colour, verdict = OUTCOMES[found.outcome]
    failed = found.outcome != "right"
    more: dict[str, Any] = {
        "cause": translate(found.cause, language),
        "reasons": pair_reasons(found.reasons, found.promises, language) if failed else (),
        "hints": [translate(hint_text(name), language) for name in found.hints],
        "printed": found.printed if failed else "",
        "code": found.code,
    }
    return more | {
        "name": mark.name,
        "sign": sign,
        "colour": colour,
        "verdict": translate(verdict, language),
        "points": format_number(mark.points),
        "maximum": format_number(mark.maximum),
        "lost": mark.lost > 0,
        "says_more": any(more.values()),
    }


def pair_reasons(
    said: tuple[str, ...], promises: tuple[str, ...], language: str
) -> tuple[tuple[str, str], ...]:
    pairs = zip_longest(said, promises[: len(said)], fillvalue="")
    return tuple((translate(reason, language), promise) for reason, promise in pairs)


def plain_lines(check: CheckReport, language: str) -> Iterator[str]:
    """The text below a check's verdict, for readers of plain text."""
    if check.blamed:
        yield translate(check.cause, language)
    yield from (labelled("hint", hint_text(name), language) for name in check.hints)
    if check.outcome == "right":
        return
    for reason, promise in pair_reasons(check.reasons, check.promises, language):
        yield from reason.splitlines()
        if promise:
            yield f"  {labelled('promised', f'“{promise}”', language)}"
    if check.printed:
        yield f"  {labelled('printed', '', language)}".rstrip()
        yield from (f"    {line}" for line in check.printed.splitlines()[-LAST_PRINTED:])


def hint_text(name: str) -> str:
    """A hint of the catalogue; its name if the catalogue no longer has it."""
    mistake = MISTAKES.get(name)
    return Message.build(mistake.hint, {}) if mistake else name


def advice(marks: StudentMarks, language: str) -> str:
    """What a student should do next."""
    if marks.status in WHAT_TO_DO:
        return translate(WHAT_TO_DO[marks.status], language)
    if not marks.losses:
        return translate(Message("Everything is right: nothing to change."), language)
    next_step = Message(
        "Begin with `{check}`, which lost the most. In the assignment's folder, `python -m daseCV "
        'check {check}` runs its public check; in a notebook, `check("{check}")` also gives '
        "lines of code that repeat a failed question. Then make the zip anew and hand it in.",
        check=marks.losses[0].name,
    )
    return translate(next_step, language)


def list_lost_checks(marks: StudentMarks, language: str) -> str:
    """Names of the checks that lost points, the most expensive first; not all of many."""
    lost: list[str] = [
        f"{check.name}{NO_BREAK_SPACE}−{format_number(check.lost)}" for check in marks.losses
    ]
    if len(lost) > NAMED + 1:
        lost = [*lost[:NAMED], Message("and {count} more", count=len(lost) - NAMED)]
    return translate(join(lost), language)


def format_number(value: float | None, digits: int = 2) -> str:
    """A number without needless zeros; a dash if there is no number.

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
    """A different file name for each student's page, valid in all file systems and addresses."""
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
