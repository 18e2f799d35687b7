"""Grade every mutant of the reference by the checks of its blank, in parallel.

A mutant that passes its own checks is compared with the reference; if it differs, the other checks
are asked as well. Verdicts are kept in a file, so that an interrupted run can resume.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

from autograder.checks import CHECKS
from autograder.checks.parts import PARTS
from autograder.environment import (
    GRADER,
    REFERENCE,
    get_student_environment,
    refuse_exposed_reference,
)
from autograder.folders import RELEASE
from autograder.grading.assemble import CELLS, write_submission
from autograder.grading.grade import Grader
from autograder.grading.session import Session
from autograder.release.reference import Reference
from autograder.sandbox import find_sandbox
from autograder.worker.client import Worker
from daseCV.profile import VARIABLE

from .equivalence import is_equivalent
from .mutants import Mutant, find_mutants, find_mutants_of_styles

SECRET = b"audit: hidden checks"
NO_ANSWER = ("error", "out of time", "out of memory")  # the mutant gave no answer at all


def own_checks(blank: str) -> tuple[str, ...]:
    """The checks that must catch a mutant of a blank: those about it, and about its cache.

    A forward pass may put anything into its cache, so the backward pass's check judges it too.
    """
    readers = {name for name, part in PARTS.items() if part.forward == blank}
    return tuple(check.name for check in CHECKS.values() if {blank, *readers} & set(check.blanks))


AUDITED = {
    blank: own_checks(blank)
    for check in CHECKS.values()
    for blank in check.blanks
    if not blank.startswith(f"{CELLS}.")
}
# Training each mutant would take days, so only update rules are trained.
TRAINING = tuple(check.name for check in CHECKS.values() if not check.can_replay)

Outcome = Literal["own", "stopped", "neighbour", "equivalent", "survived", "infrastructure"]


@dataclass(frozen=True)
class Verdict:
    """The outcome for a mutant.

    Parameters
    ----------
    name : str
        The mutant's.
    outcome : str
        'own': a check of its blank loses points; 'stopped': the same, because the mutant raised,
        ended or took too long; 'neighbour': only another check loses points; 'equivalent': it does
        what the reference does; 'survived': it does not, and no check loses points;
        'infrastructure': an internal error, to be repeated.
    check : str
        The check that lost points.
    """

    name: str
    outcome: Outcome
    check: str = ""


Results = Sequence[tuple[Mutant, Verdict]]


@dataclass(frozen=True)
class Examiner:
    """Grades mutants.

    Parameters
    ----------
    grader : Grader
    owned : dict of bytes
        The student-owned files, solved.
    """

    grader: Grader
    owned: dict[str, bytes]

    def examine(self, mutant: Mutant) -> Verdict:
        """Ask the mutant's own checks; if all pass, compare it; if it differs, ask the others."""
        owned = self.owned | {mutant.file: mutant.content.encode()}
        with self.write_tree(owned) as tree, Session(self.grader, tree) as session:
            blanks = mutant.blank, *mutant.others
            own = tuple(dict.fromkeys(check for blank in blanks for check in AUDITED[blank]))
            verdict = self.ask_until_lost(session, mutant, own, "own")
            if verdict is not None:
                return verdict
            session.workers.drop_all()
            if self.agrees(mutant, tree):
                return Verdict(mutant.name, "equivalent")
            others = [name for name in CHECKS if name not in own and name not in TRAINING]
            verdict = self.ask_until_lost(session, mutant, others, "neighbour")
            return verdict or Verdict(mutant.name, "survived")

    def require_reference(self) -> None:
        """Require that the reference loses nothing, so that a lost check shows the mutation.

        Raises
        ------
        ValueError
            If it loses a check; the message names it.
        """
        with self.write_tree(self.owned) as tree, Session(self.grader, tree) as session:
            for name in sorted({name for own in AUDITED.values() for name in own}):
                report = session.run(CHECKS[name])
                if report.share < 1:
                    raise ValueError(f"the reference loses {name}: {'; '.join(report.reasons)}")

    def ask_until_lost(
        self, session: Session, mutant: Mutant, checks: Sequence[str], outcome: Outcome
    ) -> Verdict | None:
        """Ask checks until one loses points, and return the verdict; None if none does."""
        for name in checks:
            report = session.run(CHECKS[name])
            if report.outcome == "infrastructure":
                if outcome == "own":
                    return Verdict(mutant.name, "infrastructure", name)
            elif report.share < 1:
                stopped = outcome == "own" and report.outcome in NO_ANSWER
                return Verdict(mutant.name, "stopped" if stopped else outcome, name)
        return None

    def agrees(self, mutant: Mutant, tree: Path) -> bool:
        """Whether the mutant does what its original does, or what the reference does."""
        reference = self.owned[mutant.file].decode()
        originals = dict.fromkeys([mutant.original, reference])
        return any(self.is_same(mutant, tree, original) for original in originals)

    def is_same(self, mutant: Mutant, tree: Path, original: str) -> bool:
        grader = self.grader
        right = self.owned | {mutant.file: original.encode()}
        with (
            self.write_tree(right) as solved,
            Worker(grader.pool.take("whole"), tree) as changed,
            Worker(grader.pool.take("whole"), solved) as reference,
        ):
            blanks = mutant.blank, *mutant.others
            return all(is_equivalent(blank, changed, reference) for blank in blanks)

    @contextmanager
    def write_tree(self, owned: dict[str, bytes]) -> Iterator[Path]:
        """Write student-owned files for workers into a temporary folder."""
        with tempfile.TemporaryDirectory(prefix="dasecv-audit-") as name:
            yield write_submission(owned, Path(name))


class VerdictStore:
    """Verdicts in a file, one per line; those of another grader or reference do not count.

    Parameters
    ----------
    path : Path
        Created if missing.
    version : str
        Of everything that a verdict depends on, except the mutant.
    """

    def __init__(self, path: Path, version: str) -> None:
        self.path, self.version = path, version
        self.known: dict[str, Verdict] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                row = json.loads(line)
                key = row.pop("key")
                self.known[key] = Verdict(**row)
            except (ValueError, TypeError, KeyError):
                continue  # a line that an interruption cut off

    def get(self, mutant: Mutant) -> Verdict | None:
        return self.known.get(self.key(mutant))

    def put(self, mutant: Mutant, verdict: Verdict) -> None:
        """Keep a verdict, but no internal error, so that the next run repeats it."""
        if verdict.outcome == "infrastructure":
            return
        key = self.key(mutant)
        self.known[key] = verdict
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            # A line that an interruption cut off must not swallow this one.
            file.write(f"\n{json.dumps({'key': key, **asdict(verdict)})}")

    def key(self, mutant: Mutant) -> str:
        content = f"{self.version}\0{mutant.name}\0{mutant.content}"
        return hashlib.sha256(content.encode()).hexdigest()


def audit(
    examiner: Examiner, mutants: Sequence[Mutant], store: VerdictStore, jobs: int
) -> Iterator[tuple[Mutant, Verdict]]:
    """Examine mutants in parallel, in the order in which they finish; known verdicts come first."""
    todo = []
    for mutant in mutants:
        verdict = store.get(mutant)
        if verdict is None:
            todo.append(mutant)
        else:
            yield mutant, verdict
    if not todo:
        return
    with ProcessPoolExecutor(min(jobs, len(todo)), mp_context=get_context("spawn")) as pool:
        running = {pool.submit(examiner.examine, mutant): mutant for mutant in todo}
        try:
            for future in as_completed(running):
                try:
                    verdict = future.result()
                except BrokenProcessPool:  # killed from outside; the next run repeats it
                    verdict = Verdict(running[future].name, "infrastructure")
                store.put(running[future], verdict)
                yield running[future], verdict
        finally:
            pool.shutdown(cancel_futures=True)


def make_examiner(root: Path, say: object = None) -> Examiner:
    """Make an examiner for a checkout, with the quick profile.

    Raises
    ------
    SandboxError
        If a worker could read the reference, or no sandbox works.
    """
    os.environ[VARIABLE] = "quick"
    environment = get_student_environment(root / RELEASE, say)
    refuse_exposed_reference(environment)
    names = Reference(root).student_owned()
    # The feedback would not be read.
    grader = Grader(
        root / RELEASE,
        environment,
        find_sandbox(),
        SECRET,
        explain_failures=False,
        run_notebooks=False,
    )
    return Examiner(grader, {name: (root / name).read_bytes() for name in names})


def choose_mutants(
    root: Path, blanks: Sequence[str] = (), limit: int = 0, styles: bool = True
) -> list[Mutant]:
    """The mutants of some audited blanks (default: all), or an evenly spread sample of `limit`.

    Mutants of the reference, and with `styles` those of the styles too.

    Raises
    ------
    ValueError
        If a blank is not audited.
    """
    for name in blanks:
        if name not in AUDITED:
            raise ValueError(f"{name} is not audited; these are: {', '.join(AUDITED)}")
    reference, names = Reference(root), blanks or list(AUDITED)
    mutants = list(find_mutants(reference, names))
    if styles:
        mutants += find_mutants_of_styles(reference, names)
    if not 0 < limit < len(mutants):
        return mutants
    return [mutants[place * len(mutants) // limit] for place in range(limit)]


def version(grader: Grader) -> str:
    """A digest of what a verdict depends on besides the mutant: the grader and the reference."""
    key = hashlib.sha256(f"{grader.secret!r} {grader.sandbox.name}".encode())
    rooms = [GRADER / room for room in ("checks", "grading", "worker", "sandbox")]
    files = [path for folder in (*rooms, REFERENCE) for path in sorted(folder.rglob("*"))]
    for path in (*files, Path(__file__), Path(__file__).with_name("equivalence.py")):
        if path.suffix in (".py", ".pyx", ".h") or path.name == "kernels.c":
            key.update(path.name.encode() + b"\0" + path.read_bytes())
    return key.hexdigest()
