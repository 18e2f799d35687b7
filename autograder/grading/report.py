"""Reports: the outcome of one submission, as frozen values that convert to JSON."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from daseCV.language import Message, from_json, to_json

from ..checks.registry import Kind
from ..hints.mistake import plain_name

Status = Literal[
    "graded",
    "student error",
    "out of time",
    "out of memory",
    "refused",
    "put off",
    "infrastructure",
]
Outcome = Literal[Kind, "right", "spared", "partly", "put off", "infrastructure", "not asked"]


@dataclass(frozen=True)
class CheckReport:
    name: str  # the grade_id of its cell
    # 'right', 'spared' (it fails because of parts that lose points in other checks), 'partly',
    # 'wrong', 'not written', 'error' (the student's code raised or ended), 'out of time', 'out of
    # memory', 'put off' (to be asked later), 'infrastructure' (ours: no mark yet), 'not asked'
    outcome: Outcome
    share: float  # of the points, in 0..1
    # Got, expected, where, asked: one for each lost part
    reasons: tuple[str, ...] = ()  # of Message; of plain text in old reports
    # The sentence of the docstring that each reason is about; '' for no sentence
    promises: tuple[str, ...] = ()
    blamed: tuple[str, ...] = ()  # the blanks, other than the check's own, that explain what failed
    # Mistakes of the catalogue that the student's code behaves like, the likeliest first
    hints: tuple[str, ...] = ()
    printed: str = ""  # what the student's code printed when it was asked on public inputs
    # Of a check that lost points, or was spared: the student's functions that decide it, with
    # their line numbers
    code: str = ""
    seconds: float = 0.0

    @property
    def cause(self) -> str:
        """A sentence that names the other parts to blame; empty if there are none."""
        if not self.blamed:
            return ""
        names: str = f"`{plain_name(self.blamed[0])}`"
        for name in self.blamed[1:]:
            names = Message("{names} and `{name}`", names=names, name=plain_name(name))
        if self.outcome == "spared":
            return Message(
                "only {names} is to blame: the points are lost in its own check, not here",
                names=names,
            )
        return Message("fails because of {names}", names=names)


@dataclass(frozen=True)
class Report:
    # 'graded'; 'student error', 'out of time', 'out of memory' where that is why no check could
    # be asked; 'refused' (an unsafe archive); 'put off' (some checks are still to be asked);
    # 'infrastructure' (ours: to be repeated)
    status: Status
    checks: tuple[CheckReport, ...] = ()  # of all notebooks; the points are the cells'
    sandbox: str = ""  # the tier it was graded in
    # What was missing, changed or restored
    notes: tuple[str, ...] = ()  # of Message; of plain text in old reports
    notebooks: dict[str, str] = field(default_factory=dict)  # executed notebooks as text, by name
    seconds: float = 0.0
    language: str = ""  # of the notebooks that were handed in; '' where they do not say

    def share(self, name: str) -> float:
        """Share of the points of a check; 0 where it was not asked."""
        return next((check.share for check in self.checks if check.name == name), 0.0)

    @property
    def failure(self) -> str:
        """The internal error because of which there is no mark."""
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
    """Convert JSON's lists back to tuples, and their items to messages."""
    return {
        name: tuple(map(from_json, v)) if isinstance(v, list) else v for name, v in value.items()
    }
