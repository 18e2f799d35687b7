"""Settings of grading that do not depend on the submission."""

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from ..checks import CHECKS, DROPPING_ACCEPTED, HiddenCheck
from ..environment import StudentEnvironment
from ..sandbox import Sandbox
from .pool import Pool

Policy = Literal["isolate", "strict"]


@dataclass(frozen=True)
class GradingSettings:
    source: Path  # the assignment's release: stubs, given code, notebooks
    environment: StudentEnvironment
    sandbox: Sandbox
    secret: bytes  # the course's; hidden inputs are derived from it
    # Whether a check is spared that fails only because of parts which lose points in their own
    # checks
    policy: Policy = "isolate"
    # Whether failures are explained at all: on public inputs, and by the parts to blame
    explain_failures: bool = True
    # Names of the assignment's hidden checks. A part without a check of its own among them loses
    # points in the first check that uses it
    checks: tuple[str, ...] = tuple(CHECKS)
    # Meaning of dropout's `p`: the probability of keeping ('keep'), or also of dropping ('either')
    dropout_p: str = "keep"

    @cached_property
    def pool(self) -> Pool:
        return Pool(self.source, self.environment, self.sandbox)

    def __getstate__(self) -> dict[str, Any]:
        """The fields only: another process has its own pool of workers."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def hidden_checks(self) -> dict[str, HiddenCheck]:
        known = CHECKS if self.dropout_p == "keep" else CHECKS | DROPPING_ACCEPTED
        return {name: known[name] for name in self.checks}
