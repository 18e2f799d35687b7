"""The checklist: `check()` without a name, in a notebook and in a terminal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from daseCV.checks import check, check_names
from daseCV.checks.overview import overview, points_in, points_of
from daseCV.checks.registry import needed_call
from daseCV.checks.running import checks_in_folder
from daseCV.checks.verdict import ERROR, RIGHT, UNWRITTEN, WRONG, Verdict
from daseCV.language import VARIABLE, Message
from daseCV.notebooks import PROMPT

pytest.importorskip("nbformat")
from autograder.release import Reference
from autograder.release.build import write_modules


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


NAMES = {"right": "", "wrong": "", "missing": "", "raises": "", "trained": 'check("trained", s=s)'}


def judge(name: str) -> Verdict:
    """Verdicts of four made-up checks."""
    print("what a student's code prints")
    blank = Message(
        "{name} is not written yet: open {file}, line {line}",
        name="layers.f",
        file="daseCV/layers.py",
        line=7,
    )
    wrong = Message("dx is wrong").with_details(got="1")
    error = Message("ZeroDivisionError: division by zero")
    return {
        "right": Verdict("right", RIGHT, ("a question",), 0.1),
        "wrong": Verdict("wrong", WRONG, (), 0.1, wrong),
        "missing": Verdict("missing", UNWRITTEN, (), 0.1, blank, place="daseCV/layers.py:7"),
        "raises": Verdict("raises", ERROR, (), 0.1, error),
    }[name]


def write_notebook(folder: Path, **points: float) -> None:
    """Write a notebook whose graded cells have points."""
    cells = [
        {
            "cell_type": "code",
            "metadata": {"nbgrader": {"grade": True, "grade_id": name, "points": worth}},
        }
        for name, worth in points.items()
    ]
    (folder / "Homework.ipynb").write_text(json.dumps({"cells": cells}))


def test_each_check_has_a_line_with_its_points(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_notebook(tmp_path, right=12, wrong=14, missing=7.5)

    overview(judge, NAMES, tmp_path)

    assert capsys.readouterr().out.splitlines() == [
        "✓ right                         12 points",
        "✗ wrong                         14 points   dx is wrong",
        "· missing                      7.5 points   layers.f is not written yet: open "
        "daseCV/layers.py, line 7",
        "! raises                         ZeroDivisionError: division by zero",
        '… trained                        after training, run the cell with check("trained", …)',
        "1 of 5 right, 12 of 33.5 points. The mark comes from hidden checks like these.",
    ]


def test_the_place_of_an_unwritten_blank_is_translated_to_chinese(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "zh")

    overview(judge, {"missing": ""}, tmp_path)

    assert "layers.f 还没有写：打开 daseCV/layers.py，第 7 行" in capsys.readouterr().out


def test_without_a_notebook_there_are_no_points(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    overview(judge, {"right": ""}, tmp_path)

    assert capsys.readouterr().out.endswith(
        "1 of 1 right. The mark comes from hidden checks like these.\n"
    )


@pytest.mark.parametrize("content", ["", "[]", '{"cells": [5]}', '{"cells": [{"metadata": 1}]}'])
def test_a_file_that_is_not_a_notebook_has_no_points(tmp_path: Path, content: str) -> None:
    (tmp_path / "Broken.ipynb").write_text(content)

    assert points_of(tmp_path) == {}


def test_the_checks_of_the_notebooks_beside_the_package_are_listed(tmp_path: Path) -> None:
    write_notebook(tmp_path, rmsprop=5, affine_forward=2, of_nobody=1)

    assert checks_in_folder(tmp_path) == ["affine_forward", "rmsprop"]


def test_without_notebooks_all_checks_are_listed(tmp_path: Path) -> None:
    assert checks_in_folder(tmp_path) == check_names()


def test_the_notebook_has_points_for_its_checks(root: Path) -> None:
    notebook = root / "source_notebooks" / "ConvolutionalNetworks.ipynb"
    points = dict(points_in(notebook))

    assert len(points) == 17
    assert set(points) <= set(check_names())
    assert sum(points.values()) == 100


@pytest.fixture(scope="module")
def release(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with its blanks."""
    folder = tmp_path_factory.mktemp("release")
    write_modules(Reference(root), folder)
    return folder


def test_in_a_terminal_a_new_release_lists_unwritten_blanks(release: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "daseCV", "check"],
        cwd=release,
        capture_output=True,
        text=True,
        check=True,
    )

    lines = done.stdout.splitlines()
    called = [name for name in check_names() if needed_call(name)]
    assert lines[-1].startswith(f"0 of {len(check_names())} right")
    assert sum(line.startswith("·") for line in lines) == len(check_names()) - len(called)
    assert 'after training, run the cell with check("cnn_one_epoch", …)' in done.stdout


def test_in_a_terminal_one_check_is_run_by_its_name(release: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "daseCV", "check", "conv_forward_naive"],
        cwd=release,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "✗ conv_forward_naive: layers.conv_forward_naive is not written yet" in done.stderr


@pytest.mark.slow
def test_all_checks_pass_on_the_reference(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("daseCV.checks.tries.FILE", tmp_path / "tries.json")  # nothing trained yet

    check()

    names = check_names()
    alone = [name for name in names if not needed_call(name)]
    assert f"{len(alone)} of {len(names)} right" in capsys.readouterr().out


def write_graded_cell(
    folder: Path, file: str, name: str, text: str = "", kind: str = "code"
) -> None:
    """Add a graded cell to a notebook, which is made if it does not exist."""
    about = {"grade": True, "grade_id": name, "points": 92 if kind == "code" else 8}
    cell = {"cell_type": kind, "source": text, "metadata": {"nbgrader": about}}
    path = folder / file
    cells = json.loads(path.read_text())["cells"] if path.exists() else []
    path.write_text(json.dumps({"cells": [*cells, cell]}))


def test_checks_are_listed_by_notebook_starting_with_the_open_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", "/home/me/Dropout.en.ipynb")
    write_graded_cell(tmp_path, "FullyConnectedNets.ipynb", "wrong")
    write_graded_cell(tmp_path, "Dropout.ipynb", "right")

    overview(judge, {"wrong": "", "right": ""}, tmp_path)

    assert capsys.readouterr().out.splitlines() == [
        "Dropout.ipynb",
        "✓ right                         92 points",
        "FullyConnectedNets.ipynb",
        "✗ wrong                         92 points   dx is wrong",
        "Dropout.ipynb: 1 of 1 right, 92 of 92 points",
        "FullyConnectedNets.ipynb: 0 of 1 right, 0 of 92 points",
        "1 of 2 right, 92 of 184 points. The mark comes from hidden checks like these.",
    ]


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (PROMPT, "· question                       8 points   not answered yet"),
        (f"{PROMPT} 42", "… question                       8 points   your teacher marks it"),
    ],
)
def test_answers_in_words_are_listed_with_their_points(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answer: str, line: str
) -> None:
    write_graded_cell(tmp_path, "Dropout.ipynb", "right")
    write_graded_cell(tmp_path, "Dropout.ipynb", "question", answer, "markdown")

    overview(judge, {"right": ""}, tmp_path)

    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == line
    assert lines[2].startswith("1 of 1 right, 92 of 92 points, and 8 for answers in words. ")


def test_a_successful_training_is_remembered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    overview(judge, {"trained": 'check("trained", s=s)'}, tmp_path, remembered=["trained"])

    assert capsys.readouterr().out.startswith(
        "✓ trained                        right after training"
    )
