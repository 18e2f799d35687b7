"""The warnings of `submit`: unsaved cells, blanks in notebooks, code that is not handed in."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from daseCV import handin, notebooks, review
from daseCV.contents import read_release, text_digest
from daseCV.handin import check_zip, make_submission
from daseCV.language import VARIABLE
from daseCV.notebooks import PROMPT, note_cell, read_cells, source_of
from daseCV.review import review_folder, review_saved_cells, review_zip

UNWRITTEN = (
    'def best_model(data):\n    raise NotImplementedError("best_model_code is not written yet")'
)
WRITTEN = "import numpy as np\n\n\ndef best_model(data):\n    return np.sum(data)"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


def cell(kind: str, text: str, solution: str = "", **more: Any) -> dict[str, Any]:
    about = {"solution": bool(solution), "grade_id": solution}
    return {"cell_type": kind, "source": [text], "metadata": {"nbgrader": about}, **more}


def write(folder: Path, name: str, *cells: dict[str, Any]) -> None:
    (folder / name).write_text(json.dumps({"cells": cells}), encoding="utf-8")


def test_a_notebook_blank_that_still_raises_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "FullyConnectedNets.ipynb", cell("code", UNWRITTEN, "best_model_code"))

    said = list(review_folder(tmp_path, live=True))

    assert "FullyConnectedNets.ipynb: best_model_code is not written yet" in said


@pytest.mark.parametrize("answer", ["", "\n\n", "  \n"])
def test_an_empty_answer_in_words_is_reported(tmp_path: Path, answer: str) -> None:
    write(tmp_path, "Dropout.ipynb", cell("markdown", PROMPT + answer, "dropout_question_1"))

    said = list(review_folder(tmp_path, live=True))

    assert "Dropout.ipynb: the answer to dropout_question_1 is empty" in said


def test_a_blank_written_in_one_of_two_languages_is_not_reported(tmp_path: Path) -> None:
    for name, text, code in (
        ("FullyConnectedNets.ipynb", PROMPT, UNWRITTEN),
        ("FullyConnectedNets.en.ipynb", f"{PROMPT} It dies.", WRITTEN),
    ):
        question = cell("markdown", text, "fully_connected_question_1")
        write(tmp_path, name, question, cell("code", code, "best_model_code"))

    said = "\n".join(review_folder(tmp_path, live=True))

    assert "question" not in said
    assert "best_model" not in said


def test_answers_may_be_given_in_either_language(tmp_path: Path) -> None:
    for name, first, second in (("Dropout.ipynb", " 是", ""), ("Dropout.en.ipynb", "", " yes")):
        cells = [cell("markdown", PROMPT + first, "question_1")]
        write(tmp_path, name, *cells, cell("markdown", PROMPT + second, "question_2"))

    assert "question" not in "\n".join(review_folder(tmp_path, live=True))


def test_the_prompt_is_the_one_in_the_notebooks(root: Path) -> None:
    for path in (root / "source_notebooks").glob("*.ipynb"):
        for one in read_cells(path):
            about = one["metadata"].get("nbgrader", {})
            if about.get("solution") and one["cell_type"] == "markdown":
                assert source_of(one).strip() == PROMPT


def test_names_from_other_cells_are_reported(tmp_path: Path) -> None:
    code = "def best_model(data):\n    x = len(data)\n    return widen(x, WIDTH)"
    write(tmp_path, "FullyConnectedNets.ipynb", cell("code", code, "best_model_code"))

    said = list(review_folder(tmp_path, live=True))

    assert any("best_model_code uses widen, WIDTH of other cells" in line for line in said)


def test_a_changed_given_file_is_reported(tmp_path: Path, root: Path) -> None:
    solver = tmp_path / "daseCV" / "solver.py"
    solver.parent.mkdir()
    solver.write_text((root / "daseCV/solver.py").read_text() + "\n\ndef helper():\n    pass\n")

    said = list(review_folder(tmp_path, live=True))

    assert any("daseCV/solver.py was changed and is not handed in" in line for line in said)


def test_digests_of_given_files_match_the_release(root: Path) -> None:
    release = root / "assignment"
    given = read_release()["given"]

    assert [
        name for name in given if text_digest((release / name).read_text("utf-8")) != given[name]
    ] == []


@pytest.mark.parametrize("name", ["helpers.py", "daseCV/explore/helpers.py"])
def test_code_in_a_file_that_is_not_handed_in_is_reported(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("def block(x):\n    return x\n")

    assert any(
        line.startswith(f"{name} is not handed in") for line in review_folder(tmp_path, True)
    )


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A kernel after a restart, which has run two cells; the second is `submit()`."""
    history = SimpleNamespace(input_hist_raw=["", "x = 2", "submit()"])
    shell = SimpleNamespace(
        kernel=True, user_ns={"In": history.input_hist_raw}, history_manager=history
    )
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(notebooks, "_run", {})
    monkeypatch.setattr(notebooks, "_run_at", {})
    return shell


def test_a_saved_notebook_is_not_reported(tmp_path: Path, shell: SimpleNamespace) -> None:
    write(tmp_path, "Dropout.ipynb", cell("code", "x = 2", id="a", execution_count=1))
    note_cell(SimpleNamespace(cell_id="a", raw_cell="x = 2"))

    assert list(review_saved_cells(tmp_path)) == []


def test_a_cell_number_of_an_earlier_session_does_not_mean_that_the_cell_ran(
    tmp_path: Path, shell: SimpleNamespace
) -> None:
    write(tmp_path, "Dropout.ipynb", cell("code", "x = 1", execution_count=1))

    assert "does not hold what you have run" in next(review_saved_cells(tmp_path))


def test_an_unsaved_edit_of_an_earlier_cell_is_reported(
    tmp_path: Path, shell: SimpleNamespace
) -> None:
    cells = [cell("code", UNWRITTEN, id="a"), cell("code", "x = 2", id="b", execution_count=1)]
    write(tmp_path, "Dropout.ipynb", *cells)
    note_cell(SimpleNamespace(cell_id="a", raw_cell=WRITTEN))

    assert "does not hold what you have run" in next(review_saved_cells(tmp_path))


def test_an_edit_that_was_saved_but_not_run_is_reported(
    tmp_path: Path, shell: SimpleNamespace
) -> None:
    note_cell(SimpleNamespace(cell_id="a", raw_cell="rate = 1"))
    cells = [cell("code", "rate = 3", id="a"), cell("code", "x = 2", id="b", execution_count=1)]
    write(tmp_path, "Dropout.ipynb", *cells)

    assert list(review_saved_cells(tmp_path)) == [
        "Dropout.ipynb: rate = 3 has not run as it is written now: run it, and the checks below it"
    ]


@pytest.mark.parametrize("right", [True, False])
def test_a_notebook_blank_that_never_ran_is_reported_unless_it_was_right(
    tmp_path: Path, shell: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, right: bool
) -> None:
    monkeypatch.setattr(review, "is_remembered", lambda name: right)
    cells = [cell("code", WRITTEN, "best_model_code", id="a")]
    write(tmp_path, "A.ipynb", *cells, cell("code", "x = 2", id="b", execution_count=1))

    reported = "A.ipynb: best_model_code has not run as it is written now" in "\n".join(
        review_saved_cells(tmp_path)
    )

    assert reported is not right


def test_names_from_other_cells_are_not_reported_for_an_unwritten_blank(tmp_path: Path) -> None:
    handed_out = f"{UNWRITTEN}\n    return model"
    write(tmp_path, "A.ipynb", cell("code", handed_out, "best_model_code", id="a"))

    assert "of other cells" not in "\n".join(review_folder(tmp_path, live=True))


def test_a_file_that_changes_while_the_zip_is_made_is_reported(tmp_path: Path) -> None:
    write(tmp_path, "Dropout.ipynb")
    path = make_submission(tmp_path)
    write(tmp_path, "Dropout.ipynb", cell("code", "later"))

    assert list(review_zip(path, tmp_path)) == [
        "Dropout.ipynb was changed while the zip was made: run this again"
    ]


@pytest.mark.slow
def test_the_zip_is_checked_in_its_own_folder_and_process(
    tmp_path: Path, root: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in read_release()["student_owned"]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        text = (root / name).read_text(encoding="utf-8")
        path.write_text(text.replace("np.maximum(x, 0)", "np.maximum(x, 1)"), encoding="utf-8")
    about = {"grade": True, "points": 3}
    cells = []
    for name in ("relu_forward", "rmsprop"):
        one = cell("code", "")
        one["metadata"]["nbgrader"] = {**about, "grade_id": name}
        cells.append(one)
    write(tmp_path, "Homework.ipynb", *cells)

    check_zip(make_submission(tmp_path))

    lines = capfd.readouterr().out.splitlines()
    assert [line[:14] for line in lines[-3:-1]] == ["✗ relu_forward", "✓ rmsprop     "]


def test_without_a_zip_there_is_nothing_to_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handin, "PACKAGE_FOLDER", tmp_path / "daseCV")

    with pytest.raises(FileNotFoundError, match=r"submission.zip is missing: run submit\(\) first"):
        check_zip()
