"""Whose the folders of Gradescope's export are, by the metadata beside them."""

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from .names import read_name

LARGEST = 32 * 2**20  # bytes
Metadata = dict[str, list[tuple[str, str, float | None]]]


def read_metadata(path: Path) -> Metadata:
    """Student, id and time of each who handed a folder in, by its name; {} if that is unknown."""
    if not path.is_file() or path.stat().st_size > LARGEST:
        return {}
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
        return {name: submitters(entry) for name, entry in entries.items()}
    except (yaml.YAMLError, ValueError, AttributeError, TypeError, LookupError, RecursionError):
        return {}


def submitters(entry: dict[str, Any]) -> list[tuple[str, str, float | None]]:
    """Each member of a group, with the time that they share."""
    when = entry.get(":created_at")
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    if isinstance(when, datetime) and when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    at = when.timestamp() if isinstance(when, datetime) else None
    return [(student_name(one), student_id(one), at) for one in entry[":submitters"]]


def student_name(submitter: dict[str, Any]) -> str:
    name = submitter.get(":sid") or str(submitter.get(":email") or "").partition("@")[0]
    return read_name(str(name or submitter[":name"])).student


def student_id(submitter: dict[str, Any]) -> str:
    return str(submitter.get(":sid") or submitter.get(":email") or "")
