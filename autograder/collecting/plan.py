"""Assigns each incoming file to a student, before anything is written."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timezone, tzinfo
from pathlib import Path

from daseCV.language import Message

from .incoming import IncomingSubmission, SkippedFile, same_name
from .layout import Classifier
from .search import Search


@dataclass(frozen=True)
class Plan:
    """The submissions to collect, and the files that are skipped."""

    submissions: tuple[IncomingSubmission, ...]  # one for each student, by name
    skipped: tuple[SkippedFile, ...]
    local_times: bool = False  # whether some times are local times of a platform


def make_plan(
    paths: Iterable[Path],
    assignments: Sequence[str],
    assignment: str,
    scratch: Path,
    zone: tzinfo = timezone.utc,
    modules: Sequence[str] = (),
    reading: str = "",
) -> Plan:
    """Decide which submissions of an assignment to collect.

    Names of all `assignments` of the course may follow a student's name, or be folders in a
    student's. Archives are unpacked into `scratch`, which must exist as long as the plan is used.
    `zone` is that of a platform's local times; `modules` are student-owned files of the release.
    `reading`, 'class' or 'student', says how to read files that may be either; if it is '', they
    raise `TwoReadings`.
    """
    classifier = Classifier(tuple(assignments), tuple(modules))
    search = Search(classifier, assignment, scratch, zone, reading)
    found = list(search.find(list(paths)))
    submissions, skipped = keep_last_attempts(separate_namesakes(found), search.skipped)
    return Plan(submissions, skipped, local_times=search.local_times)


def separate_namesakes(found: list[IncomingSubmission]) -> list[IncomingSubmission]:
    """Append the platform's number to the names of different students with the same name."""
    ids: dict[str, set[str]] = {}
    for incoming in found:
        ids.setdefault(incoming.student, set()).add(incoming.id)
    apart = [
        replace(incoming, student=f"{incoming.student}-{incoming.id}").with_doubt(
            same_name(incoming.student, len(ids[incoming.student]))
        )
        if len(ids[incoming.student]) > 1 and incoming.id
        else incoming
        for incoming in found
    ]
    spelled = Counter(name.casefold() for name in {incoming.student for incoming in apart})
    for place, incoming in enumerate(apart):
        name = incoming.student
        if spelled[name.casefold()] > 1:
            doubt = Message("another name differs from {name} in case alone", name=name)
            apart[place] = incoming.with_doubt(doubt)
    return apart


def modified_time(path: Path) -> float:
    """When a file was changed, in seconds since 1970; 0 if unknown."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def keep_last_attempts(
    found: list[IncomingSubmission], skipped: list[SkippedFile]
) -> tuple[tuple[IncomingSubmission, ...], tuple[SkippedFile, ...]]:
    by_student: dict[str, list[IncomingSubmission]] = {}
    for incoming in found:
        by_student.setdefault(incoming.student, []).append(incoming)
    kept, skipped = [], list(skipped)
    for _, attempts in sorted(by_student.items()):
        last = max(attempts, key=lambda each: (each.attempt, each.at or modified_time(each.path)))
        for incoming in attempts:
            if incoming is last:
                continue
            is_earlier = incoming.attempt < last.attempt
            why = "an earlier attempt" if is_earlier else "handed in twice"
            skipped.append(
                SkippedFile(incoming.came_from, f"{why}: {last.came_from} is taken", doubtful=False)
            )
            if not is_earlier:
                other = incoming.came_from
                last = last.with_doubt(Message("handed in twice: {other} too", other=other))
        kept.append(last)
    return tuple(kept), tuple(skipped)
