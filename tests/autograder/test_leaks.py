"""Leaks: a solution is found in any form, and given code is not mistaken for one."""

import json
from pathlib import Path
from textwrap import indent

import nbformat.v4 as v4
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.release.blanks import BEGIN, END, Blank, find_blanks
from autograder.release.leaks import DISTINCTIVE, find_leaks, read_texts

SOLUTION = """\
std = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
name = "layer norm"
out = gamma * (x - x.mean(axis=1, keepdims=True)) / std
for row in out:
    row -= 1
"""
DISTINCTIVE_LINE = "out = gamma * (x - x.mean(axis=1, keepdims=True)) / std"
SHORT = "dx = dout * (x > 0)\n"


def blank(source: str = SOLUTION, name: str = "layers.layernorm_forward") -> Blank:
    text = f"def f():\n    {BEGIN}\n{indent(source, '    ')}    {END}\n"
    [found] = find_blanks(text, "layers")
    return Blank(name, found.source, found.first, found.last, found.indent)


def leaks(text: str, source: str = SOLUTION, given: str = "") -> list[str]:
    return find_leaks([blank(source)], [given], {"the place": text})


def test_a_text_without_the_solution_has_no_leak() -> None:
    assert leaks("def layernorm_forward(x):\n    raise NotImplementedError\n") == []


def test_a_leak_names_the_place_the_blank_and_the_statement() -> None:
    [leak] = leaks(DISTINCTIVE_LINE)

    assert leak == (
        "the place: part of the solution of layers.layernorm_forward: "
        "out=gamma*x-x.meanaxis=1,keepdims=True/std"
    )


def test_a_whole_block_is_found() -> None:
    assert leaks(f"def f(x):\n{indent(SOLUTION, '        ')}        return out\n")


@pytest.mark.parametrize(
    "text",
    [
        "out=gamma*(x-x.mean(axis=1,keepdims=True))/std",
        "out = (gamma * (x - x.mean(axis=1, keepdims=True))) / std",
        "out = gamma * (x - x.mean(axis=1, keepdims=True)) / std  # normalise",
        "out = (\n    gamma  # scale\n    * (x - x.mean(axis=1, keepdims=True))\n    / std\n)",
        "out = gamma * (\n    x - x.mean(\n        axis=1,\n        keepdims=True,\n    )\n) / std",
        "out = gamma * (x - x.mean(axis=1, \\\n    keepdims=True)) / std",
        "x = 1; out = gamma * (x - x.mean(axis=1, keepdims=True)) / std",
        "if x:\n    while y:\n        out = gamma * (x - x.mean(axis=1, keepdims=True)) / std",
        "# out = gamma * (x - x.mean(axis=1, keepdims=True)) / std",
        '"""Hint: out = gamma * (x - x.mean(axis=1, keepdims=True)) / std"""',
    ],
    ids=[
        "no whitespace",
        "more brackets",
        "a comment after it",
        "a comment inside it",
        "line breaks and closing commas",
        "a continued line",
        "after a semicolon",
        "deeper indentation",
        "commented out",
        "in a docstring",
    ],
)
def test_a_distinctive_statement_is_found_in_any_layout(text: str) -> None:
    assert leaks(text)


@pytest.mark.parametrize("before", ["", "写：\n"], ids=["in Python", "in prose"])
def test_other_quotes_do_not_hide_a_statement(before: str) -> None:
    solution = "model['parameters']['W1'] = 'normally distributed'\n"

    assert leaks(f'{before}model["parameters"]["W1"] = "normally distributed"', solution)


def test_a_statement_whose_line_starts_with_a_percent_sign_is_found() -> None:
    """Such a line is not a magic: it continues the one above it."""
    solution = "left_over = (\n    total_number_of_rows\n    % rows_of_one_batch\n)\nx = 1\n"

    assert leaks("left_over = total_number_of_rows % rows_of_one_batch", solution)


@given(
    st.lists(st.sampled_from(["", " ", "  ", "\n    ", " # why\n  "]), min_size=40, max_size=40),
    st.booleans(),
)
def test_a_block_is_found_after_any_change_of_whitespace(gaps: list[str], prose: bool) -> None:
    """Line breaks are only inside brackets, as a formatter or a student would put them."""
    tokens = "gamma * ( x - x . mean ( axis = 1 , keepdims = True ) ) / std"
    pieces = [gap + token for gap, token in zip(gaps, tokens.split(" "), strict=False)]
    laid_out = f"out = ({''.join(pieces)}\n)\n"

    assert leaks(f"看：\n{laid_out}" if prose else laid_out)


@given(st.sampled_from(["\t", " ", "    ", "            "]), st.integers(0, 3))
def test_a_block_of_short_statements_is_found_at_any_depth(step: str, depth: int) -> None:
    solution = "a = b\nc = d\nif a:\n    e = f\n"
    laid_out = indent(solution.replace("    ", step), step * depth)

    assert leaks("if x:\n" * bool(depth) + laid_out, solution)


def test_a_cell_with_magics_is_read_as_python() -> None:
    """Only a parser knows that 0.00001 is 1e-5."""
    magics = "%matplotlib inline\n!pip install x\nif x:\n    %time y\n"

    assert leaks(f"{magics}    std = np.sqrt(x.var(axis=1, keepdims=True) + 0.00001)\n")


@pytest.mark.parametrize(
    "text",
    [
        f"Write this:\n\n    {DISTINCTIVE_LINE}\n\nand go on.",
        f"写 `{DISTINCTIVE_LINE}`，然后继续。",
        f"```python\n{SOLUTION}```",
        "写：\n\n    out = gamma * (\n        x - x.mean(axis=1, keepdims=True,)\n    ) / std",
    ],
    ids=["indented", "inline", "fenced", "with a closing comma"],
)
def test_a_statement_in_prose_is_found(text: str) -> None:
    assert leaks(text)


def test_a_statement_in_cython_is_found() -> None:
    assert leaks(f"def f(floating[:, ::1] x):\n    cdef int i  # fast\n    {DISTINCTIVE_LINE}\n")


def test_a_number_in_cython_is_found_in_the_same_spelling() -> None:
    assert leaks("cdef int i\nstd = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)\n")


def test_a_statement_that_given_code_has_is_not_a_leak() -> None:
    given = f"def given(x):\n    {DISTINCTIVE_LINE}\n"

    assert leaks(DISTINCTIVE_LINE) != []
    assert leaks(DISTINCTIVE_LINE, given=given) == []


def test_a_short_statement_of_a_longer_block_is_not_a_leak() -> None:
    assert len('name="layer norm"') < DISTINCTIVE
    assert leaks('name = "layer norm"\n') == []


def test_a_short_statement_that_is_the_whole_block_is_a_leak() -> None:
    assert leaks(SHORT, SHORT)


@pytest.mark.parametrize("marker", [BEGIN, END])
def test_a_marker_is_a_leak(marker: str) -> None:
    assert leaks(f"x = 1\n    {marker}\n") == ["the place: a solution marker"]


@pytest.mark.parametrize(
    "name",
    ["layers.py", "layers.py.bak", "kernel.pyx", "NOTES", "README.md", "requirements.txt"],
)
def test_every_kind_of_file_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(f"x = 1\n{DISTINCTIVE_LINE}\n", encoding="utf-8")

    assert find_leaks([blank()], [], read_texts(tmp_path))


def test_the_strings_in_a_json_file_are_searched(tmp_path: Path) -> None:
    """A block of short lines, which JSON separates by its own characters."""
    solution = "a = b\nc = d\n"
    content = {"versions": [{"source": solution.splitlines(keepends=True)}]}
    (tmp_path / "autosave.json").write_text(json.dumps(content), encoding="utf-8")

    assert find_leaks([blank(solution)], [], read_texts(tmp_path))


def test_a_binary_file_is_searched_too(tmp_path: Path) -> None:
    (tmp_path / "core.dump").write_bytes(b"\xff\xfe\x00" + DISTINCTIVE_LINE.encode() + b"\xff")

    assert find_leaks([blank()], [], read_texts(tmp_path))


CELLS = {
    "a code cell": v4.new_code_cell(f"%time x = 1\n{DISTINCTIVE_LINE}"),
    "a markdown cell": v4.new_markdown_cell(f"Write `{DISTINCTIVE_LINE}`."),
    "a printed output": v4.new_code_cell(
        "%cat layers.py", outputs=[v4.new_output("stream", text=f"x = 1\n{SOLUTION}")]
    ),
    "a displayed output": v4.new_code_cell(
        "??f", outputs=[v4.new_output("display_data", {"text/html": f"<b>{DISTINCTIVE_LINE}</b>"})]
    ),
    "a traceback": v4.new_code_cell(
        "f()", outputs=[v4.new_output("error", traceback=["1/0", f"--> {DISTINCTIVE_LINE}"])]
    ),
    "metadata": v4.new_code_cell("f()", metadata={"note": DISTINCTIVE_LINE}),
}


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS.keys())
def test_every_part_of_a_notebook_is_read(tmp_path: Path, cell: dict) -> None:
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("nothing here"), cell])
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    found = find_leaks([blank()], [], read_texts(tmp_path))

    assert found
    assert all(leak.startswith("a.ipynb, cell 1") for leak in found)


def test_lines_of_a_notebook_are_joined_before_they_are_searched(tmp_path: Path) -> None:
    """On disk a cell's source is a list of lines."""
    solution = "a = b\nc = d\n"
    cell = {**v4.new_code_cell(), "source": ["a = b\n", "c = d\n"]}
    (tmp_path / "a.ipynb").write_text(json.dumps(v4.new_notebook(cells=[cell])), encoding="utf-8")

    assert find_leaks([blank(solution)], [], read_texts(tmp_path))
