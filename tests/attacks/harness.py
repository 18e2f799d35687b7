"""Attacks, and the arena in which they are tried.

An attack is some lines of Python, added to the end of a student-owned file, solved or as released.
They are text: the tests' own process never imports them.
"""

import contextlib
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from support.grader import shorten_answers

import daseCV.layers
from autograder.checks import CHECKS, Questioner
from autograder.collecting.submission import Submission
from autograder.grading import asking
from autograder.grading.grade import Grader
from autograder.grading.report import CheckReport, Report
from autograder.worker.client import Answer
from autograder.worker.frames import Handle, LaidOutArray

SECRET = b"the secret of a course under attack"
CONV, POOL = "conv_forward_naive", "max_pool_forward_naive"
LAYERS, CNN = "daseCV/layers.py", "daseCV/classifiers/cnn.py"
WAIT = 1.0  # seconds to wait for an attack that gives no answer, on an idle machine
PACE = 0.5  # seconds that the neighbour's grading takes on an idle machine
RULE = 1 / 4  # share of cnn_overfit for Adam alone, which is right in most attacks on training
SIGNIFICANT = 7  # digits by which a number is recognised

Owned = dict[str, bytes]


@dataclass(frozen=True)
class Attack:
    """A hostile submission.

    Parameters
    ----------
    name : str
    story : str
        What it tries, and what it relies on.
    code : str
        Lines for the end of `file`. ROOT is replaced by the path of the checkout.
    file : str
    solved : bool
        Whether the blanks have the reference's solutions, or the released stubs.
    asked : tuple of str
        The checks that are asked.
    earns : tuple of str
        The asked checks that the honest part of the submission earns in full.
    honest : float
        The largest share that it earns of each of the others.
    says : str
        A phrase that the reasons must contain.
    waits : bool
        Whether it keeps the grader waiting; the grader then waits for a short time only.
    within : float
        Seconds that it may take on an idle machine.
    """

    name: str
    story: str
    code: str
    file: str = LAYERS
    solved: bool = True
    asked: tuple[str, ...] = (CONV, POOL)
    earns: tuple[str, ...] = ()
    honest: float = 0.0
    says: str = ""
    waits: bool = False
    within: float = 30.0

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


def cases(*attacks: Attack) -> Any:
    """Parametrise a test by attacks."""
    return pytest.mark.parametrize("attack", attacks, ids=str)


@dataclass
class Arena:
    """Grades attacks as a class would be, with an honest neighbour after some of them.

    Parameters
    ----------
    grader : Grader
    root : Path
        The checkout.
    solved, stubs : dict of bytes
        Student-owned files.
    every : int
        After this many attacks an honest neighbour is graded, and after each module both are. As
        often the failure of an attack is explained, which asks it several more times.
    """

    grader: Grader
    root: Path
    solved: Owned
    stubs: Owned
    every: int = 1

    def __post_init__(self) -> None:
        wrong = b"\ndef max_pool_forward_naive(x, pool_param):\n    return x, None\n"
        half_right = {**self.solved, LAYERS: self.solved[LAYERS] + wrong}
        self.honest = Submission("honest", self.solved, {})
        self.half_right = Submission("half right", half_right, {})
        self.slowdown, self.tried, self.explains_all = 1.0, 0, self.every == 1
        self.alone = self.grade_neighbour(self.honest), self.grade_neighbour(self.half_right)

    def grade(self, attack: Attack) -> tuple[Report, float]:
        """Grade an attack; return the report and the seconds that it took."""
        owned = dict(self.solved if attack.solved else self.stubs)
        code = dedent(attack.code).replace("ROOT", repr(str(self.root)))
        owned[attack.file] += f"\n{code}\n".encode()
        return self.grade_files(owned, attack)

    def grade_files(self, owned: Owned, attack: Attack) -> tuple[Report, float]:
        """Grade student-owned files as those of an attack."""
        started = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            if attack.waits:
                shorten(patch, WAIT * self.slowdown)
            grader = self.asking(*attack.asked, explain=self.is_explained(attack))
            report = grader.grade(Submission("attacker", owned, {}))
        return report, time.monotonic() - started

    def is_explained(self, attack: Attack) -> bool:
        return self.explains_all or bool(attack.says) or self.tried % self.every == 0

    def asking(self, *checks: str, explain: bool = True) -> Grader:
        """The grader of the class, asking these checks, with idle workers for the next one."""
        grader = replace(self.grader, checks=checks, explain_failures=explain)
        vars(grader)["pool"] = self.grader.pool
        return grader

    def grade_neighbour(self, neighbour: Submission) -> list[CheckReport]:
        """A neighbour's report without its seconds, which measure how busy the machine is."""
        report = self.asking(CONV, POOL).grade(neighbour)
        self.slowdown = max(1.0, report.seconds / PACE)
        return [replace(check, seconds=0.0) for check in report.checks]

    def assert_nobody_harmed(self) -> None:
        """Require that both neighbours get the same numbers and words as alone."""
        again = self.grade_neighbour(self.half_right), self.grade_neighbour(self.honest)
        assert again == self.alone[::-1]

    def assert_fails(self, attack: Attack) -> Report:
        """Grade an attack, and require that it gains nothing, learns nothing and harms nobody."""
        before = self.slowdown
        report, seconds = self.grade(attack)
        assert [check.name for check in report.checks] == list(attack.asked)
        for check in report.checks:
            if check.name in attack.earns:
                assert check.share == 1, check
            else:
                assert check.share <= attack.honest, check
        assert report.status != "infrastructure"
        explanation = " ".join(reason for check in report.checks for reason in check.reasons)
        assert attack.says in explanation
        assert found_in(report, self.root, attack.asked) == []
        self.tried += 1
        if self.tried % self.every == 0:
            assert self.grade_neighbour(self.honest) == self.alone[0]
        assert seconds < attack.within * max(before, self.slowdown)
        return report


def shorten(patch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the grader wait for a short time only."""
    shorten_answers(patch, seconds)
    patch.setattr(asking, "IMPORT_TIMEOUT", seconds)


def found_in(report: Report, root: Path, checks: tuple[str, ...]) -> list[str]:
    """The secrets of the course in a report: its secret, its folder, hidden numbers."""
    content = report.to_json()
    for part in (content, *content["checks"]):
        del part["seconds"]
    text = json.dumps(content)
    forms = (SECRET.decode(), SECRET.hex(), str(root))
    found = [form for form in forms if form in text]
    hidden = frozenset[str]().union(*(hidden_numbers(check) for check in checks))
    numbers = {digits(number) for number in re.findall(r"\d[\d.,_]*", text)}
    return found + sorted(numbers & hidden)


def digits(number: str) -> str:
    """The first significant digits of a number in a text."""
    return re.sub(r"\D", "", number).lstrip("0")[:SIGNIFICANT]


_hidden: dict[str, frozenset[str]] = {}


def hidden_numbers(check: str) -> frozenset[str]:
    """The digits of all numbers of a check's hidden inputs, and of the answers to them."""
    if check not in _hidden:
        recorder = Recorder()
        with contextlib.suppress(StopAsking):
            CHECKS[check].questions(Questioner(recorder, CHECKS[check], SECRET))  # type: ignore[arg-type]
        found = set()
        for array in recorder.arrays:
            values = np.unique(np.abs(array[np.isfinite(array)]))
            for value in values[values != values.round(3)][:2000]:
                found.add(digits(np.format_float_positional(value)))
                found.add(digits(f"{value:.{SIGNIFICANT}g}"))
        _hidden[check] = frozenset(number for number in found if len(number) == SIGNIFICANT)
    return _hidden[check]


class StopAsking(Exception):
    """The rest of a check's questions is not needed."""


class Recorder:
    """Replaces a worker: answers with the reference, and records every number that passes."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray] = []
        self.kept: dict[Handle, Any] = {}

    def call(self, target: str, *arguments: Any, keep: tuple[int, ...] = (), **_: Any) -> Answer:
        if not target.startswith("layers:"):
            raise StopAsking
        given = [self.note(argument) for argument in arguments]
        result = getattr(daseCV.layers, target.partition(":")[2])(*given)
        for value in result if isinstance(result, tuple) else (result,):
            self.note(value)
        if isinstance(result, tuple):
            result = tuple(
                self.keep(value) if place in keep else value for place, value in enumerate(result)
            )
        return Answer(result)

    def keep(self, value: Any) -> Handle:
        handle = Handle(len(self.kept))
        self.kept[handle] = value
        return handle

    def note(self, value: Any) -> Any:
        value = self.kept.get(value, value) if isinstance(value, Handle) else value
        value = value.array if isinstance(value, LaidOutArray) else value
        if isinstance(value, np.ndarray):
            self.arrays.append(np.asarray(value, dtype=np.float64))
        return value

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def enough(*arguments: Any, **_: Any) -> Iterator[Any]:
            raise StopAsking

        return enough
