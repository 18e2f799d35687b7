# Generated from daseCV/checks/verdict.py by "dasecv release".
"""What one run of a check found out, in words; how it is shown is the panel's."""

from dataclasses import dataclass

from ..language import say
from .compare import Difference
from .words import told

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
    message : str
        What is wrong: a headline, then lines 'label: text'. Empty where all is right.
    hint : str
        The likely mistake, where one is recognised.
    place : str
        Of an error in the student's code or a blank: 'daseCV/layers.py:12'.
    difference : Difference, optional
        Where numbers differ.
    trend : str
        What has changed since the last try.
    """

    name: str
    sign: str
    answered: tuple[str, ...]
    seconds: float
    message: str = ""
    hint: str = ""
    place: str = ""
    difference: Difference | None = None
    trend: str = ""

    @property
    def headline(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]

    @property
    def short(self) -> str:
        """The one thing to say in a list of checks."""
        return told(self.headline)

    @property
    def details(self) -> list[tuple[str, str]]:
        """The other lines, as label and text."""
        pairs = (line.strip().partition(":") for line in self.message.splitlines()[1:])
        return [(label, text.strip()) for label, _, text in pairs]

    def text(self) -> str:
        """All of it, for a terminal."""
        trend = f"\n  {self.trend}" if self.trend else ""
        if self.sign == RIGHT:
            count = len(self.answered)
            questions = "1 question" if count == 1 else f"{count} questions"
            first = say(
                f"✓ {self.name}：答对 {count} 问（{self.seconds:.2f} 秒）",
                f"✓ {self.name}: {questions} right ({self.seconds:.2f} s)",
            )
            return "\n".join([first + trend, *(f"    {told(line)}" for line in self.answered)])
        return f"{self.sign} {self.failure()}{trend}"

    def failure(self) -> str:
        """The message of the exception that a failed check raises."""
        named = self.message.startswith(self.name)
        said = told(self.message if named else f"{self.name}: {self.message}")
        return said + (f"\n  {self.hint}" if self.hint else "")
