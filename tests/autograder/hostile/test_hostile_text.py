"""Text that breaks outputs, in every field that a submission controls, is shown safely."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from rich.console import Console
from support.made_up import NOON, RIGHT, make_course
from support.submissions import zip_of
from typer.testing import CliRunner

from autograder.cli import app
from autograder.cli.output import echo
from autograder.collecting.submission import note_path, read_submission
from autograder.course import Course
from autograder.fleet import Fleet
from autograder.fleet.engines import LocalEngine
from autograder.grading.repair import repair
from autograder.grading.report import CheckReport, Report
from autograder.nbgrader.plugin import feedback_text
from autograder.reports import Grading, ReportStore
from autograder.results.exports import export_csv
from autograder.results.gradescope.results import make_results, write_results
from autograder.results.marks import read_marks
from autograder.results.page import write_pages
from autograder.texts import UNSAFE, printable, printable_line, printable_values
from daseCV.language import Message

HOSTILE = {
    "escape": "\x1b[2J\x1b]0;title\x07",
    "nul": "a\x00b",
    "half a pair": "\ud800 half \udcff",
    "turned around": "\u202egnp.exe\u202c \u2066x\u2069 \u200f",
    "hidden": "\u200b\ufeff\u2060\U000e0041",
    "new lines": "\r\n\x85\u2028\u2029\x0b\x0c",
    "C1": "\x9b31m\x90",
    "markup": "[bold]x[/bold] {braces} {0} %s <b>",
}
each = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


def assert_clean(text: str) -> None:
    found = UNSAFE.search(text)
    assert found is None, ascii(text[max(found.start() - 40, 0) : found.end() + 10])
    text.encode()


@pytest.fixture
def course(root: Path, tmp_path: Path) -> Course:
    return make_course(root, tmp_path / "course")


def report_with(text: str) -> Report:
    """A report with a text in every field that can hold one."""
    message = Message("{name} is missing: {other} is used", name=text, other=text)
    message = message.with_details(got=text, where=Message("{text}", text=text))
    checks = (
        CheckReport("dropout_forward", "wrong", 0.0, (message, text), (text, ""), (), (), text),
        *RIGHT.checks[1:],
    )
    notebook = json.dumps({"cells": [], "metadata": {"x": text}, "nbformat": 4})
    return Report("graded", checks, "bubblewrap", (message, text), {"Dropout": notebook})


@each
def test_every_output_of_a_report_can_be_read_back(
    text: str, course: Course, tmp_path: Path
) -> None:
    store = ReportStore(course.folder / "reports.db")
    doubts = json.dumps([text, {"template": "{n}", "fields": {"n": text}, "details": {}}])
    store.put(
        "k", report_with(text), [Grading("Dropout", "v", "eve", "k", "d", "x", NOON, doubts=doubts)]
    )

    [eve] = read_marks(course, "Dropout")
    pages = tmp_path / "pages"
    write_pages(pages, "Dropout", [eve], "zh")
    export_csv(pages / "marks.csv", [eve])
    write_results(pages / "results.json", make_results(eve, "en"))

    written = [path for path in pages.rglob("*") if path.is_file()]
    for path in written:
        assert_clean(path.read_text(encoding="utf-8-sig"))
    rows = list(csv.reader(io.StringIO((pages / "marks.csv").read_text("utf-8-sig"))))
    assert len(rows) == 2
    assert len({len(row) for row in rows}) == 1
    json.loads((pages / "results.json").read_text(encoding="utf-8"))
    assert_clean(feedback_text(report_with(text), report_with(text).checks[0]))
    assert len(written) == 4


@each
def test_commands_print_no_terminal_controls(text: str, course: Course) -> None:
    store = ReportStore(course.folder / "reports.db")
    store.put("k", report_with(text), [Grading("Dropout", "v", "eve", "k", "d", "x")])
    buffer = io.StringIO()

    echo(f"? {text}", Console(file=buffer, force_terminal=True, color_system=None))

    assert_clean(buffer.getvalue())


@each
def test_a_submission_of_hostile_names_is_planned_graded_and_kept(
    text: str, course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class AllRight:
        def grade(self, submission: Any, *_: Any) -> Report:
            return Report("graded", RIGHT.checks, notes=submission.notes)

    monkeypatch.setattr(Fleet, "engine", lambda *_: LocalEngine(AllRight()))  # type: ignore[arg-type]
    name = text.replace("/", "").replace("\x00", "")
    folder = tmp_path / "class" / "eve"
    (folder / "daseCV").mkdir(parents=True)
    (folder / "daseCV" / "layers.py").write_bytes(b"x = 1\n")
    inner = f"{name}.ipynb".encode("utf-8", "replace").decode()
    archive = zip_of({"daseCV/layers.py": b"x = 1\n", inner: b"{}"})
    on_disk = os.fsdecode(name.encode("utf-8", "ignore"))
    for place in (folder / f"{on_disk}.ipynb", folder.parent / f"{on_disk}.zip"):
        place.write_bytes(archive)
    note = {"refused": text, "doubts": [{"template": "{a.__class__}", "fields": {}, "details": {}}]}
    (folder / "dasecv-collected.json").write_text(json.dumps(note))
    (folder / "timestamp.txt").write_text("9" * 10_000)

    options = ["--assignment", "Dropout", "--course", str(course.folder)]
    monkeypatch.setattr("autograder.sandbox.find_sandbox", lambda *_, **__: "bubblewrap")
    planned = CliRunner().invoke(
        app, ["collect", str(folder.parent), "--dry-run", "--as", "class", *options]
    )
    fleet = Fleet(course, "Dropout", "bubblewrap")
    from autograder.collecting.plan import make_plan

    plan = make_plan([folder.parent], ["Dropout"], "Dropout", tmp_path / "room", reading="class")
    done = {one.submission.student: one.report.status for one in fleet.grade(plan.submissions)}

    assert_clean(planned.output)
    assert done["eve"] == "graded"
    for one in read_marks(course, "Dropout"):
        assert_clean(one.student + "".join(one.notes) + "".join(one.doubts) + one.platform_id)


@each
def test_a_repaired_notebook_of_hostile_text_can_be_written(text: str, root: Path) -> None:
    cells: list[dict[str, Any]] = [
        {"cell_type": kind, "source": text, "metadata": {"x": text}, "outputs": []}
        for kind in ("markdown", "code", "raw")
    ]
    content = json.dumps({"cells": cells, "metadata": {"name": text}}).encode()

    repaired, notes = repair(content, root / "assignment" / "Dropout.ipynb")

    for cell in nbformat.reads(repaired, as_version=4).cells:
        assert_clean(cell.source)
    assert_clean("".join(notes))


def test_the_course_s_notes_are_outside_the_folders_of_submissions(tmp_path: Path) -> None:
    folder = tmp_path / "submitted" / "eve" / "Dropout"

    assert folder not in note_path(folder).parents
    assert tmp_path / "submitted" not in note_path(folder).parents


def test_a_forged_note_is_ignored(tmp_path: Path) -> None:
    folder = tmp_path / "class" / "eve"
    (folder / ".dasecv" / "eve").mkdir(parents=True)
    for name in ("dasecv-collected.json", ".dasecv/eve/eve.json", ".dasecv/eve.json"):
        (folder / name).write_text('{"refused": "\\ud800 half"}')

    assert read_submission(folder, [], ["Dropout"]).owned == {}


def test_other_letters_are_unchanged() -> None:
    text = "王小明　naïve — “quotes” 👨‍👩‍👧 ✓ ½ العربية\n\tx"

    assert printable(text) == text
    assert printable_line("a\tb\nc") == "a�b�c"
    assert printable_values({"\x00": ["\ud800", 1, None, ("\x1b",)]}) == {
        "�": ["�", 1, None, ["�"]]
    }
