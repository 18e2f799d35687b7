"""What somebody handed in, and what is not taken."""

from dataclasses import dataclass, replace
from pathlib import Path

from daseCV.language import Message

from .names import readable


@dataclass(frozen=True)
class HandedIn:
    """What somebody handed in."""

    student: str
    path: Path  # a folder, an archive, or a file
    at: float | None = None  # when, in seconds since 1970, where known
    attempt: int = 1
    late: bool = False  # whether the platform calls it late
    origin: str = ""  # where it came from, for people; default: its path
    id: str = ""  # the platform's number of the student
    platform: str = ""  # '' where none is recognised
    doubts: tuple[str, ...] = ()  # why a person should look whose it is

    @property
    def came_from(self) -> str:
        return self.origin or readable(self.path)

    def with_doubt(self, doubt: str) -> "HandedIn":
        return replace(self, doubts=(*self.doubts, doubt))


@dataclass(frozen=True)
class LeftAside:
    """What is not taken, and why."""

    origin: str
    why: str
    doubtful: bool = True  # whether it may be somebody's work, so that a person should look


def doubtful_name(name: str) -> Message:
    return Message("{name} may not be a student's name", name=name)


def same_name(name: str, count: int) -> Message:
    return Message("{count} students are called {name}", count=count, name=name)
