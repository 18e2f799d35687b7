"""The command `dasecv`: its output and its exit status."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autograder.cli import app, main
from autograder.hints.publish import equal_but_rounding

run = CliRunner().invoke


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A copy of the checkout with its release, for a test to change."""
    ignore = shutil.ignore_patterns("*.so", "__pycache__", "datasets", "build")
    for name in ("daseCV", "source_notebooks", "assignment"):
        shutil.copytree(root / name, tmp_path / name, ignore=ignore)
    shutil.copy(root / "pyproject.toml", tmp_path)
    return tmp_path


def run_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    """Run the command as the shell does, and return its status."""
    monkeypatch.setattr(sys, "argv", ["dasecv", *arguments])
    with pytest.raises(SystemExit) as exit_:
        main()
    return exit_.value.code


@pytest.mark.slow
def test_release_writes_the_release_and_reports_it(checkout: Path) -> None:
    shutil.rmtree(checkout / "assignment")

    result = run(app, ["release", "--root", str(checkout)])

    assert result.exit_code == 0
    assert result.output.splitlines()[-1] == "assignment/ written."
    assert (checkout / "assignment/daseCV/layers.py").is_file()


@pytest.mark.slow
def test_release_check_of_an_up_to_date_release_succeeds(checkout: Path) -> None:
    result = run(app, ["release", "--check", "--root", str(checkout)])

    assert (result.exit_code, result.stdout) == (0, "assignment/ is up to date.\n")


@pytest.mark.slow
def test_a_release_can_be_handed_out_as_a_zip_or_as_a_repository(
    checkout: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    student = tmp_path_factory.mktemp("published") / "student"
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")

    zipped = run(app, ["release", "--zip", "--root", str(checkout)])
    published = run(app, ["publish", str(student), "--root", str(checkout)])

    assert zipped.output.splitlines()[-1] == (
        f"{checkout / 'daseCV-assignment.zip'} is ready to be handed out."
    )
    assert published.output.startswith(f"{student} holds the release: ")
    assert (student / "daseCV/layers.py").is_file()
    assert not (student / "source_notebooks").exists()


def test_check_and_submit_run_the_student_s_own_commands(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(checkout / "assignment" / "daseCV")

    checked = run(app, ["check", "conv_forward_naive"])
    submitted = run(app, ["submit", "--skip-checks"])

    printed = capfd.readouterr()
    assert (checked.exit_code, submitted.exit_code) == (1, 0)
    assert "layers.conv_forward_naive is not written yet" in printed.err
    assert (checkout / "assignment/submission.zip").is_file()


def test_check_outside_an_assignment_says_where_to_run_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    assert run_main(monkeypatch, "check") == 1
    assert "no daseCV/ in" in capsys.readouterr().err


@pytest.mark.slow
def test_a_release_refreshes_the_hints_first(checkout: Path) -> None:
    hints = checkout / "daseCV/checks/hints.json"
    current = json.loads(hints.read_bytes())
    hints.write_text("{}", encoding="utf-8")

    checked = run(app, ["release", "--check", "--root", str(checkout)])
    released = run(app, ["release", "--root", str(checkout)])

    assert checked.exit_code == 1
    assert checked.stdout.splitlines()[0] == "changed: daseCV/checks/hints.json"
    assert released.exit_code == 0
    assert equal_but_rounding(
        json.loads(hints.read_bytes()), current
    )  # another machine may round differently
    released_hints = checkout / "assignment/daseCV/checks/hints.json"
    assert released_hints.read_bytes() == hints.read_bytes()


@pytest.mark.slow
def test_release_check_of_an_old_release_fails_and_says_what_to_do(checkout: Path) -> None:
    with (checkout / "daseCV/optim.py").open("a", encoding="utf-8") as file:
        file.write("\n# One more line.\n")

    result = run(app, ["release", "--check", "--root", str(checkout)])

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "changed: daseCV/optim.py",
        "assignment/ is out of date: run  dasecv release  and commit the result.",
    ]
    assert "One more line" not in (checkout / "assignment/daseCV/optim.py").read_text("utf-8")


def test_course_init_prints_the_next_commands(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "a course with a name that is longer than eighty columns leave room for it"

    result = run(app, ["course", "init", str(folder), "--root", str(root)])

    assert result.exit_code == 0
    assert (folder / "nbgrader_config.py").is_file()
    lines = [line.strip() for line in result.output.splitlines()]
    assert lines[:2] == [f"Course made in {folder}. Next:", f"cd {folder}"]
    assert lines[-7:] == [
        "nbgrader generate_assignment ConvolutionalNetworks",
        "dasecv collect SUBMISSIONS --assignment ConvolutionalNetworks",
        "dasecv grade submitted --assignment ConvolutionalNetworks",
        "dasecv gradebook --assignment ConvolutionalNetworks",
        "dasecv report --assignment ConvolutionalNetworks",
        "nbgrader generate_feedback ConvolutionalNetworks",
        "nbgrader export",
    ]


def test_a_missing_checkout_is_reported_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    status = run_main(monkeypatch, "release", "--check")

    captured = capsys.readouterr()
    assert (status, captured.out) == (1, "")
    assert captured.err == (
        f"error: no daseCV/ and source_notebooks/ in {tmp_path} or above it; run this in the "
        "checkout of the reference\n"
    )


def test_a_wrong_marker_is_reported_in_one_line_with_its_place(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (checkout / "daseCV/optim.py").write_text("def sgd():\n    ### BEGIN SOLUTION\n", "utf-8")

    status = run_main(monkeypatch, "release", "--root", str(checkout))

    assert status == 1
    error = "error: optim, line 2: ### BEGIN SOLUTION is never closed\n"
    assert capsys.readouterr().err.endswith(error)


def test_an_operating_system_error_is_reported_in_one_line(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here a file is where the course should be."""
    (tmp_path / "course").write_text("", encoding="utf-8")

    status = run_main(monkeypatch, "course", "init", str(tmp_path / "course"), "--root", str(root))

    [line] = capsys.readouterr().err.splitlines()
    assert status == 1
    assert line.startswith("error: ")
    assert str(tmp_path / "course") in line


def test_an_existing_course_is_not_changed(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gradebook.db").write_text("grades", encoding="utf-8")

    status = run_main(monkeypatch, "course", "init", str(tmp_path), "--root", str(root))

    assert status == 1
    assert "grades live in there" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["gradebook.db"]


@pytest.mark.slow
def test_demo_does_not_replace_a_folder_that_it_did_not_make(
    checkout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "gradebook.db").write_text("grades", encoding="utf-8")

    status = run_main(monkeypatch, "demo", str(tmp_path / "mine"), "--root", str(checkout))

    assert status == 1
    assert "is not empty" in capfd.readouterr().err
    assert (tmp_path / "mine" / "gradebook.db").read_text(encoding="utf-8") == "grades"


@pytest.mark.parametrize("command", ["release", "course", "data", "demo"])
def test_help_lists_every_command(command: str) -> None:
    assert command in run(app, ["--help"]).output
