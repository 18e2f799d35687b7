"""A made-up class: reports without any grading, in a store like a course's."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from autograder.course import SECRET, SETTINGS, Course, read_course
from autograder.folders import RELEASE
from autograder.grading.report import CheckReport, Report
from autograder.release.reference import Reference
from autograder.reports import Grading, ReportStore
from daseCV.language import Message

ASSIGNMENT = "Dropout"
POINTS = {"dropout_forward": 30.0, "dropout_backward": 25.0, "dropout_net": 25.0}
HINT = "dropout_backward.new-mask"
SCRIPT = "<script>alert('from a submission')</script>"
NOON = 1_790_000_000.0


def right_check(name: str) -> CheckReport:
    return CheckReport(name, "right", 1.0, seconds=0.1)


RIGHT = Report("graded", tuple(map(right_check, POINTS)), "bubblewrap", seconds=2.0, language="zh")
PARTLY = replace(
    RIGHT,
    checks=(
        right_check("dropout_forward"),
        CheckReport(
            "dropout_backward",
            "partly",
            0.25,
            reasons=(
                Message("{what} is wrong", what="dx").with_details(
                    got="dx[3, 7] = -4.4", expected="dx[3, 7] = -3.1"
                ),
            ),
            promises=("Gradient of inverted dropout.",),
            hints=(HINT,),
        ),
        CheckReport("dropout_net", "spared", 1.0, blamed=("layers.dropout_backward",)),
    ),
    seconds=3.5,
    language="en",
)
HOSTILE = replace(
    RIGHT,
    checks=(
        CheckReport(
            "dropout_forward",
            "wrong",
            0.0,
            (Message("{name} raised {kind}", name=Message("your code"), kind=SCRIPT),),
            ("",),
        ),
        CheckReport(
            "dropout_backward", "error", 0.0, (Message("no answer"),), ("",), printed=SCRIPT
        ),
        CheckReport("dropout_net", "wrong", 0.0, (Message("{what} is wrong", what="loss"),), ("",)),
    ),
    notes=(Message("{name} was changed: graded as it was released", name=f"{SCRIPT}.py"),),
    seconds=9.0,
)
DAMAGED = Message("{name} is not a readable archive: {error}", name="eve.zip", error="bad magic")
REFUSED = Report("refused", notes=(DAMAGED,))
INFRASTRUCTURE = Report("infrastructure")

CLASS = {"alice": RIGHT, "bob": PARTLY, "dave": INFRASTRUCTURE, "eve": REFUSED, "mallory": HOSTILE}


def make_course(root: Path, folder: Path) -> Course:
    """A course with one assignment, whose notebook is the release's."""
    source = folder / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    released = root / RELEASE / f"{ASSIGNMENT}.ipynb"
    (source / released.name).write_bytes(released.read_bytes())
    owned = str(Reference(root).student_owned()).replace("'", '"')
    (folder / SETTINGS).write_text(
        f'{{"assignments": ["{ASSIGNMENT}"], "student_owned": {owned}, "notebooks": "skip"}}'
    )
    (folder / SECRET).write_text("5e" * 32)
    return read_course(folder)


def put_reports(
    course: Course,
    reports: dict[str, Report],
    version: str = "v1",
    points: Mapping[str, float] = POINTS,
) -> None:
    """Put reports into the course's store, as one grading."""
    store = ReportStore(course.folder / "reports.db")
    store.note_points(ASSIGNMENT, version, points)
    for number, (student, report) in enumerate(reports.items()):
        key = f"{version}-{student}"
        files_to_hand_in = NOON + 3600 * number
        grading = Grading(
            ASSIGNMENT, version, student, key, key, f"{student}.zip", files_to_hand_in
        )
        store.put(key, report, [grading])
