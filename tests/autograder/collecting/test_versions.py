"""Notebooks handed in in English, Chinese or both, and blanks that are notebook cells."""

import json
import time
from pathlib import Path
from typing import Any

import nbformat
import pytest

from autograder.collecting.notebooks import language_of, pick_most_run
from autograder.collecting.submission import read_submission
from autograder.grading.assemble import write_submission
from autograder.grading.repair import blanks_of

NAME = "Dropout"


def make_notebook(run: int = 0, language: str = "") -> bytes:
    """A notebook of three cells, of which `run` have been executed."""
    cells = [{"cell_type": "code", "execution_count": n + 1 if n < run else None} for n in range(3)]
    metadata = {"daseCV": {"language": language}} if language else {}
    return json.dumps({"cells": cells, "metadata": metadata}).encode()


def read_notebooks(folder: Path, **notebooks: bytes) -> Any:
    for name, content in notebooks.items():
        (folder / f"{name.replace('_', '.')}.ipynb").write_bytes(content)
    return read_submission(folder, [], [NAME])


def test_the_english_notebook_counts_as_the_notebook(tmp_path: Path) -> None:
    submission = read_notebooks(tmp_path, Dropout_en=make_notebook(2))

    assert submission.notebooks == {NAME: make_notebook(2)}
    assert submission.notes == ()


@pytest.mark.parametrize(
    ("manifest", "numpy"),
    [
        ({"numpy": "2.0.2"}, "2.0"),
        ({"numpy": "1.26.4"}, "1.26"),
        ({"numpy": "2.4.0rc1"}, "2.4"),
        ({"numpy": "2.0 ; rm -rf ~"}, ""),
        ({"numpy": 2}, ""),
        ([], ""),
    ],
)
def test_the_manifest_says_which_numpy_it_was_written_with(
    tmp_path: Path, manifest: Any, numpy: str
) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))

    assert read_notebooks(tmp_path, Dropout=make_notebook(2)).numpy == numpy


@pytest.mark.parametrize(
    ("chinese", "english", "taken", "left"),
    [
        (0, 2, "Dropout.en.ipynb", "Dropout.ipynb"),
        (2, 0, "Dropout.ipynb", "Dropout.en.ipynb"),
        (1, 1, "Dropout.ipynb", "Dropout.en.ipynb"),
        (1, 2, "Dropout.en.ipynb", "Dropout.ipynb"),
    ],
)
def test_the_language_with_more_executed_cells_counts(
    tmp_path: Path, chinese: int, english: int, taken: str, left: str
) -> None:
    submission = read_notebooks(
        tmp_path, Dropout=make_notebook(chinese), Dropout_en=make_notebook(english)
    )

    runs = chinese if taken == "Dropout.ipynb" else english
    assert submission.notebooks == {NAME: make_notebook(runs)}
    worked_on = min(chinese, english) > 0
    note = f"{left} is not used: more cells of {taken} have been run"
    assert submission.notes == ((note,) if worked_on and chinese != english else ())


def test_an_unreadable_notebook_counts_as_not_executed() -> None:
    versions = [("a.ipynb", b"spoilt"), ("a.en.ipynb", make_notebook(1))]

    assert pick_most_run(versions)[0] == "a.en.ipynb"


@pytest.mark.parametrize(
    ("content", "language"),
    [
        (make_notebook(language="en"), "en"),
        (make_notebook(), ""),
        (b"[]", ""),
        (make_notebook(language="fr"), ""),
    ],
)
def test_a_notebook_tells_its_language(content: bytes, language: str) -> None:
    assert language_of(content) == language


# Blanks that are cells

SOURCE = (
    "%matplotlib inline\nimport numpy as np\n\n\ndef best_model(data):\n    return np.ones(2)\n"
)


def notebook_with_a_blank(source: str = SOURCE) -> str:
    graded = {"grade": False, "solution": True, "locked": False, "schema_version": 3}
    cells = [
        nbformat.v4.new_code_cell("x = 1"),
        nbformat.v4.new_code_cell(
            source, metadata={"nbgrader": {"grade_id": "best_model_code", **graded}}
        ),
        nbformat.v4.new_markdown_cell(
            "my answer", metadata={"nbgrader": {"grade_id": "question_1", **graded}}
        ),
    ]
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells))


def test_a_cell_with_a_blank_becomes_a_module_without_its_magics() -> None:
    cells = blanks_of(notebook_with_a_blank())

    assert list(cells) == ["best_model_code"]
    assert cells["best_model_code"].startswith("pass\nimport numpy as np\n")


def test_code_timed_by_a_magic_is_kept() -> None:
    timed = SOURCE.replace("    return", "    %time data.clear()\n    return")

    cells = blanks_of(notebook_with_a_blank(timed))

    assert "\n    data.clear()\n" in cells["best_model_code"]


def test_a_blank_cell_is_written_as_a_module_for_the_worker(tmp_path: Path) -> None:
    tree = write_submission({}, tmp_path, blanks_of(notebook_with_a_blank()))

    assert "def best_model" in (tree / "daseCV/cells/best_model_code.py").read_text()


@pytest.mark.parametrize(
    ("cell", "module"),
    [
        ("def f():\n    print('%d of'\n    % 3)\n", "def f():\n    print('%d of'\n    % 3)\n"),
        ("x = 7 \\\n% 4\n!ls\n", "x = 7 \\\n% 4\npass\n"),
        (
            "text = '''\n%time f()\n!ls\n'''\n%matplotlib inline",
            "text = '''\n%time f()\n!ls\n'''\npass\n",
        ),
        ("if True:\n    %time f(x)\n", "if True:\n    f(x)\n"),
        ("x = %time f()\ny = !ls\n", "x = (f())\ny = None\n"),
        ("%%time\nx = 1\n%time f()\n", "\nx = 1\nf()\n"),
        ("\n%%capture out\nx = 1\n", "\n\nx = 1\n"),
        ("%%bash\nls x\n", "\npass\n"),
        ("a = 'é'; b = 1\n?a\na?\n!!ls\n%timeit a\n", "a = 'é'; b = 1\npass\npass\npass\npass\n"),
        ("%time x = 'é'; y = 2\n", "x = 'é'; y = 2\n"),
        ("%time !ls\n%time\n", "pass\npass\n"),
        ("x = '\\d'\n", "x = '\\d'\n"),
    ],
)
def test_ipython_decides_which_lines_are_magics(cell: str, module: str) -> None:
    assert blanks_of(notebook_with_a_blank(cell))["best_model_code"] == module


@pytest.mark.parametrize(
    "cell", ["%time f()\n" * 5000, "%%time\n" * 5000, "%time " * 5000, "(" * 100_000]
)
def test_a_cell_that_takes_ipython_long_is_unchanged(cell: str) -> None:
    started = time.process_time()

    assert blanks_of(notebook_with_a_blank(cell))["best_model_code"].rstrip("\n") == cell.rstrip(
        "\n"
    )

    assert time.process_time() - started < 20
