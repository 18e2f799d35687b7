"""Hidden checks: their registry, how they ask, and how they judge answers.

A check is a function that asks questions and compares answers with the reference. Its parts have
weights, so that a wrong `dx` does not cost the points of `db`. A failure outside parts costs all.
"""

import builtins
import contextlib
import importlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from daseCV.checks import compare
from daseCV.checks.about import ABOUT
from daseCV.checks.compare import CheckFailure, expect
from daseCV.checks.registry import changed_argument, wrong_results
from daseCV.language import Message

from ..worker.client import Answer, StudentError, Worker, is_number
from ..worker.frames import Handle, LaidOutArray
from .cases import Case, Regions
from .draw import Draw, with_layout

Array = np.ndarray
Questions = Callable[["Questioner"], None]  # asks them

# The given code in a worker's package: all of it, or none that could answer for a blank.
Package = Literal["whole", "blanks"]
Kind = Literal["wrong", "not written", "error", "out of time", "out of memory"]

# Largest error of an entry, relative to it and to a hundredth of the largest one. A mask or a
# constant in float32, where float64 was asked, is off by 6e-8; an answer in float32 is refused.
TOLERANCE = {"float64": 2e-7, "float32": 2e-3, "rounded": 1e-8}
# Share of the points of a check that each kind of flaw costs, where the numbers are right.
FLAW_COST = 0.25


@dataclass(frozen=True)
class HiddenCheck:
    name: str  # the grade_id of its cell
    # What it is about: 'layers.conv_forward_naive'. Empty for composites without one
    blanks: tuple[str, ...]
    needs_given_layers: bool  # whether it runs where the given fast layers work
    parts: Mapping[str, float]  # weight of each part
    questions: Questions
    # Other blanks that it uses. A blank without a check of its own loses points in the first check
    # that uses it
    uses: tuple[str, ...] = ()
    # Whether a failure is repeated on public inputs; training would take too long
    can_replay: bool = True
    # Shorter questions, for the search for parts to blame
    short: Questions | None = None
    # Prepares results shared by all submissions of a course, outside of their time
    prepare: Callable[[bytes], None] | None = None

    @property
    def package(self) -> Package:
        return "whole" if self.needs_given_layers else "blanks"


PYTHON_RAISES = {
    name
    for name, kind in vars(builtins).items()
    if isinstance(kind, type) and issubclass(kind, BaseException)
}

# All checks by name, in the order in which they were defined.
REGISTERED: dict[str, HiddenCheck] = {}


def hidden_check(
    *,
    needs_given_layers: bool = False,
    can_replay: bool = True,
    short: Questions | None = None,
    prepare: Callable[[bytes], None] | None = None,
    **parts: float,
) -> Callable[[Questions], Questions]:
    """Register a function as the hidden check of its own name; parts are keywords with weights.

    Raises ValueError if a weight is not above 0: it may be a misspelt option.
    """
    for part, weight in parts.items():
        if not weight > 0:
            raise ValueError(f"the weight of {part} is {weight!r}, expected a number above 0")

    def register(questions: Questions) -> Questions:
        name = questions.__name__
        REGISTERED[name] = HiddenCheck(
            name=name,
            blanks=ABOUT[name].about,
            uses=ABOUT[name].uses,
            needs_given_layers=needs_given_layers,
            parts=parts,
            questions=questions,
            can_replay=can_replay,
            short=short,
            prepare=prepare,
        )
        return questions

    return register


@dataclass
class Failure:
    """Why a part of a check is lost, or all of it."""

    reason: Message  # for the student: got, expected, where, asked
    promise: str = ""  # the sentence of the blank's docstring that was not kept
    kind: Kind = "wrong"


@dataclass
class Questioner:
    """The context of a check: its worker, hidden inputs, and record of failures."""

    worker: Worker
    check: HiddenCheck
    secret: bytes  # the course's
    # Whether the student may see outputs of the code: only if no input is hidden
    reveal: bool = False
    # Whether a network whose steps differ from the reference's is trained, or fails at once
    train: bool = True
    failures: dict[str, Failure] = field(default_factory=dict)
    asked: str = ""  # the current question
    # Whether some answer had the right shape, and was not one number everywhere
    plausible: bool = False
    # The first flaw of each kind: an argument changed in place, (1, D) for (D,). Each costs a
    # share of the points; the numbers are judged as usual
    flaws: dict[str, Failure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.draw = Draw(self.secret, self.check.name)

    def cases(self, regions: Regions) -> Sequence[Case]:
        """The cases of some regions, the same in every grading of a course."""
        return regions.draw_cases(self.secret, self.check.name)

    @property
    def blank(self) -> str:
        return self.check.blanks[0].rpartition(".")[2] if self.check.blanks else self.check.name

    @contextlib.contextmanager
    def part(self, name: str, promise: str = "") -> Iterator[None]:
        """Failures in this context cost only this part; the first one is reported."""
        assert name in self.check.parts, name
        try:
            yield
        except CheckFailure as failure:
            self.failures.setdefault(name, self.explain(failure, promise))

    @contextlib.contextmanager
    def question(self, text: str) -> Iterator[None]:
        """Failures in this context name this question."""
        before, self.asked = self.asked, text
        try:
            yield
        except CheckFailure as failure:
            self.name_question(failure)
            self.asked = before
            raise
        self.asked = before  # not after other errors, which are reported with the question

    def name_question(self, failure: CheckFailure) -> None:
        """Add the question to a failure."""
        if "asked" not in failure.message.details:
            failure.message = failure.message.with_details(asked=self.asked)

    def explain(self, failure: CheckFailure, promise: str = "") -> Failure:
        """The failure of a part, with a message that a student may read."""
        kind = failure.kind if isinstance(failure, StudentFailure) else "wrong"
        return Failure(self.redact(failure), promise, kind)

    def redact(self, failure: CheckFailure) -> Message:
        """A failure's message without anything derived from hidden inputs.

        Shapes, lengths and names in an answer could reveal them as well as values. Messages of
        checks that are not repeated on public inputs contain only the grader's own words.
        """
        self.name_question(failure)
        if self.reveal or not self.check.can_replay:
            return failure.message
        wrong = Message("{name} is not right on hidden inputs", name=self.blank)
        return wrong.with_details(asked=failure.message.details.get("asked", ""))

    def call(
        self,
        target: str,
        *arguments: Any,
        count: int = 1,
        keep: Sequence[int] = (),
        how: str = "C",
        in_place: bool = False,
    ) -> list[Any]:
        """Call a function of the submission with arrays in a layout; return its `count` results.

        CheckFailure if it raises, or returns something else.
        """
        given = [
            with_layout(value, how, place == 0)
            if isinstance(value, np.ndarray) and value.ndim
            else value
            for place, value in enumerate(arguments)
        ]
        name = target.rpartition(":")[2].rpartition(".")[2]
        with self.calling(name):
            answer = self.worker.call(target, *given, keep=keep, blank=self.blank)
        if not in_place:
            self.look_for_changes(target, given, answer)
        return self.results(name, answer.result, count)

    def unanswered(self, what: Message) -> Message:
        """A message about the current question, which has no answer."""
        return what.with_details(asked=self.asked)

    @contextlib.contextmanager
    def calling(self, name: str) -> Iterator[None]:
        """Errors of the student's code in this context are failures of the named function."""
        try:
            yield
        except StudentError as error:
            raise StudentFailure(name, error, self.reveal) from None

    def look_for_changes(self, target: str, given: Sequence[Any], answer: Answer) -> None:
        """Record that a function changed its arguments, or those of its forward pass."""
        name = target.rpartition(":")[2].rpartition(".")[2]
        arrays = [
            place for place in answer.changed if isinstance(given[place], np.ndarray | LaidOutArray)
        ]
        if any(isinstance(given[place], Handle) for place in answer.changed):
            failure = CheckFailure(
                Message(
                    "{name} changed an input of its forward pass in place, by way of the cache; "
                    "work on a copy or on new arrays",
                    name=name,
                )
            )
        elif arrays:
            failure = CheckFailure(changed_argument(name, reference_of(target), arrays[0]))
        else:
            return
        # The argument's name reveals no hidden numbers.
        self.name_question(failure)
        self.flaws.setdefault("argument", Failure(failure.message))

    def results(self, name: str, result: Any, count: int) -> list[Any]:
        """Require a tuple of so many results."""
        if count == 1:
            return [result]
        if not isinstance(result, tuple | list) or len(result) != count:
            raise CheckFailure(wrong_results(name, result, describe_answer(result), count))
        return list(result)

    def close(
        self,
        what: str,
        got: Any,
        expected: Array | float,
        dtype: str = "float64",
        cancelling: float = 0.0,
    ) -> None:
        """Require that an answer is the expected array or number.

        An entry is wrong where it differs by more than the tolerance, relative to its own size or
        to a hundredth of the largest entry, whichever is more: sums may be taken in any order. A
        thousandth of `cancelling`, the size of numbers that may have cancelled out, is added.
        """
        expected = np.asarray(expected, dtype=np.float64)
        if is_number(got) and expected.shape == ():
            got = np.asarray(to_float(got))
        if not isinstance(got, np.ndarray) or got.dtype.kind not in "biuf":
            raise CheckFailure(compare.not_an_array(what, describe_answer(got), expected.shape))
        if got.shape != expected.shape:
            failure = CheckFailure(compare.other_shape(what, got.shape, expected.shape))
            if expected.ndim != 1 or not got.size == len(expected) == max(got.shape, default=0):
                raise failure
            self.flaws.setdefault("shape", Failure(self.redact(failure)))
            got = got.reshape(expected.shape)
        self.plausible |= got.size > 1 and bool((got != got.flat[0]).any())
        rounded = dtype == "float64" and got.dtype in (np.float16, np.float32)
        tolerance = TOLERANCE["rounded" if rounded else dtype]
        with np.errstate(all="ignore"):
            values = got.astype(np.float64)
            largest = np.nanmax(np.abs(expected), initial=0.0)
            scale = np.abs(expected) + 0.01 * largest + 1e-3 * cancelling + 1e-12
            errors = np.abs(values - expected) / scale
        errors = np.where(np.isnan(errors), np.inf, errors)
        errors = np.where(np.isnan(values) & np.isnan(expected), 0.0, errors)
        if (errors > tolerance).any():
            raise CheckFailure(compare.mismatch(what, values, expected, errors, tolerance))


class StudentFailure(CheckFailure):
    """A student's function raised instead of answering.

    Messages, names, files and lines of an exception could reveal hidden inputs: without `reveal`,
    only the name of a built-in exception is shown.
    """

    def __init__(self, name: str, error: StudentError, reveal: bool = False) -> None:
        self.error = error
        self.kind: Kind = "not written" if "NotImplementedError" in error.kinds else "error"
        text = error.message if reveal else ""
        known = [kind for kind in error.kinds if kind in PYTHON_RAISES]
        kind = error.kinds[0] if reveal else (known or ["Exception"])[0]
        if self.kind == "not written":
            what = compare.not_written(text or f"{name} is not written yet")
        elif text:
            what = Message("{name} raised {kind}: {text}", name=name, kind=kind, text=text)
        else:
            what = Message("{name} raised {kind}", name=name, kind=kind)
        super().__init__(what)
        if reveal and error.lines:
            last = error.lines[-1]
            place = Message("{file}, line {line}", file=last.file, line=last.number)
            if last.text:
                place = Message("{place}: {code}", place=place, code=last.text)
            self.message = self.message.with_details(where=place)


def reference_of(target: str) -> Callable[..., Any]:
    """The reference's function of a target; any callable if it has none."""
    module, _, name = target.partition(":")
    try:
        found: Any = importlib.import_module(f"daseCV.{module}")
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError):
        return print
    return found


def has_shape_of(got: object, x: Array) -> bool:
    """Whether an answer has the shape of x, and numbers in it."""
    return isinstance(got, np.ndarray) and got.shape == x.shape and got.dtype.kind in "biuf"


def expect_shape(out: Any, x: Array) -> None:
    if isinstance(out, np.ndarray):
        expect(out.shape == x.shape, compare.other_shape("out", out.shape, x.shape))
    expect(has_shape_of(out, x), compare.not_an_array("out", describe_answer(out), x.shape))


def to_float(number: Any) -> float:
    """A worker's number as a float; infinite if it is too large."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def describe_answer(value: Any) -> Message:
    """Describe an answer of the wrong type."""
    if isinstance(value, Handle):
        return Message("an object that is not an array of numbers")
    return compare.describe(value)
