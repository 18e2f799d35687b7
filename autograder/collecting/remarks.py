"""Remarks about a submission, collected while it is read."""

from dataclasses import dataclass, field

from daseCV.language import Message


@dataclass
class Remarks:
    """Notes for the student; doubts are notes that a person should check."""

    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def note(self, *remarks: str) -> None:
        self.notes.extend(remarks)

    def doubt(self, *remarks: str) -> None:
        """Add notes that a person should check."""
        self.notes.extend(remarks)
        self.doubts.extend(remarks)


def too_large(name: str, size: int, most: int) -> Message:
    """Say that a file is not used because it is too large."""
    return Message(
        "{name} has {size:,} bytes, at most {most:,} are accepted: not used",
        name=name,
        size=size,
        most=most,
    )
