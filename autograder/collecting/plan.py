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
    """When a file was changed, in seconds since 1970; 0 if unknown."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def keep_last_attempts(
    found: list[IncomingSubmission], skipped: list[SkippedFile]
) -> tuple[tuple[IncomingSubmission, ...], tuple[SkippedFile, ...]]:
    by_student: dict[str, list[IncomingSubmission]] = {}
    for one in found:
        by_student.setdefault(one.student, []).append(one)
    kept, skipped = [], list(skipped)
    for _, attempts in sorted(by_student.items()):
        last = max(attempts, key=lambda one: (one.attempt, one.at or modified_time(one.path)))
        for one in attempts:
            if one is last:
                continue
            is_earlier = one.attempt < last.attempt
            why = "an earlier attempt" if is_earlier else "handed in twice"
            skipped.append(
                SkippedFile(one.came_from, f"{why}: {last.came_from} is taken", doubtful=False)
            )
            if not is_earlier:
                last = last.with_doubt(Message("handed in twice: {other} too", other=one.came_from))
        kept.append(last)
    return tuple(kept), tuple(skipped)
