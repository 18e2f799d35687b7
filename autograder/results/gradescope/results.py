"""Gradescope's results.json from a student's marks."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from daseCV.language import translate

from ...texts import printable_values
from ..marks import CheckMark, StudentMarks
from ..views import OUTCOMES, STATUSES, advice, plain_lines

LARGEST = 20_000  # characters of one output


def make_results(
    marks: StudentMarks,
    language: str,
    visibility: str = "visible",
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Marks in Gradescope's form; ValueError without a mark, after an internal error.

    `visibility` is that of the checks for students: 'visible', 'hidden', 'after_due_date' or
    'after_published'. `extra` is added to 'extra_data'.
    """
    if marks.score is None:
        raise ValueError(f"{marks.student} has no mark yet: expected a report that is ours no more")
    return {
        "score": marks.score,
        "execution_time": round(marks.seconds, 1),
        "output": overview(marks, language),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "extra_data": {
            "status": marks.status,
            "sandbox": marks.sandbox,
            "handed_in": marks.handed_in,
            **(extra or {}),
        },
        "tests": [
            describe_test(number, mark, language, visibility)
            for number, mark in enumerate(marks.checks, 1)
        ],
    }


def overview(marks: StudentMarks, language: str) -> str:
    """The text above the checks."""
    status = translate(STATUSES[marks.status], language)
    lines = [f"{marks.score:g} / {marks.maximum:g}  {status}"]
    lines += [f"! {translate(note, language)}" for note in marks.notes]
    return "\n".join([*lines, "", advice(marks, language)])[:LARGEST]


def describe_test(number: int, mark: CheckMark, language: str, visibility: str) -> dict[str, Any]:
    found = mark.report
    sign, _, verdict = OUTCOMES[found.outcome]
    lines = [f"{sign} {translate(verdict, language)}", *plain_lines(found, language)]
    return {
        "score": mark.points,
        "max_score": mark.maximum,
        "status": "failed" if mark.lost > 0 else "passed",
        "name": mark.name,
        "name_format": "text",
        "number": str(number),
        "output": "\n".join(lines)[:LARGEST],
        "output_format": "text",
        "tags": [found.outcome, *found.hints],
        "visibility": visibility,
        "extra_data": {"blamed": list(found.blamed), "seconds": round(found.seconds, 2)},
    }


def write_results(path: Path, content: Mapping[str, Any]) -> None:
    """Write a results.json whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    text = json.dumps(printable_values(content), ensure_ascii=False, indent=1)
    new.write_text(f"{text}\n", encoding="utf-8")
    new.replace(path)
