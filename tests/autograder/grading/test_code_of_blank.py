"""The code that a report shows beside its reasons: the functions of a check's blanks."""

from autograder.grading.code_of_blank import code_of

FILE = "daseCV/layers.py"


def show(text: str) -> str:
    return code_of(["layers.relu_forward"], {FILE: text.encode()})


def test_a_function_is_shown_with_its_line_numbers() -> None:
    text = "import numpy as np\n\n\ndef relu_forward(x):\n    return x, x\n"

    assert show(text) == f"{FILE}\n   4 def relu_forward(x):\n   5     return x, x"


def test_a_docstring_is_not_shown() -> None:
    text = 'def relu_forward(x):\n    """Rectify.\n\n    In words.\n    """\n    return x, x\n'

    assert show(text) == f"{FILE}\n   1 def relu_forward(x):\n   6     return x, x"


def test_code_on_the_line_of_a_docstring_is_shown() -> None:
    text = 'def relu_forward(x):\n    """Rectify."""; return x, x\n'

    assert '"""Rectify."""; return x, x' in show(text)


def test_a_function_of_a_docstring_alone_is_shown_with_it() -> None:
    assert '"""Not done."""' in show('def relu_forward(x):\n    """Not done."""\n')
