"""What one run of a check found out, in words; how it is shown is the panel's."""

from dataclasses import dataclass

from ..language import Message, say, translate
from .compare import Difference

RIGHT, WRONG, UNWRITTEN, ERROR = "✓", "✗", "·", "!"


@dataclass(frozen=True)
class Verdict:
    """One run of a public check.

    Parameters
    ----------
    name : str
        The check's.
    sign : {'✓', '✗', '·', '!'}
        Right, wrong, not written yet, or the student's code raised an error.
    answered : tuple of str
        The questions that were answered rightly, until one was not.
    seconds : float
    message : Message, optional
        What is wrong, with details; none where all is right.
    hint : str
        The likely mistake, where one is recognised.
    place : str
        Of an error in the student's code or a blank: 'daseCV/layers.py:12'.
    difference : Difference, optional
        Where numbers differ.
    trend : str
        What has changed since the last try.
    reproduce : str
        Lines to copy that ask the same again.
    """

    name: str
    sign: str
    answered: tuple[str, ...]
    seconds: float
    message: Message | None = None
    hint: str = ""
    place: str = ""
    difference: Difference | None = None
    trend: str = ""
    reproduce: str = ""

    @property
    def headline(self) -> str:
        """What is wrong, without details, in the language that is set."""
        return translate(self.message.headline) if self.message else ""

    @property
    def details(self) -> dict[str, str]:
        """Texts by label: 'got', 'expected', 'where', ..."""
        return self.message.details if self.message else {}

    def text(self) -> str:
        """All of it, for a terminal."""
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
