"""Incoming submissions, and files that are not collected."""

from dataclasses import dataclass, replace
from pathlib import Path

from daseCV.language import Message

from .names import readable


@dataclass(frozen=True)
class IncomingSubmission:
    """A submission as it came in, and the student it belongs to."""

    student: str
    path: Path  # a folder, an archive, or a file
    at: float | None = None  # when, in seconds since 1970, where known
    attempt: int = 1
    late: bool = False  # whether the platform calls it late
    origin: str = ""  # where it came from, for people; default: its path
    id: str = ""  # the platform's number of the student
    platform: str = ""  # '' where none is recognised
    doubts: tuple[str, ...] = ()  # why a person should check the student

    @property
    def came_from(self) -> str:
        return self.origin or readable(self.path)

    def with_doubt(self, doubt: str) -> "IncomingSubmission":
        return replace(self, doubts=(*self.doubts, doubt))


@dataclass(frozen=True)
class SkippedFile:
    origin: str
    why: str
    doubtful: bool = True  # whether it may be a student's work, which a person should check


def doubtful_name(name: str) -> Message:
    return Message("{name} may not be a student's name", name=name)


def same_name(name: str, count: int) -> Message:
    return Message("{count} students are called {name}", count=count, name=name)
