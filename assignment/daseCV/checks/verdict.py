# Generated from daseCV/checks/verdict.py by "dasecv release".
"""The verdict of one run of a check, in words; `panel` shows it."""

from dataclasses import dataclass

from ..language import Message, say, translate
from .compare import Difference

RIGHT, WRONG, UNWRITTEN, ERROR = "✓", "✗", "·", "!"


@dataclass(frozen=True)
class Verdict:
    name: str  # of the check
    sign: str  # RIGHT, WRONG, UNWRITTEN, or ERROR where the student's code raised one
    answered: tuple[str, ...]  # the questions that were answered rightly, in order
    seconds: float
    message: Message | None = None  # what is wrong, with details
    hint: str = ""  # the likely mistake, where one is recognised
    place: str = ""  # of an error in the student's code or a blank: 'daseCV/layers.py:12'
    difference: Difference | None = None  # where numbers differ
    trend: str = ""  # what has changed since the last try
    reproduce: str = ""  # lines to copy that ask the same again

    @property
    def headline(self) -> str:
        """What is wrong, without details, in the language that is set."""
        return translate(self.message.headline) if self.message else ""

    @property
    def details(self) -> dict[str, str]:
        """Texts by label: 'got', 'expected', 'where', ..."""
        return self.message.details if self.message else {}

    def text(self) -> str:
        """The whole verdict, for a terminal."""
        trend = f"\n  {self.trend}" if self.trend else ""
        if self.sign == RIGHT:
            first = say(
                "✓ {name}: questions right: {count} ({seconds:.2f} s)",
                name=self.name,
                count=len(self.answered),
                seconds=self.seconds,
            )
            return "\n".join([first + trend, *(f"    {translate(q)}" for q in self.answered)])
        return f"{self.sign} {self.failure()}{trend}"

    def failure(self) -> str:
        """The message of the exception that a failed check raises."""
        said = self.message or Message("")
        if not said.startswith(self.name):
            what = Message("{name}: {problem}", name=self.name, problem=said.headline)
            said = what.with_details(**said.details)
        return translate(said.with_details(hint=self.hint))
