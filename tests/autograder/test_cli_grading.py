"""The commands that grade, as an instructor types them."""

import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from autograder import doctor, sandbox
from autograder.cli import app, main
from autograder.course import init_course
from autograder.demo import CLASS, hand_in
from autograder.release.blanks import ReleaseError

pytestmark = pytest.mark.sandbox

ADA, BEN, *_ = CLASS
NAME = "ConvolutionalNetworks"
run = CliRunner().invoke


@pytest.fixture(scope="module")
def course(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that does not run notebooks."""
    folder = tmp_path_factory.mktemp("grading") / "course"
    init_course(root, folder)
    return folder


@pytest.fixture(scope="module")
def untouched(root: Path, course: Path) -> Path:
    return hand_in(root, BEN, course / "zips")


@pytest.fixture(scope="module")
def graded(course: Path, untouched: Path) -> Result:
    """A first grading of an untouched release."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DASECV_PROFILE", "quick")
        return run(app, ["grade", str(untouched), "--assignment", NAME, "--course", str(course)])


def test_a_mark_and_the_reasons_are_printed(graded: Result) -> None:
    assert graded.exit_code == 0, graded.output
    assert "ben: 0 / 100  graded" in graded.output
    assert "✗ conv_forward_naive: not written" in graded.output
    assert "layers.conv_forward_naive is not written yet" in graded.output


def test_a_known_submission_is_not_graded_again(
    graded: Result, course: Path, untouched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASECV_PROFILE", "quick")

    again = run(app, ["grade", str(untouched), "--assignment", NAME, "--course", str(course)])

    assert "ben: 0 / 100  graded, known" in again.output


def test_the_only_graded_assignment_needs_no_name(
    graded: Result, course: Path, tmp_path: Path
) -> None:
    table = tmp_path / "marks.csv"

    exported = run(app, ["export", "csv", "--to", str(table), "--machine", "--course", str(course)])

    assert exported.exit_code == 0, exported.output
    assert "ben" in table.read_text(encoding="utf-8-sig")


def test_without_an_assignment_the_error_lists_the_graded_ones(
    course: Path, untouched: Path
) -> None:
    done = run(app, ["grade", str(untouched), "--course", str(course)])

    assert isinstance(done.exception, ReleaseError)
    assert "name one with --assignment: FullyConnectedNets" in str(done.exception)


def test_a_failed_check_is_explained_with_hidden_inputs(
    graded: Result, course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASECV_PROFILE", "quick")

    message = run(
        app,
        ["explain", "ben", "conv_forward_naive", "--to", str(tmp_path / "why")]
        + ["--assignment", NAME, "--course", str(course)],
    ).output

    assert "ben, conv_forward_naive: 0 of 12 points, not written" in message
    assert "def conv_forward_naive(" in message
    assert (tmp_path / "why" / "reproduce.py").exists()


@pytest.mark.parametrize(
    ("student", "check", "says"),
    [
        ("nobody", "conv_forward_naive", "'nobody' has no report"),
        ("ben", "conv", "got check 'conv', expected one of: conv_forward_naive"),
    ],
)
def test_explain_says_why_it_cannot_explain(
    graded: Result,
    course: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    student: str,
    check: str,
    says: str,
) -> None:
    command = ["explain", student, check, "--assignment", NAME, "--course", str(course)]
    monkeypatch.setattr(sys, "argv", ["dasecv", *command])

    with pytest.raises(SystemExit):
        main()

    assert says in capsys.readouterr().err


def test_an_unsafe_zip_is_refused_with_the_reason(course: Path, tmp_path: Path) -> None:
    archive = tmp_path / "eve.zip"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("../daseCV/layers.py", "")

    result = run(app, ["grade", str(archive), "--assignment", NAME, "--course", str(course)])

    assert "eve: 0 / 100  refused" in result.output
    assert "leads out of it" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing.zip"], "nothing to grade: nothing.zip: there is no such file or folder"),
        (["nothing.zip", "--assignment", "Nothing"], "expected one of: FullyConnectedNets, "),
        (["nothing.zip", "--tier", "hope"], "expected one of: bubblewrap, landlock"),
    ],
)
def test_a_wrong_argument_is_reported_in_one_line(
    course: Path,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        sys, "argv", ["dasecv", "grade", "--assignment", NAME, "--course", str(course), *arguments]
    )

    with pytest.raises(SystemExit) as ended:
        main()

    error = capsys.readouterr().err.strip()
    assert ended.value.code == 1
    assert error.startswith("error: ")
    assert message in error


def test_collecting_nothing_shows_no_next_step(course: Path) -> None:
    done = run(app, ["collect", "nothing.zip", "--assignment", NAME, "--course", str(course)])

    assert done.exit_code == 1
    assert (
        "nothing.zip: not taken: there is no such file or folder\nNothing to collect."
        in done.output
    )
    assert "Next:" not in done.output


def test_without_a_sandbox_nothing_is_graded_and_the_remedy_is_shown(
    course: Path,
    untouched: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sandbox, "find_tier_problem", lambda name: f"{name} is not for you")
    monkeypatch.setattr(
        sys,
        "argv",
        ["dasecv", "grade", "--assignment", NAME, "--course", str(course), str(untouched)],
    )

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 1
    error = capsys.readouterr().err
    assert "no sandbox works here, and nothing is graded without one" in error
    assert "landlock is not for you" in error


def test_the_doctor_names_the_tier_and_its_gaps() -> None:
    result = run(app, ["doctor"])

    assert result.exit_code == 0, result.output
    assert "Grading uses " in result.output


def test_the_doctor_fails_where_no_sandbox_works(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sandbox, doctor):
        monkeypatch.setattr(module, "find_tier_problem", lambda name: "switched off")

    result = run(app, ["doctor"])

    assert result.exit_code == 1
    assert "✗ bubblewrap: switched off" in result.output
    assert "nothing is graded here" in result.output
