"""Many submissions: each content is graded once, and known reports are not graded again."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder import environment as environments
from autograder.checks import CHECKS, HiddenCheck
from autograder.collecting.submission import Submission
from autograder.collecting.submitted import write_submitted
from autograder.course import Course, init_course, read_course
from autograder.environment import StudentEnvironment
from autograder.fleet import Fleet, GradedSubmission, IncomingSubmission
from autograder.fleet import recipe as module
from autograder.grading.grade import Grader
from autograder.grading.report import CheckReport, Report
from autograder.grading.session import Session
from autograder.sandbox import Sandbox, SandboxError

NAME = "ConvolutionalNetworks"
CHOSEN = ("conv_forward_naive", "spatial_groupnorm_forward", "conv_relu")

Owned = dict[str, bytes]
HandIn = Callable[..., IncomingSubmission]


@pytest.fixture(autouse=True)
def nothing_is_built(monkeypatch: pytest.MonkeyPatch, environment: StudentEnvironment) -> None:
    """No images are prepared, which no notebook here uses, and no environment is built."""
    monkeypatch.setattr(module, "images_folder", lambda: None)
    monkeypatch.setattr(module, "get_student_environment", lambda source, say: environment)


@pytest.fixture(scope="module")
def course_folder(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("courses") / "autumn"
    init_course(root, folder)
    return folder


@pytest.fixture
def course(course_folder: Path, tmp_path: Path) -> Course:
    """A course for one test, without reports."""
    folder = tmp_path / "course"
    shutil.copytree(course_folder, folder)
    return read_course(folder)


@pytest.fixture
def fleet(course: Course, sandbox: Sandbox) -> Fleet:
    """A fleet that asks three checks."""
    made = Fleet(course, NAME, sandbox, echo=lambda line: None)
    made.recipe = dataclasses.replace(made.recipe, checks=CHOSEN)
    return made


@pytest.fixture
def hand_in(tmp_path: Path, reference: Owned) -> HandIn:
    """A function that writes a submission, with code added to the end of its layers.py."""

    def hand_in(name: str, layers: str = "") -> IncomingSubmission:
        files = reference | {"daseCV/layers.py": reference["daseCV/layers.py"] + layers.encode()}
        for file, content in files.items():
            path = tmp_path / "submitted" / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return IncomingSubmission(name, tmp_path / "submitted" / name)

    return hand_in


@pytest.fixture
def graded_names(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of graded submissions; grading itself is replaced."""
    names: list[str] = []

    def grade(self: Grader, submission: Submission, *_: object) -> Report:
        names.append(submission.name)
        return Report("infrastructure" if "ours" in submission.name else "graded")

    monkeypatch.setattr(Grader, "grade", grade)
    return names


def shares(done: list[GradedSubmission]) -> dict[str, list[float]]:
    return {one.submission.student: [check.share for check in one.report.checks] for one in done}


# Grading


def test_a_fleet_grades_each_submission(fleet: Fleet, hand_in: HandIn) -> None:
    wrong = "\ndef relu_forward(x): return x, x\n"
    paths = [hand_in("alice"), hand_in("bob", wrong)]

    done = list(fleet.grade(paths, jobs=1))

    assert shares(done) == {"alice": [1, 1, 1], "bob": [1, 1, done[1].report.share("conv_relu")]}
    assert done[1].report.share("conv_relu") < 1
    assert not any(one.known for one in done)


def test_parallel_grading_gives_the_same_reports(fleet: Fleet, hand_in: HandIn) -> None:
    paths = [
        hand_in("alice"),
        hand_in("bob", "\ndef relu_forward(x): return x, x\n"),
        hand_in("carol", "\ndef relu_forward(x): raise ValueError\n"),
        hand_in("dave", "\n1 / 0\n"),
    ]

    runs = [list(fleet.grade(paths, jobs, regrade=True)) for jobs in (1, 2)]

    def content(done: list[GradedSubmission]) -> dict[str, Report]:
        return {
            one.submission.student: dataclasses.replace(
                one.report,
                seconds=0,
                checks=tuple(dataclasses.replace(c, seconds=0) for c in one.report.checks),
            )
            for one in done
        }

    assert content(runs[0]) == content(runs[1])
    assert runs[0][3].report.status == "student error"


def test_known_reports_are_not_graded_again(
    fleet: Fleet, hand_in: HandIn, graded_names: list[str]
) -> None:
    path = hand_in("alice")

    first, second = (list(fleet.grade([path], jobs=1)) for _ in range(2))

    assert graded_names == ["alice"]
    assert [(one.known, one.report) for one in first + second] == [
        (False, Report("graded")),
        (True, Report("graded")),
    ]


def test_another_fleet_of_the_same_course_knows_the_reports_too(
    sandbox: Sandbox, course: Course, hand_in: HandIn, graded_names: list[str]
) -> None:
    path = hand_in("alice")
    first, second = (Fleet(course, NAME, sandbox, lambda line: None) for _ in range(2))
    list(first.grade([path], jobs=1))

    [done] = second.grade([path])

    assert done.known
    assert graded_names == ["alice"]


def test_equal_content_of_several_students_is_graded_once(
    fleet: Fleet, hand_in: HandIn, graded_names: list[str]
) -> None:
    paths = [hand_in("alice"), hand_in("bob"), hand_in("carol", "\n# my own\n")]

    done = list(fleet.grade(paths, jobs=1))

    assert sorted(one.submission.student for one in done) == ["alice", "bob", "carol"]
    assert len(graded_names) == 2


def test_a_submission_is_graded_again_on_request(
    fleet: Fleet, hand_in: HandIn, graded_names: list[str]
) -> None:
    path = hand_in("alice")
    list(fleet.grade([path], jobs=1))

    [done] = fleet.grade([path], jobs=1, regrade=True)

    assert not done.known
    assert graded_names == ["alice", "alice"]


def test_one_check_is_asked_again_and_the_rest_is_kept(
    fleet: Fleet, hand_in: HandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example after a check was fixed: another version of the grader, the same content."""
    wrong = hand_in("bob", "\ndef relu_forward(x): return x, x\ndef conv_relu(*_): 1 / 0\n")
    [before] = fleet.grade([wrong], jobs=1)
    fleet.recipe = dataclasses.replace(fleet.recipe, code="a later one")
    asked: list[str] = []
    run = Session.run

    def run_and_note(self: Session, one: HiddenCheck) -> CheckReport:
        asked.append(one.name)
        return run(self, one)

    monkeypatch.setattr(Session, "run", run_and_note)
    monkeypatch.setattr(module, "code_digest", lambda: "a later one")

    [done] = fleet.grade([wrong], jobs=1, again=["conv_relu"])

    assert asked == ["conv_relu"]
    assert shares([done]) == shares([before])
    assert fleet.look_up(wrong) == done.report


def test_a_check_outside_the_assignment_is_an_error_that_names_it(
    fleet: Fleet, hand_in: HandIn
) -> None:
    with pytest.raises(ValueError, match="got check 'dropout_net', expected of: conv_forward"):
        fleet.grade([hand_in("alice")], again=["dropout_net"])


def test_an_internal_failure_is_tried_again_in_the_next_run(
    fleet: Fleet, hand_in: HandIn, graded_names: list[str]
) -> None:
    path = hand_in("ours")

    runs = [list(fleet.grade([path], jobs=1)) for _ in range(2)]

    assert [one.report.status for [one] in runs] == ["infrastructure", "infrastructure"]
    assert graded_names == ["ours", "ours"]
    assert fleet.look_up(path) is None


def test_an_unsafe_submission_is_refused_and_the_others_are_graded(
    fleet: Fleet, hand_in: HandIn, graded_names: list[str]
) -> None:
    unsafe = hand_in("mallory")
    (unsafe.path / "link").symlink_to("/etc/passwd")

    done = list(fleet.grade([unsafe, hand_in("alice")], jobs=1))

    assert [one.report.status for one in done] == ["refused", "graded"]
    assert done[0].report.notes == ("link is a link, expected a file",)
    assert graded_names == ["alice"]
    assert fleet.look_up(unsafe) == done[0].report


def test_an_unreadable_submission_has_no_mark_and_does_not_affect_others(
    fleet: Fleet, hand_in: HandIn, graded_names: list[str]
) -> None:
    gone = IncomingSubmission("bob", Path("was/there/a/moment/ago.zip"))

    done = list(fleet.grade([gone, hand_in("alice")], jobs=1))

    assert [one.report.status for one in done] == ["infrastructure", "graded"]
    assert "ago.zip cannot be read" in done[0].report.notes[0]
    assert [report for _, report in fleet.store.results(NAME)] == [Report("graded"), None]


def test_a_report_is_looked_up_without_grading(
    fleet: Fleet, hand_in: HandIn, graded_names: list[str]
) -> None:
    path = hand_in("alice")
    before = fleet.look_up(path)
    list(fleet.grade([path], jobs=1))

    assert before is None
    assert fleet.look_up(path) == Report("graded")
    assert graded_names == ["alice"]


def test_points_are_those_of_the_cells(course: Course) -> None:
    points = course.points(NAME)

    assert set(CHOSEN) <= set(points)
    assert all(value > 0 for value in points.values())


def test_the_checks_are_those_of_the_assignment_s_notebook(
    course: Course, sandbox: Sandbox
) -> None:
    asked = Fleet(course, NAME, sandbox, echo=lambda line: None)

    assert set(asked.recipe.checks) == set(course.points(NAME))
    assert "affine_forward" not in asked.recipe.checks
    assert list(asked.recipe.checks) == [name for name in CHECKS if name in course.points(NAME)]


# What a report depends on


def key(course: Course, sandbox: Sandbox, submission: Submission | None = None) -> str:
    fleet = Fleet(course, NAME, sandbox, lambda line: None)
    return fleet.key_of((submission or Submission("alice", {}, {})).digest())


def test_the_key_is_the_same_in_another_process_or_folder(
    course: Course, sandbox: Sandbox, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(course.folder, elsewhere)

    assert key(course, sandbox) == key(read_course(elsewhere), sandbox)


def test_equal_content_has_the_same_key_for_all_students(course: Course, sandbox: Sandbox) -> None:
    alice, bob = (Submission(name, {"a": b"1"}, {}) for name in ("alice", "bob"))

    assert key(course, sandbox, alice) == key(course, sandbox, bob)


@pytest.mark.parametrize(
    "submission",
    [Submission("", {"daseCV/layers.py": b"1"}, {}), Submission("", {}, {NAME: b"1"})],
    ids=["a module", "the notebook"],
)
def test_another_content_has_another_key(
    course: Course, sandbox: Sandbox, submission: Submission
) -> None:
    assert key(course, sandbox) != key(course, sandbox, submission)


def test_another_secret_has_another_key(course: Course, sandbox: Sandbox) -> None:
    other = dataclasses.replace(course, secret=b"another")

    assert key(course, sandbox) != key(other, sandbox)


def test_another_policy_has_another_key(course: Course, sandbox: Sandbox) -> None:
    other = dataclasses.replace(course, notebooks="run")

    assert key(course, sandbox) != key(other, sandbox)


def test_another_profile_has_another_key(
    course: Course, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASECV_PROFILE", "quick")
    quick = key(course, sandbox)
    monkeypatch.setenv("DASECV_PROFILE", "course")

    assert key(course, sandbox) != quick


@pytest.mark.parametrize("name", ["daseCV/solver.py", f"{NAME}.ipynb", "daseCV/kernels.c"])
def test_another_source_has_another_key(course: Course, sandbox: Sandbox, name: str) -> None:
    before = key(course, sandbox)
    with open(course.source(NAME) / name, "a", encoding="utf-8") as file:
        file.write("\n")

    assert key(course, sandbox) != before


def test_a_reference_that_student_code_could_read_is_refused(
    environment: StudentEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example after a plain `pip install` for all users, without a virtual environment."""
    installed = Path("/usr/local/lib/python3/dist-packages/daseCV")
    monkeypatch.setattr(environments, "REFERENCE", installed)

    with pytest.raises(SandboxError, match="Install the grader in a virtual environment"):
        environments.refuse_exposed_reference(environment)


def test_a_reference_in_a_virtual_environment_is_accepted(
    environment: StudentEnvironment,
) -> None:
    environments.refuse_exposed_reference(environment)


@pytest.mark.parametrize("name", ["results/page.py", "cli/live.py", "nbgrader/gradebook.py"])
def test_changes_of_code_that_decides_no_mark_keep_reports_valid(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    copy = tmp_path / "autograder"
    shutil.copytree(module.GRADER, copy)
    monkeypatch.setattr(module, "GRADER", copy)
    before = module.code_digest()

    (copy / name).write_text("changed = True\n", encoding="utf-8")
    unchanged = module.code_digest()
    (copy / "grading" / "blame.py").write_text("changed = True\n", encoding="utf-8")

    assert unchanged == before != module.code_digest()


def test_the_time_written_by_collecting_is_read_back(
    fleet: Fleet, course: Course, hand_in: HandIn
) -> None:
    original = hand_in("alice")
    collected = course.directory("submitted", "alice", NAME)
    found = IncomingSubmission("alice", original.path, at=1_790_000_000.0, late=True, id="12345")
    write_submitted(found, fleet.read(original.path), {}, collected)

    list(fleet.grade([IncomingSubmission("alice", collected)], jobs=1))

    [(grading, _)] = fleet.store.results(NAME)
    assert (grading.handed_in, grading.late, grading.platform_id) == (
        1_790_000_000.0,
        True,
        "12345",
    )


def test_a_time_packed_by_a_student_is_ignored(fleet: Fleet, hand_in: HandIn) -> None:
    one = hand_in("alice")
    (one.path / "timestamp.txt").write_text("2020-01-01 00:00:00 UTC")

    list(fleet.grade([one], jobs=1))

    [(grading, _)] = fleet.store.results(NAME)
    assert grading.handed_in is None
