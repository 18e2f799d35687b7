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
        return self.full / self.students


@dataclass(frozen=True)
class HintCount:
    """A mistake of the catalogue that students' code behaves like."""

    hint: str  # its id
    students: int
    points: float  # lost with it, all students together


class ClassSummary:
    """The class at a glance; students without a mark count in `students` and `open` only."""

    def __init__(self, marks: Sequence[StudentMarks]) -> None:
        marked = [mark for mark in marks if mark.score is not None]
        checks = marks[0].checks if marked else ()
        self.students = len(marks)
        self.maximum = marks[0].maximum
        self.scores = tuple(sorted(mark.score for mark in marked if mark.score is not None))
        self.mean = mean(self.scores) if marked else None
        self.median = median(self.scores) if marked else None
        self.full_marks = sum(score >= self.maximum for score in self.scores)
        tenths = Counter(min(int((mark.share or 0.0) * BINS + 1e-9), BINS - 1) for mark in marked)
        self.bins = tuple(tenths[number] for number in range(BINS))  # full marks are in the last
        self.checks = tuple(summarise_check(marked, number) for number in range(len(checks)))
        self.hints, self.unexplained = count_hints(marked)
        self.slowest = sorted(marked, key=lambda mark: -mark.seconds)[:SLOWEST]
        self.failed = [mark for mark in marked if mark.status != "graded"]
        self.open = [mark for mark in marks if mark.score is None]
        self.doubtful = [mark for mark in marks if mark.doubts]


def summarise_check(marked: Sequence[StudentMarks], number: int) -> CheckSummary:
    """One check, over all students with a mark."""
    each = [mark.checks[number] for mark in marked]
    full = sum(check.lost <= 0 for check in each)
    none = sum(check.lost > 0 and check.points <= 0 for check in each)
    loss = mean(check.lost for check in each)
    name, maximum = each[0].name, each[0].maximum
    return CheckSummary(name, maximum, full, len(each) - full - none, none, loss)


def count_hints(marked: Sequence[StudentMarks]) -> tuple[tuple[HintCount, ...], int]:
    """Count students by likely mistake, and losses that no mistake explains.

    The likeliest mistake of each check counts, and each mistake once for a student.
    """
    students: Counter[str] = Counter()
    points: defaultdict[str, float] = defaultdict(float)
    unexplained = 0
    for mark in marked:
        lost = mark.losses
        students.update({check.likely for check in lost if check.likely})
        for check in lost:
            if check.likely:
                points[check.likely] += check.lost
            elif check.report.outcome != "not asked":
                unexplained += 1
    order = sorted(students, key=lambda hint: (-students[hint], -points[hint], hint))
    return tuple(HintCount(hint, students[hint], points[hint]) for hint in order), unexplained
