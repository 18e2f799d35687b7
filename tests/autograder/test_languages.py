"""One source in two languages: cells of each notebook, missing or stale ones, differing code."""

from typing import Any

import nbformat
import pytest

from autograder.release import ReleaseError
from autograder.release.languages import (
    find_problems,
    mark_translated,
    require_pairs,
    select_language,
    skeleton,
)

GRADED = {"nbgrader": {"grade": True, "grade_id": "affine_forward", "points": 5}}


def text(source: str, *tags: str, **metadata: Any) -> Any:
    cell = nbformat.v4.new_markdown_cell(source)
    return tag_cell(cell, *tags, **metadata)


def code(source: str, *tags: str, **metadata: Any) -> Any:
    cell = nbformat.v4.new_code_cell(source)
    return tag_cell(cell, *tags, **metadata)


def tag_cell(cell: Any, *tags: str, **metadata: Any) -> Any:
    cell.id = "-".join(tags) or "both"
    cell.metadata.update(metadata)
    if tags:
        cell.metadata["tags"] = list(tags)
    return cell


def notebook(*cells: Any, marked: bool = True) -> Any:
    for number, cell in enumerate(cells):  # ids are unique in a notebook
        earlier = [other.id for other in cells[:number]]
        cell.id += str(number) if cell.id in earlier else ""
    made = nbformat.v4.new_notebook(cells=list(cells))
    if marked:
        mark_translated(made)
    return made


def lesson() -> Any:
    """A notebook with a text, code with words, code without, and a graded cell."""
    return notebook(
        text("# 你好", "zh"),
        text("# Hello", "en"),
        code('print("误差", x)  # 看', "zh"),
        code('print("error", x)  # look', "en", "nbval-skip"),
        code("x = 1"),
        code('check("affine_forward")', **GRADED),
    )


def sources(made: Any) -> list[str]:
    return [cell.source for cell in made.cells]


def test_each_language_has_its_own_texts_and_the_shared_code() -> None:
    assert not list(find_problems(lesson()))
    assert sources(select_language(lesson(), "zh")) == [
        "# 你好",
        'print("误差", x)  # 看',
        "x = 1",
        'check("affine_forward")',
    ]
    assert sources(select_language(lesson(), "en")) == [
        "# Hello",
        'print("error", x)  # look',
        "x = 1",
        'check("affine_forward")',
    ]


def test_a_released_notebook_has_no_trace_of_the_other_language() -> None:
    for cell in select_language(lesson(), "en").cells:
        assert "tags" not in cell.metadata
        assert "translates" not in cell.metadata


WRONG = {
    "no translation": (
        [text("# 你好", "zh"), code("x = 1")],
        "cell zh is tagged zh, expected its translation, tagged en, after it",
    ),
    "no original": (
        [text("# Hello", "en")],
        "cell en is tagged en, expected the text that it translates before it",
    ),
    "a text without a language": (
        [text("# Hello")],
        "cell both is a text without a language, expected the tag zh, and a translation",
    ),
    "Chinese in the code of both": (
        [code('print("误差")')],
        "cell both holds Chinese and has no language, expected the tag zh, and a translation",
    ),
    "Chinese in a translation": (
        [text("# 你好", "zh"), text("# Hello 你好", "en")],
        "cell en holds Chinese, expected English",
    ),
    "other code": (
        [code('print("误差", x)', "zh"), code('print("error", y)', "en", "nbval-skip")],
        "cell en-nbval-skip is other code than its twin: only strings and comments may differ",
    ),
    "a twin that would run twice": (
        [code('print("误差")', "zh"), code('print("error")', "en")],
        "cell en needs the tag nbval-skip: its twin has run already",
    ),
    "another kind": (
        [text("# 你好", "zh"), code("x = 1", "en", "nbval-skip")],
        "cell en-nbval-skip is no translation of the cell before it: a cell of another kind",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_missing_and_different_cells_are_reported(case: str) -> None:
    cells, problem = WRONG[case]

    assert list(find_problems(notebook(*cells))) == [problem]


def test_a_translation_of_a_changed_text_is_stale() -> None:
    made = lesson()
    made.cells[0].source = "# 你好，大家"

    with pytest.raises(ReleaseError, match=r"A\.ipynb: cell en translates a text that has changed"):
        require_pairs(made, "A.ipynb")
    assert mark_translated(made) == 1
    assert not list(find_problems(made))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ('f("a", x)  # 一', 'f("b", x)', True),
        ('f(f"{x} 误差")', 'f(f"error {x}")', True),
        ('f(f"{x}")', 'f(f"{y}")', False),
        ("%matplotlib inline\nx = 1", "%matplotlib widget\nx = 1", False),
        ("x = 1", "x = 2", False),
        ('def f():\n    """说明"""\n', 'def f():\n    """Words."""\n', True),
    ],
)
def test_code_is_equal_when_only_its_words_differ(one: str, other: str, same: bool) -> None:
    assert (skeleton(one) == skeleton(other)) is same
