"""Assigns each incoming file to a student, before anything is written."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timezone, tzinfo
from pathlib import Path

from daseCV.language import Message

from .handed_in import HandedIn, LeftAside, same_name
from .layout import Reader
from .search import Search


@dataclass(frozen=True)
class Plan:
    """Which incoming files are taken."""

    taken: tuple[HandedIn, ...]  # one for each student, by name
    left: tuple[LeftAside, ...]
    local_times: bool = False  # whether some times were a platform's local ones


def make_plan(
    paths: Iterable[Path],
    assignments: Sequence[str],
    assignment: str,
    scratch: Path,
    zone: tzinfo = timezone.utc,
    modules: Sequence[str] = (),
    reading: str = "",
) -> Plan:
    """Decide what is taken for an assignment.

    The names of all the course's assignments may stand behind a student's, or be folders in a
    student's. `scratch` is a folder for what has to be unpacked; it has to last as long as the
    plan. A platform's local times are of `zone`; `modules` are student-owned files of the release.
    `reading`, 'class' or 'student', says how to read what may be either; where it is '', that
    raises `TwoReadings`.
    """
    reader = Reader(tuple(assignments), tuple(modules))
    search = Search(reader, assignment, scratch, zone, reading)
    found = list(search.find(list(paths)))
    taken, left = take_last_attempts(separate_namesakes(found), search.left)
    return Plan(taken, left, local_times=search.local_times)


def separate_namesakes(found: list[HandedIn]) -> list[HandedIn]:
    """Students of one name whom a platform tells apart get its number behind their name."""
    ids: dict[str, set[str]] = {}
    for one in found:
        ids.setdefault(one.student, set()).add(one.id)
    apart = [
        replace(one, student=f"{one.student}-{one.id}").with_doubt(
            same_name(one.student, len(ids[one.student]))
        )
        if len(ids[one.student]) > 1 and one.id
        else one
        for one in found
    ]
    spelled = Counter(name.casefold() for name in {one.student for one in apart})
    return [
        one.with_doubt(Message("another name differs from {name} in case alone", name=one.student))
        if spelled[one.student.casefold()] > 1
        else one
        for one in apart
    ]


def modified_time(path: Path) -> float:
    """When a file was changed, in seconds since 1970; long ago where that cannot be known."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def take_last_attempts(
    found: list[HandedIn], left: list[LeftAside]
) -> tuple[tuple[HandedIn, ...], tuple[LeftAside, ...]]:
    by_student: dict[str, list[HandedIn]] = {}
    for one in found:
        by_student.setdefault(one.student, []).append(one)
    taken, aside = [], list(left)
    for _, attempts in sorted(by_student.items()):
        last = max(attempts, key=lambda one: (one.attempt, one.at or modified_time(one.path)))
        for one in attempts:
            if one is last:
                continue
            is_earlier = one.attempt < last.attempt
            why = "an earlier attempt" if is_earlier else "handed in twice"
            aside.append(
                LeftAside(one.came_from, f"{why}: {last.came_from} is taken", doubtful=False)
            )
            if not is_earlier:
                last = last.with_doubt(Message("handed in twice: {other} too", other=one.came_from))
        taken.append(last)
    return tuple(taken), tuple(aside)
