"""The students of the folders in Gradescope's export, from the metadata beside them."""

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import yaml

from ..texts import LONGEST_PART, printable_line
from .names import read_name

LARGEST = 32 * 2**20  # bytes
MOST_VALUES = 500_000  # enough for a few thousand students; 1 KB of memory each
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # in C, ten times as fast
Metadata = dict[str, list[tuple[str, str, float | None]]]


def read_metadata(path: Path) -> Metadata:
    """(student, id, time) of each folder's submitters, by folder name; {} if unknown."""
    if not path.is_file() or path.stat().st_size > LARGEST:
        return {}
    try:
        content = path.read_bytes()
        # Merged keys can double at each line.
        if b"<<" in content or sum(map(content.count, (b"\n", b",", b"[", b"{"))) > MOST_VALUES:
            return {}
        entries = yaml.load(content, Loader)
        return {str(name): submitters(entry) for name, entry in entries.items()}
    except Exception:  # parser and entries raise many kinds on garbage
        return {}


def submitters(entry: dict[str, Any]) -> list[tuple[str, str, float | None]]:
    """Each member of a group, with their common time."""
    when = entry.get(":created_at")
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    if isinstance(when, datetime) and when.tzinfo is None:
        when = when.replace(tzinfo=timezone.utc)
    at = when.timestamp() if isinstance(when, datetime) else None
    return [(*name_and_id(submitter), at) for submitter in entry[":submitters"]]


def name_and_id(submitter: dict[str, Any]) -> tuple[str, str]:
    sid, email = scalar(submitter, ":sid"), scalar(submitter, ":email")
    name = sid or email.partition("@")[0] or scalar(submitter, ":name")
    return read_name(name).student, sid or email


def scalar(submitter: dict[str, Any], key: str) -> str:
    """A short text or a number of an entry; '' for anything else."""
    value = submitter.get(key)
    return printable_line(str(value)[:LONGEST_PART]) if isinstance(value, str | int) else ""
