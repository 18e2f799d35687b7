"""Blanks: marked solutions are found and named, stubs replace them, wrong markers are errors."""

import ast
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.release.blanks import BEGIN, END, ReleaseError, find_blanks, stub

FUNCTION = f'''\
import math

def area(radius):
    """Area of a circle."""
    {BEGIN}
    square = radius**2
    result = math.pi * square
    {END}
    return result
'''

METHODS = f"""\
class Shape:
    def __init__(self, side):
        {BEGIN}
        self.side = side
        {END}

    def area(self):
        if self.side > 0:
            {BEGIN}
            return self.side**2
            {END}
        return 0
"""


def names(text: str) -> list[str]:
    return [blank.name for blank in find_blanks(text, "shapes")]


def test_a_blank_is_named_by_its_module_and_function() -> None:
    assert names(FUNCTION) == ["shapes.area"]


def test_a_blank_in_a_method_is_named_by_its_class_too() -> None:
    assert names(METHODS) == ["shapes.Shape.__init__", "shapes.Shape.area"]


def test_a_blank_in_a_nested_function_is_named_by_both() -> None:
    text = f"def outer():\n    def inner():\n        {BEGIN}\n        x = 1\n        {END}\n"

    assert names(text) == ["shapes.outer.inner"]


@pytest.mark.parametrize("around", ["if True:", "try:", "with open('x'):", "for i in range(2):"])
def test_a_function_inside_another_statement_is_found(around: str) -> None:
    text = f"{around}\n    def area():\n        {BEGIN}\n        x = 1\n        {END}\n"
    text += "except OSError:\n    pass\n" if around == "try:" else ""

    assert names(text) == ["shapes.area"]


def test_blanks_of_a_cell_are_named_after_the_cell() -> None:
    [blank] = find_blanks(f"{BEGIN}\nx = 1\n{END}\n", "the notebook", name="first_cell")

    assert blank.name == "first_cell"


def test_a_blank_holds_the_lines_between_its_markers() -> None:
    [blank] = find_blanks(FUNCTION, "shapes")

    assert blank.source == "    square = radius**2\n    result = math.pi * square"


def test_a_text_without_markers_has_no_blank() -> None:
    assert find_blanks("def area():\n    return 1\n", "shapes") == ()


def test_a_stub_names_the_blank_that_it_replaces() -> None:
    stubbed = stub(FUNCTION, find_blanks(FUNCTION, "shapes"))

    assert stubbed == dedent(
        '''\
        import math

        def area(radius):
            """Area of a circle."""
            # Your code here: shapes.area
            raise NotImplementedError("shapes.area is not written yet")
            return result
        '''
    )


def test_stubs_keep_the_indentation_of_each_block() -> None:
    stubbed = stub(METHODS, find_blanks(METHODS, "shapes"))

    made = [line for line in stubbed.splitlines() if "is not written" in line or "Your" in line]
    assert [len(line) - len(line.lstrip()) for line in made] == [8, 8, 12, 12]


def test_a_stub_compiles_and_raises_its_name_when_called() -> None:
    namespace: dict = {}
    exec(stub(METHODS, find_blanks(METHODS, "shapes")), namespace)

    with pytest.raises(NotImplementedError, match=r"^shapes\.Shape\.__init__ is not written yet$"):
        namespace["Shape"](3)


@given(st.text(alphabet="ab \t\n\r\x0c\u2028#'"))
def test_a_text_without_blanks_is_unchanged(text: str) -> None:
    assert stub(text, find_blanks(text, "shapes")) == text


@given(st.lists(st.integers(0, 3), min_size=1, max_size=6))
def test_every_function_of_a_module_gets_a_stub_and_nothing_else_changes(sizes: list[int]) -> None:
    """`sizes` are the numbers of lines of the solutions."""
    text = stubbed = ""
    for number, size in enumerate(sizes):
        head = f"def f{number}(x):\n    y = {number}\n"
        text += f"{head}    {BEGIN}\n" + "    y += x\n" * size + f"    {END}\n    return y\n"
        stubbed += (
            f"{head}    # Your code here: m.f{number}\n"
            f'    raise NotImplementedError("m.f{number} is not written yet")\n    return y\n'
        )

    assert stub(text, find_blanks(text, "m")) == stubbed
    ast.parse(stubbed)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([BEGIN, "x = 1", BEGIN, "x = 2", END, END], "line 4: .* inside the block of line 2"),
        ([BEGIN, "x = 1"], "line 2: .* is never closed"),
        (["x = 1", END], "line 3: .* without"),
        ([BEGIN, "x = 1", END, END], "line 5: .* without"),
        (["## BEGIN SOLUTION", "x = 1", END], "line 2: got '## BEGIN SOLUTION', expected"),
        (["### BEGIN SOLUTIONS", "x = 1", END], "line 2: got '### BEGIN SOLUTIONS', expected"),
        ([BEGIN, "x = 1", f"{END} of f"], "line 4: got '### END SOLUTION of f', expected"),
        ([f"x = 0  {BEGIN}", "x = 1", END], "line 2: got .* alone"),
        (["### BEGIN SOLUTOIN", "x = 1", "### END SOLUTOIN"], "line 2: got"),
        (["### begin solution", "x = 1", "### end solution"], "line 2: got"),
        (["# BEGIN ANSWER", "x = 1", "# END ANSWER"], "line 2: got"),
    ],
    ids=[
        "nested",
        "never closed",
        "never opened",
        "closed twice",
        "too few signs",
        "misspelt",
        "text after it",
        "code before it",
        "both misspelt",
        "small letters",
        "another word",
    ],
)
def test_a_wrong_marker_is_reported_with_its_line(lines: list[str], message: str) -> None:
    text = "def f():\n" + "".join(f"    {line}\n" for line in lines)

    with pytest.raises(ReleaseError, match=f"^shapes, {message}"):
        find_blanks(text, "shapes")


@pytest.mark.parametrize(
    "text",
    [f"{BEGIN}\nx = 1\n{END}\n", f"class A:\n    {BEGIN}\n    x = 1\n    {END}\n"],
    ids=["at the top of a module", "in the body of a class"],
)
def test_a_block_outside_any_function_is_an_error(text: str) -> None:
    with pytest.raises(ReleaseError, match="a solution block outside any function"):
        find_blanks(text, "shapes")


def test_a_syntax_error_is_reported_with_its_module_and_line() -> None:
    with pytest.raises(ReleaseError, match=r"^shapes: .*line 1"):
        find_blanks(f"def f(:\n    {BEGIN}\n    x = 1\n    {END}\n", "shapes")


def test_ordinary_comments_are_not_markers() -> None:
    text = "# Begin with the largest.\nx = 1  # the END of it\n# Ending: see END_OF_FILE\n"

    assert find_blanks(text, "shapes") == ()
