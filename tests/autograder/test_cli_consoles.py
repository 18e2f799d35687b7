"""The command `dasecv` in terminals that lack characters: it prints their codes and continues."""

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import typer
from support.made_up import INFRASTRUCTURE, PARTLY, RIGHT, put_reports

from autograder.cli import app, main
from autograder.course import init_course, read_course
from autograder.results.gradescope.__main__ import main as gradescope

ENCODINGS = ("gbk", "cp1252", "ascii")
STUDENTS = {"张三": PARTLY, "Zoë": RIGHT, "bob✓": INFRASTRUCTURE}


def each_command(command: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """The words to type for each command and command group."""
    yield path
    for name, inner in getattr(command, "commands", {}).items():
        yield from each_command(inner, *path, name)


COMMANDS = list(each_command(typer.main.get_command(app)))


@pytest.fixture(scope="module")
def course(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with two gradings of a class, and with files from elsewhere."""
    folder = tmp_path_factory.mktemp("courses") / "课程✓"
    init_course(root, folder)
    put_reports(read_course(folder), {**STUDENTS, "张三": RIGHT}, "first")
    put_reports(read_course(folder), STUDENTS, "second")
    roster = "Student,ID,SIS Login ID,Section\n张三✓,7,张三,A\n"
    (folder / "roster.csv").write_text(roster, encoding="utf-8")
    (folder / "李四.zip").write_bytes(b"no zip")
    return folder


def run_in_terminal(encoding: str, program: Callable[[], object]) -> tuple[int | str | None, str]:
    """A program's status and its output, on one line, in a terminal of this encoding."""
    sent = io.BytesIO()
    stream = io.TextIOWrapper(sent, encoding=encoding, write_through=True)
    with redirect_stdout(stream), redirect_stderr(stream), pytest.raises(SystemExit) as exit_:
        sys.exit(program())  # type: ignore[arg-type]
    return exit_.value.code, " ".join(sent.getvalue().decode(encoding).split())


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_shows_its_help(
    command: tuple[str, ...], encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["dasecv", *command, "--help"])

    status, shown = run_in_terminal(encoding, main)

    assert (status, "Usage: " in shown) == (0, True)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    ("arguments", "status", "expected"),
    [
        ("report --assignment Dropout", 0, "3 students"),
        ("export csv --assignment Dropout", 0, "Dropout.csv has 3 students"),
        ("export canvas --roster roster.csv --assignment Dropout", 0, "has 1 marks"),
        ("export canvas --assignment Dropout", 1, "no --roster"),
        ("export gradescope --assignment Dropout", 0, "each of 2 students"),
        ("export gradescope-autograder --assignment Dropout", 0, "is Gradescope's autograder"),
        ("compare --assignment Dropout", 0, "1 changed"),
        ("similar 李四.zip --assignment Dropout", 0, "0 pairs"),
        ("collect 李四.zip --assignment Dropout", 0, "Next:"),
        ("collect --dry-run 没有✓ --assignment Dropout", 1, "Nothing to collect."),
        ("grade 没有✓ --assignment Dropout", 1, "nothing to grade"),
        ("check", 1, "no daseCV/ in"),
        ("submit", 1, "no daseCV/ in"),
        ("release --root 没有✓", 1, "error: "),
        ("publish --root 没有✓", 1, "error: "),
        ("translated --root 没有✓", 1, "error: "),
        ("course init 课程✓ --root 没有✓", 1, "error: "),
        ("demo --root 没有✓", 1, "error: "),
        ("no-such-命令✓", 2, "No such command"),
    ],
)
def test_commands_end_with_the_same_status_in_every_encoding(
    arguments: str,
    status: int,
    expected: str,
    encoding: str,
    course: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(course)
    monkeypatch.setattr(sys, "argv", ["dasecv", *arguments.split()])

    ended, shown = run_in_terminal(encoding, main)

    assert expected in shown
    assert ended == status


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_programs_end_with_the_same_status_in_every_encoding(encoding: str) -> None:
    commands = (["-m", "autograder", "doctor"], ["-m", "autograder", "data", "--help"])

    for command in commands:
        in_utf8, here = (
            subprocess.run(
                [sys.executable, *command],
                env={**os.environ, "PYTHONIOENCODING": one},
                capture_output=True,
                check=False,
            )
            for one in ("utf-8", encoding)
        )
        assert here.returncode == in_utf8.returncode
        assert b"codec can't encode" not in here.stdout + here.stderr


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_gradescope_autograder_prints_to_any_console(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASECV_AUTOGRADER_ROOT", str(tmp_path / "没有✓"))

    status, shown = run_in_terminal(encoding, lambda: gradescope([]))

    assert status == 1
    assert shown.startswith("No mark, for a reason of the autograder's own")
