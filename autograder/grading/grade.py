"""Grade one submission: ask every hidden check, run its notebooks, and write the report."""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from ..checks import CHECKS
from .assemble import assemble
from .notebook import execute, repair
from .report import CheckReport, Report, Status
from .session import Means, Session
from .submission import Submission


@dataclass(frozen=True)
class Grader(Means):
    """What grading needs besides the submission.

    Parameters
    ----------
    checks : tuple of str
        Names of the hidden checks to ask.
    run_notebooks : bool
        Whether the submission's notebooks are executed, for the feedback.
    data : Path or None
        The images, for notebooks to see.
    notebook_seconds : float
    """

    checks: tuple[str, ...] = tuple(CHECKS)
    run_notebooks: bool = True
    data: Path | None = None
    notebook_seconds: float = 1800.0

    def grade(self, submission: Submission) -> Report:
        """Grade a submission; never raises for anything that the submission does."""
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="dasecv-") as name:
            folder = Path(name)
            folder.chmod(0o711)
            trees = assemble(self.source, submission.owned, self.environment.kernels, folder)
            with Session(self, trees) as session:
                checks = tuple(session.run(CHECKS[check]) for check in self.checks)
            notes = list(submission.notes)
            notebooks = {}
            for notebook in sorted(path.stem for path in self.source.glob("*.ipynb")):
                repaired, said = repair(
                    submission.notebooks.get(notebook), self.source / f"{notebook}.ipynb"
                )
                notes += said
                if self.run_notebooks and notebook in submission.notebooks:
                    repaired, said = execute(
                        repaired,
                        trees.whole,
                        self.sandbox,
                        self.environment,
                        self.data,
                        self.notebook_seconds,
                    )
                    notes += said
                notebooks[notebook] = repaired
        return Report(
            status=overall(checks),
            checks=checks,
            sandbox=self.sandbox.name,
            notes=tuple(notes),
            notebooks=notebooks,
            seconds=time.monotonic() - started,
        )


def overall(checks: tuple[CheckReport, ...]) -> Status:
    """The status of a submission, from its checks."""
    outcomes = {check.outcome for check in checks}
    if "infrastructure" in outcomes:
        return "infrastructure"
    if outcomes == {"error"}:
        return "student error"
    if outcomes == {"out of time"}:
        return "out of time"
    if outcomes == {"out of memory"}:
        return "out of memory"
    return "graded"
