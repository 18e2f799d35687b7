"""What there is to say of a submission while it is read."""

from dataclasses import dataclass, field

from daseCV.language import Message


@dataclass
class Remarks:
    """Notes for the student, and those of them that a person should look into."""

    notes: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    def note(self, *remarks: str) -> None:
        self.notes.extend(remarks)

    def doubt(self, *remarks: str) -> None:
        """Note what a person should look into."""
        self.notes.extend(remarks)
        self.doubts.extend(remarks)


def too_large(name: str, size: int, most: int) -> Message:
    """A file is not used, since it is too large."""
    return Message(
        "{name} has {size:,} bytes, at most {most:,} are accepted: not used",
        name=name,
        size=size,
        most=most,
    )
