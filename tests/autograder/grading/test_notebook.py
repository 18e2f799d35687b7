"""A notebook is repaired from the source, keeps the student's own cells, and gets notes."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import nbformat.v4 as v4
import pytest
from nbconvert.exporters import HTMLExporter

from autograder.environment import StudentEnvironment
from autograder.grading import execute as execution
from autograder.grading import repair as repairing
from autograder.grading.execute import execute
from autograder.grading.outputs import read_outputs
from autograder.grading.repair import repair
from autograder.sandbox import Sandbox
from daseCV.language import Message

NAMES = ("conv", "pool", "explain", "network")


def with_grade_id(cell: Any, name: str, **flags: bool) -> Any:
    """Mark a cell as one of nbgrader's."""
    flags = {"grade": True, "solution": False, "locked": True} | flags
    cell.metadata["nbgrader"] = {"grade_id": name, "schema_version": 3, "points": 1, **flags}
    return cell


def notebook(*cells: Any) -> bytes:
    return nbformat.writes(v4.new_notebook(cells=list(cells))).encode()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source: text, two graded cells, a cell for students to write in, and a graded cell."""
    cells = [
        v4.new_markdown_cell("# Convolutions"),
        with_grade_id(v4.new_code_cell("check('conv')"), "conv"),
        with_grade_id(v4.new_code_cell("check('pool')"), "pool"),
        with_grade_id(v4.new_markdown_cell("Your answer"), "explain", solution=True, locked=False),
        with_grade_id(v4.new_code_cell("check('network')"), "network"),
    ]
    path = tmp_path / "Homework.ipynb"
    path.write_bytes(notebook(*cells))
    return path


@pytest.fixture
def cells(source: Path) -> list[Any]:
    """The released cells, for a test to change."""
    return list(nbformat.read(source, as_version=4).cells)


def repair_cells(source: Path, content: bytes | None) -> tuple[list[Any], list[Message]]:
    """The cells of the repaired notebook, and the notes about it."""
    text, notes = repair(content, source)
    result = nbformat.reads(text, as_version=4)
    nbformat.validate(result)
    return result.cells, notes


def grade_ids(cells: list[Any]) -> list[str]:
    return [
        cell.metadata.nbgrader.grade_id
        for cell in cells
        if "grade_id" in cell.metadata.get("nbgrader", {})
    ]


# Right notebooks


def test_an_untouched_notebook_needs_no_repair(source: Path, cells: list[Any]) -> None:
    result, notes = repair_cells(source, source.read_bytes())

    assert [cell.source for cell in result] == [cell.source for cell in cells]
    assert [cell.metadata.get("nbgrader") for cell in result] == [
        cell.metadata.get("nbgrader") for cell in cells
    ]
    assert notes == []


def test_the_student_s_own_cells_stay_in_place(source: Path, cells: list[Any]) -> None:
    cells.insert(2, v4.new_code_cell("print('a try')"))
    cells.append(v4.new_markdown_cell("thanks"))

    result, notes = repair_cells(source, notebook(*cells))

    assert [cell.source for cell in result] == [cell.source for cell in cells]
    assert notes == []


def test_an_answer_keeps_its_text(source: Path, cells: list[Any]) -> None:
    cells[3].source = "Because weights are shared."

    result, notes = repair_cells(source, notebook(*cells))

    assert result[3].source == "Because weights are shared."
    assert notes == []


def test_a_missing_notebook_is_replaced_by_the_released_one(source: Path) -> None:
    result, notes = repair_cells(source, None)

    assert grade_ids(result) == list(NAMES)
    assert notes == []


# Repairs


def test_a_changed_check_is_restored_from_the_source(source: Path, cells: list[Any]) -> None:
    cells[1].source = "print('passed')"

    result, notes = repair_cells(source, notebook(*cells))

    assert result[1].source == "check('conv')"
    assert notes == ["Homework.ipynb: the cell conv had been changed"]


def test_an_unlocked_or_revalued_cell_is_restored_from_the_source(
    source: Path, cells: list[Any]
) -> None:
    cells[1].metadata.nbgrader |= {"locked": False, "points": 1000, "solution": True}

    result, _ = repair_cells(source, notebook(*cells))

    assert result[1].metadata.nbgrader == {
        "grade_id": "conv",
        "schema_version": 3,
        "points": 1,
        "grade": True,
        "solution": False,
        "locked": True,
    }


@pytest.mark.parametrize("missing", NAMES)
def test_a_missing_cell_is_put_back_in_its_place(
    source: Path, cells: list[Any], missing: str
) -> None:
    left = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("grade_id") != missing]

    result, notes = repair_cells(source, notebook(*left))

    assert grade_ids(result) == list(NAMES)
    assert notes == [f"Homework.ipynb: the cell {missing} was missing"]


def test_a_cell_that_occurs_twice_is_kept_once(source: Path, cells: list[Any]) -> None:
    cells.insert(1, with_grade_id(v4.new_code_cell("check('pool')"), "pool"))

    result, notes = repair_cells(source, notebook(*cells))

    assert grade_ids(result) == list(NAMES)
    assert "Homework.ipynb: the cell pool was there twice: one is used" in notes


def test_reordered_cells_get_the_source_s_order(source: Path, cells: list[Any]) -> None:
    cells[1], cells[4] = cells[4], cells[1]

    result, notes = repair_cells(source, notebook(*cells))

    assert [cell.source for cell in result[1:]] == [
        "check('conv')",
        "check('pool')",
        "Your answer",
        "check('network')",
    ]
    assert notes == ["Homework.ipynb: graded cells were in another order"]


def test_a_renamed_cell_is_recognised_by_its_text(source: Path, cells: list[Any]) -> None:
    cells[1].metadata.nbgrader["grade_id"] = "mine"

    result, notes = repair_cells(source, notebook(*cells))

    assert grade_ids(result) == list(NAMES)
    assert notes == ["Homework.ipynb: the cell conv had lost its name"]


def test_a_cell_without_metadata_is_recognised_by_its_text(source: Path, cells: list[Any]) -> None:
    """Colab drops the metadata."""
    for cell in cells:
        cell.metadata.clear()
    cells[1].source = "check( 'conv' )\n"

    result, notes = repair_cells(source, notebook(*cells))

    assert grade_ids(result) == list(NAMES)
    assert len(notes) == len(NAMES)


def test_a_student_s_own_cell_with_a_grade_id_loses_it(source: Path, cells: list[Any]) -> None:
    cells.append(with_grade_id(v4.new_code_cell("1000"), "bonus"))

    result, _ = repair_cells(source, notebook(*cells))

    assert grade_ids(result) == list(NAMES)
    assert result[-1].source == "1000"


def test_submitted_outputs_are_dropped(source: Path, cells: list[Any]) -> None:
    cells[1].outputs = [v4.new_output("stream", text="✓ all right")]

    result, _ = repair_cells(source, notebook(*cells))

    assert result[1].outputs == []


# No text of a student is lost, and no answer gets 0 without a person

WORDS = "Because weights are shared."
NOTICED = (
    "the answer explain is as released, but there is something of the student's around it: a "
    "person has to look"
)


def text_cell(text: str = WORDS) -> Any:
    return v4.new_markdown_cell(text)


def turn_into_code(cells: list[Any]) -> None:
    cells[3] = with_grade_id(v4.new_code_cell(WORDS), "explain", solution=True, locked=False)


def turn_into_raw(cells: list[Any]) -> None:
    cells[3] = with_grade_id(v4.new_raw_cell(WORDS), "explain", solution=True, locked=False)


def split_without_name(cells: list[Any]) -> None:
    cells.insert(4, text_cell())


def split_with_name(cells: list[Any]) -> None:
    cells.insert(4, with_grade_id(text_cell(), "explain", solution=True, locked=False))


def write_above(cells: list[Any]) -> None:
    cells.insert(3, text_cell())


def write_in_code(cells: list[Any]) -> None:
    cells.insert(4, v4.new_code_cell(f"# {WORDS}"))


def write_raw(cells: list[Any]) -> None:
    cells.insert(4, v4.new_raw_cell(WORDS))


def merge_into_check_above(cells: list[Any]) -> None:
    cells[2].source += f"\n\n{cells[3].source}\n{WORDS}"
    del cells[3]


def merge_into_check_below(cells: list[Any]) -> None:
    cells[4].source = f"{cells[3].source}\n{WORDS}\n\n{cells[4].source}"
    del cells[3]


def delete_and_write(cells: list[Any]) -> None:
    cells[3] = text_cell()


def lose_all_names(cells: list[Any]) -> None:
    cells[3].source = WORDS
    for cell in cells:
        cell.metadata.clear()


def move_and_write(cells: list[Any]) -> None:
    cells[3:] = [cells[4], cells[3], text_cell()]
    cells.insert(0, cells.pop(4))


def paste_a_picture(cells: list[Any]) -> None:
    cells[3]["attachments"] = {"a.png": {"image/png": PNG}}
    cells.insert(4, text_cell())


HABITS = [
    turn_into_code,
    turn_into_raw,
    split_without_name,
    split_with_name,
    write_above,
    write_in_code,
    write_raw,
    merge_into_check_above,
    merge_into_check_below,
    delete_and_write,
    lose_all_names,
    move_and_write,
    paste_a_picture,
]


@pytest.mark.parametrize("habit", HABITS)
def test_an_answer_is_shown_to_a_person_wherever_it_was_written(
    source: Path, cells: list[Any], habit: Callable[[list[Any]], None]
) -> None:
    habit(cells)

    result, notes = repair_cells(source, notebook(*cells))

    answer = next(cell for cell in result if "explain" in grade_ids([cell]))
    assert grade_ids(result) == list(NAMES)
    assert any(WORDS in cell.source for cell in result)
    assert answer.cell_type == "markdown"
    assert answer.source != "Your answer"  # nbgrader would give it 0
    assert notes != []


def test_an_unanswered_question_is_as_released(source: Path, cells: list[Any]) -> None:
    cells[3:3] = [text_cell("  \n"), v4.new_code_cell("")]
    cells[4:4] = [text_cell("# Convolutions"), text_cell("Your answer")]  # both are released
    cells.insert(1, text_cell("before the answer is another graded cell"))
    cells.append(text_cell("after it too"))

    result, notes = repair_cells(source, notebook(*cells))

    assert [cell.source for cell in result if "explain" in grade_ids([cell])] == ["Your answer"]
    assert NOTICED not in str(notes)


def test_the_line_that_asks_a_person_is_in_the_notebook_s_language(
    source: Path, cells: list[Any]
) -> None:
    cells.insert(4, text_cell())
    made = v4.new_notebook(cells=cells, metadata={"daseCV": {"language": "en"}})

    english, notes = repair_cells(source, nbformat.writes(made).encode())
    chinese, _ = repair_cells(source, notebook(*cells))

    assert english[3].source.startswith("Your answer\n\n*Note of the grader: nothing was written")
    assert "评分" in chinese[3].source
    assert notes == [f"Homework.ipynb: {NOTICED}"]


def test_of_two_cells_with_one_grade_id_the_answered_one_is_used(
    source: Path, cells: list[Any]
) -> None:
    cells.insert(4, with_grade_id(text_cell(), "explain", solution=True, locked=False))

    result, _ = repair_cells(source, notebook(*cells))

    assert [cell.source for cell in result if "explain" in grade_ids([cell])] == [WORDS]


def test_text_written_into_a_check_is_kept_beside_it(source: Path, cells: list[Any]) -> None:
    cells[2].source += "\n# ```\n# and here I explain"

    result, _ = repair_cells(source, notebook(*cells))

    assert result[2].source == "check('pool')"
    assert result[3].cell_type == "markdown"
    assert "and here I explain" in result[3].source


def test_an_unreadable_notebook_asks_a_person_unless_it_is_empty(source: Path) -> None:
    unreadable, _ = repair_cells(source, b"not a notebook")
    empty, _ = repair_cells(source, b" \n")

    assert unreadable[3].source != "Your answer"
    assert empty[3].source == "Your answer"


@pytest.mark.parametrize("assignment", ["FullyConnectedNets", "Dropout"])
@pytest.mark.parametrize("language", ["", ".en"])
def test_an_untouched_release_asks_no_person_in_either_language(
    root: Path, generated_course: Path, assignment: str, language: str
) -> None:
    source = generated_course / "source" / assignment / f"{assignment}.ipynb"
    released = nbformat.read(source, as_version=4)

    result, notes = repair_cells(
        source, (root / "assignment" / f"{assignment}{language}.ipynb").read_bytes()
    )

    answers = {cell.source for cell in released.cells if is_answer(cell)}
    assert {cell.source for cell in result if is_answer(cell)} == answers
    assert notes == []


def is_answer(cell: Any) -> bool:
    return bool(cell.cell_type == "markdown" and cell.metadata.get("nbgrader", {}).get("solution"))


# Pictures

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nrest").decode()
JPEG = base64.b64encode(b"\xff\xd8\xffrest").decode()


def test_pictures_pasted_into_an_answer_are_kept(source: Path, cells: list[Any]) -> None:
    cells[3].source = "![a](attachment:a.png) <b> ![](attachment:b.gif) `a<b`"
    cells[3]["attachments"] = {
        "a.png": {"image/png": PNG, "text/html": "<script>"},
        "b.gif": {"image/gif": PNG},
        "c.png": {"image/png": JPEG},
        "d.svg": {"image/svg+xml": "<svg/>"},
    }

    result, notes = repair_cells(source, notebook(*cells))

    assert result[3].attachments == {"a.png": {"image/png": PNG}}
    assert result[3].source == ("![a](attachment:a.png) &lt;b> ![&#93;(attachment:b.gif) `a<b`")
    assert notes == [
        "Homework.ipynb: pictures left out: 3; PNG and JPEG are kept, up to 3 MB",
    ]


@pytest.mark.parametrize(
    ("written", "attachments"),
    [
        ("![图](attachment:图 1.png)", {"图 1.png": {"image/png": PNG}}),
        ("![x](attachment:my%20plot.png)", {"my plot.png": {"image/png": PNG}}),
        (f"![x](data:image/png;base64,{PNG})", {}),  # as Colab writes it
        (f"![x]\n\n[x]: <data:image/png;base64,{PNG}>", {}),
        (f'<img width=20 src="data:image/png;base64,{PNG}"/>', {}),
        ('<img src="attachment:a.png" width="400">', {"a.png": {"image/png": PNG}}),
    ],
)
def test_a_picture_is_shown_for_every_way_of_writing_its_link(
    source: Path, cells: list[Any], written: str, attachments: dict[str, Any]
) -> None:
    cells[3].source = written
    cells[3]["attachments"] = attachments

    result, notes = repair_cells(source, notebook(*cells))

    page, _ = HTMLExporter().from_notebook_node(v4.new_notebook(cells=[result[3]]))
    assert f'src="data:image/png;base64,{PNG}"' in page
    assert notes == []


def test_pictures_beyond_the_size_limit_are_left_out(
    source: Path, cells: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairing, "MOST_ATTACHED", 3 * 50)
    for _ in range(5):
        cells.append(text_cell("![](attachment:a.png)"))
        cells[-1]["attachments"] = {"a.png": {"image/png": PNG}}

    result, notes = repair_cells(source, notebook(*cells))

    assert [bool(cell.get("attachments")) for cell in result[-5:]] == [True] * 3 + [False] * 2
    assert "pictures left out: 2" in str(notes)


# Formulas, code and links


@pytest.mark.parametrize(
    "text",
    [
        "$0<p<1$, $x[i](t)$, `a<b`, `d[k](x)`",
        "$$\\sum_{i<j} x[i](t)$$",
        "\\begin{align}a<b\\end{align}",
        "```python\nif a<b: f[0](x)\n```",
        "    if a<b: f[0](x)",
        "a < b, x[i], [see](https://numpy.org/doc?a=1), <https://numpy.org>",
        "| p | q |\n|---|---|\n| `a<b` | $a<b$ |",
    ],
)
def test_formulas_code_and_links_are_unchanged(source: Path, cells: list[Any], text: str) -> None:
    cells[3].source = text

    result, _ = repair_cells(source, notebook(*cells))

    assert result[3].source == text


def test_tags_beside_formulas_and_code_are_shown_as_written(source: Path, cells: list[Any]) -> None:
    cells[3].source = "<b>so</b> $0<p<1$ and `a<b` [x](javascript:alert(1))"

    result, _ = repair_cells(source, notebook(*cells))

    assert result[3].source == ("&lt;b>so&lt;/b> $0<p<1$ and `a<b` [x&#93;(javascript:alert(1))")


# Unreadable notebooks


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a notebook",
        b"\x89PNG\r\n\x1a\n",
        b"[]",
        b"{}",
        b'{"cells": 5, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        b'{"cells": [5], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
        b'{"nbformat": 99}',
        b"[" * 100_000,
    ],
    ids=["empty", "text", "picture", "list", "dict", "cells: 5", "cell: 5", "version 99", "deep"],
)
def test_garbage_is_replaced_by_the_released_notebook_with_a_note(
    source: Path, content: bytes
) -> None:
    result, notes = repair_cells(source, content)

    assert grade_ids(result) == list(NAMES)
    assert notes == ["Homework.ipynb cannot be read as a notebook: its cells are the released ones"]


def test_a_notebook_of_version_3_is_read(source: Path) -> None:
    old = {
        "nbformat": 3,
        "nbformat_minor": 0,
        "metadata": {"name": ""},
        "worksheets": [
            {
                "metadata": {},
                "cells": [
                    {
                        "cell_type": "code",
                        "input": ["check('conv')"],
                        "language": "python",
                        "metadata": {},
                        "outputs": [],
                    }
                ],
            }
        ],
    }

    result, notes = repair_cells(source, json.dumps(old).encode())

    assert grade_ids(result) == list(NAMES)
    assert "Homework.ipynb: the cell conv had lost its name" in notes


def test_a_notebook_with_a_byte_order_mark_is_read(source: Path) -> None:
    """Editors on Windows write one."""
    result, notes = repair_cells(source, b"\xef\xbb\xbf" + source.read_bytes())

    assert (grade_ids(result), notes) == (list(NAMES), [])


def test_a_student_s_own_texts_run_nothing_in_a_browser(source: Path, cells: list[Any]) -> None:
    cells.append(v4.new_markdown_cell("<script>alert(1)</script> [x](javascript:alert(1)) a < b"))
    cells.append(v4.new_raw_cell("<img src=x onerror=alert(1)>"))

    result, _ = repair_cells(source, notebook(*cells))

    for cell in result[-2:]:
        assert "<script" not in cell.source
        assert "<img" not in cell.source
        assert "](" not in cell.source
    assert "a < b" in result[-2].source


# Running a notebook


@pytest.fixture
def run(
    sandbox: Sandbox, environment: StudentEnvironment, open_folder: Path
) -> Callable[..., tuple[list[Any], list[Message]]]:
    """Run cells of code in the sandbox beside a small `daseCV`."""
    package = open_folder / "tree" / "daseCV"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("answer = 42\n", encoding="utf-8")

    def run(*sources: str, seconds: float = 60.0) -> tuple[list[Any], list[Message]]:
        text = notebook(*map(v4.new_code_cell, sources)).decode()
        executed, notes = execute(text, [open_folder / "tree"], sandbox, environment, None, seconds)
        return nbformat.reads(executed, as_version=4).cells, notes

    return run


def test_a_notebook_runs_beside_the_submission_and_keeps_its_outputs(run: Any) -> None:
    cells, notes = run(
        "import daseCV\nprint(daseCV.answer)",
        "1 / 0",
        "from IPython.display import HTML\nHTML('<script>alert(1)</script>')",
        "import sys; print('a warning', file=sys.stderr)",
    )

    assert notes == []
    assert cells[0].outputs[0].text == "42\n"
    assert cells[1].outputs[0].output_type == "stream"  # nbgrader reads marks from errors
    assert "ZeroDivisionError" in cells[1].outputs[0].text
    assert all("text/html" not in output.get("data", {}) for output in cells[2].outputs)
    assert [output.name for output in cells[3].outputs] == ["stdout"]


@pytest.mark.slow
def test_a_notebook_that_never_ends_keeps_its_outputs_so_far(run: Any) -> None:
    cells, _ = run("print('before')", "while True: pass", seconds=4.0)

    assert cells[0].outputs[0].text == "before\n"


def test_a_kernel_that_dies_leaves_earlier_outputs(run: Any) -> None:
    cells, _ = run("print('before')", "import os\nos.kill(os.getpid(), 9)", "print('after')")

    assert cells[0].outputs[0].text == "before\n"
    assert cells[2].outputs == []


def test_endless_outputs_are_not_kept(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "LARGEST", 10_000)

    cells, notes = run("print('x' * 100_000)")

    assert cells[0].outputs == []
    assert notes == ["the notebook's outputs have more than 10,000 bytes: no outputs kept"]


@pytest.mark.parametrize(
    "came",
    [
        b"no JSON",
        b"{}",
        b'{"cells": []}',
        b'{"cells": [{"outputs": 5}]}',
        b'{"cells": [{"outputs": [5]}]}',
        b'{"cells": [{"outputs": [{"output_type": "stream"}]}]}',
        b"[" * 100_000,
    ],
    ids=["text", "no cells", "no cell", "outputs: 5", "output: 5", "no text", "deep"],
)
def test_anything_but_an_executed_notebook_is_dropped(came: bytes) -> None:
    assert read_outputs(came, notebook(v4.new_code_cell("1")).decode()) is None


def test_a_changed_source_is_read_again(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "Dropout.ipynb"
    notebook = nbformat.read(root / "assignment" / "Dropout.ipynb", as_version=4)
    nbformat.write(notebook, source)
    before, _ = repair(None, source)

    notebook.cells[0].source = "A course's own first words."
    nbformat.write(notebook, source)
    after, _ = repair(None, source)

    assert "A course's own first words." not in before
    assert "A course's own first words." in after


PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 3, 2])\nplt.show()"


def test_a_plot_is_kept_as_a_picture_with_any_backend_and_format(run: Any) -> None:
    ways = [
        "pass",
        "%matplotlib notebook",
        "%matplotlib widget",
        "%matplotlib ipympl",
        "%matplotlib agg",
        "%matplotlib qt",
        "%config InlineBackend.figure_formats = ['svg']",
        "import matplotlib_inline.backend_inline as inline\ninline.set_matplotlib_formats('pdf')",
        "import matplotlib\nmatplotlib.use('TkAgg')",
        "import matplotlib.pyplot as plt\nplt.switch_backend('nbagg')",
        "import matplotlib.pyplot as plt\nplt.switch_backend('agg')",
    ]

    cells, notes = run(*[cell for way in ways for cell in (way, PLOT)])

    pictures = [
        sum("image/png" in output.get("data", {}) for output in cell.outputs)
        for cell in cells[1::2]
    ]
    assert dict(zip(ways, pictures, strict=True)) == dict.fromkeys(ways, 1)
    assert notes == []
