"""Reports: the outcome of one submission, as frozen values that travel as JSON."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from daseCV.language import Message, from_json, to_json

from ..checks.registry import Kind

Status = Literal[
    "graded", "student error", "out of time", "out of memory", "refused", "infrastructure"
]
Outcome = Literal[Kind, "right", "spared", "partly", "infrastructure"]


@dataclass(frozen=True)
class CheckReport:
    """The outcome of one check.

    Parameters
    ----------
    name : str
        The grade_id of its cell.
    outcome : str
        'right', 'spared' (it fails because of parts that pay for it in their own checks),
        'partly', 'wrong', 'not written', 'error' (the student's code raised or ended), 'out of
        time', 'out of memory', 'infrastructure' (ours: no mark yet).
    share : float
        Of the points, in 0..1.
    reasons : tuple of Message
        Got, expected, where, asked: one for each part that was lost.
    promises : tuple of str
        The sentence of the docstring that each reason is about; '' where there is none.
    blamed : tuple of str
        The blanks, other than the check's own, that explain what failed.
    hints : tuple of str
        Mistakes of the catalogue that the student's code behaves like, the likeliest first.
    printed : str
        What the student's code printed when it was asked on public inputs.
    code : str
        Of a check that lost points, or was spared: the student's functions that decide it, with
        their line numbers.
    seconds : float
    """

    name: str
    outcome: Outcome
    share: float
    reasons: tuple[str, ...] = ()  # of Message; of plain text in reports of old
    promises: tuple[str, ...] = ()
    blamed: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    printed: str = ""
    code: str = ""
    seconds: float = 0.0

    @property
    def cause(self) -> str:
        """Which other parts explain the failure, in a sentence; empty where none do."""
        if not self.blamed:
            return ""
        names: str = f"`{plain_name(self.blamed[0])}`"
        for name in self.blamed[1:]:
            names = Message("{names} and `{name}`", names=names, name=plain_name(name))
        if self.outcome == "spared":
            return Message(
                "fails only because of {names}: the points are lost in its own check, not here",
                names=names,
            )
        return Message("fails because of {names}", names=names)


def plain_name(blank: str) -> str:
    """A blank's name without its module: 'relu_backward', 'ThreeLayerConvNet.loss'."""
    return blank.split(".", 2 if blank.startswith("classifiers.") else 1)[-1]


@dataclass(frozen=True)
class Report:
    """The outcome of one submission.

    Parameters
    ----------
    status : str
        'graded'; 'student error', 'out of time', 'out of memory' where that is why no check could
        be asked; 'refused' (an unsafe archive); 'infrastructure' (ours: to be repeated).
    checks : tuple of CheckReport
        Of all notebooks; the points are the cells'.
    sandbox : str
        The tier it was graded in.
    notes : tuple of Message
        What was missing, changed or restored.
    notebooks : dict of str
        Executed notebooks as text, by name.
    seconds : float
    language : str
        Of the notebooks that were handed in; '' where they do not say.
    """

    status: Status
    checks: tuple[CheckReport, ...] = ()
    sandbox: str = ""
    notes: tuple[str, ...] = ()  # of Message; of plain text in reports of old
    notebooks: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    language: str = ""

    def share(self, name: str) -> float:
        """Share of the points of a check; 0 where it was not asked."""
        return next((check.share for check in self.checks if check.name == name), 0.0)

    @property
    def failure(self) -> str:
        """What of ours failed, where that is why there is no mark."""
        failed = [check for check in self.checks if check.outcome == "infrastructure"]
        why = dict.fromkeys(reason for check in failed for reason in check.reasons)
        return "; ".join(why or self.notes)

    def to_json(self) -> dict[str, Any]:
        checks = [
            {**asdict(check), "reasons": [to_json(reason) for reason in check.reasons]}
            for check in self.checks
        ]
        return {**asdict(self), "checks": checks, "notes": [to_json(note) for note in self.notes]}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Report":
        checks = tuple(CheckReport(**as_tuples(check)) for check in value["checks"])
        return cls(**as_tuples({**value, "checks": []}) | {"checks": checks})


def as_tuples(value: dict[str, Any]) -> dict[str, Any]:
    """JSON's lists as the tuples that they were, of messages where they held messages."""
    return {
        name: tuple(map(from_json, v)) if isinstance(v, list) else v for name, v in value.items()
    }
