"""The class at a glance: distribution, checks, causes, what was slow and what failed."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

from .marks import StudentMarks

BINS = 10
SLOWEST = 5


@dataclass(frozen=True)
class CheckSummary:
    """What a check did to the class."""

    name: str
    maximum: float  # its points
    # Students with all of its points, with some, and with none
    full: int
    part: int
    none: int
    mean_loss: float

    @property
    def students(self) -> int:
        return self.full + self.part + self.none

    @property
    def pass_rate(self) -> float:
        """Share of students with all of its points."""
        return self.full / self.students if self.students else 0.0


@dataclass(frozen=True)
class HintCount:
    """A mistake of the catalogue that students' code behaves like."""

    hint: str  # its id
    students: int
    points: float  # lost with it, all students together


@dataclass(frozen=True)
class ClassSummary:
    """The class at a glance; whoever has no mark yet counts in `students` and `open` only."""

    students: int
    maximum: float
    scores: tuple[float, ...]  # in ascending order
    bins: tuple[int, ...]  # students by tenths of the maximum; full marks are in the last
    checks: tuple[CheckSummary, ...]  # in the order of the notebook
    hints: tuple[HintCount, ...]  # the most frequent first
    unexplained: int  # checks that were asked and lost points without a recognised mistake
    slowest: tuple[StudentMarks, ...]
    failed: tuple[StudentMarks, ...]  # whose submission could not be graded as a whole
    open: tuple[StudentMarks, ...]  # not graded: internal error
    # Of whose submission it was in doubt whose it is, or what of it counts
    doubtful: tuple[StudentMarks, ...]

    @property
    def mean(self) -> float | None:
        return mean(self.scores) if self.scores else None

    @property
    def median(self) -> float | None:
        return median(self.scores) if self.scores else None

    @property
    def full_marks(self) -> int:
        return sum(score >= self.maximum for score in self.scores)


def summarise(marks: Sequence[StudentMarks]) -> ClassSummary:
    """Sum the marks of a class up; there is at least one student."""
    marked = [one for one in marks if one.score is not None]
    hints, unexplained = count_hints(marked)
    return ClassSummary(
        students=len(marks),
        maximum=marks[0].maximum,
        scores=tuple(sorted(one.score for one in marked if one.score is not None)),
        bins=bins(marked),
        checks=tuple(check_summary(marked, i) for i in range(len(marks[0].checks)))
        if marked
        else (),
        hints=hints,
        unexplained=unexplained,
        slowest=tuple(sorted(marked, key=lambda one: -one.seconds)[:SLOWEST]),
        failed=tuple(one for one in marked if one.status != "graded"),
        open=tuple(one for one in marks if one.score is None),
        doubtful=tuple(one for one in marks if one.doubts),
    )


def bins(marked: Sequence[StudentMarks]) -> tuple[int, ...]:
    """Students by tenths of the maximum."""
    found = Counter(min(int((one.share or 0.0) * BINS + 1e-9), BINS - 1) for one in marked)
    return tuple(found[number] for number in range(BINS))


def check_summary(marked: Sequence[StudentMarks], number: int) -> CheckSummary:
    """One check, over all students with a mark."""
    each = [one.checks[number] for one in marked]
    full = sum(check.lost <= 0 for check in each)
    none = sum(check.lost > 0 and check.points <= 0 for check in each)
    loss = mean(check.lost for check in each)
    name, maximum = each[0].name, each[0].maximum
    return CheckSummary(name, maximum, full, len(each) - full - none, none, loss)


def count_hints(marked: Sequence[StudentMarks]) -> tuple[tuple[HintCount, ...], int]:
    """How many students each mistake is likely to be of; and losses that no mistake explains.

    Of a check, the likeliest mistake counts; of a student, each mistake once.
    """
    students: Counter[str] = Counter()
    points: defaultdict[str, float] = defaultdict(float)
    unexplained = 0
    for one in marked:
        lost = one.losses
        students.update({check.likely for check in lost if check.likely})
        for check in lost:
            if check.likely:
                points[check.likely] += check.lost
            elif check.report is not None:
                unexplained += 1
    order = sorted(students, key=lambda hint: (-students[hint], -points[hint], hint))
    return tuple(HintCount(hint, students[hint], points[hint]) for hint in order), unexplained
