"""The effects of importing the package alone."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from daseCV.contents import read_release
from daseCV.trained import find_function

TIMEOUT = "OPENBLAS_THREAD_TIMEOUT"


def timeout_after(program: str, **variables: str) -> str:
    """The setting at the end of a program that runs in its own process."""
    environment = {name: value for name, value in os.environ.items() if name != TIMEOUT}
    run = subprocess.run(
        [sys.executable, "-c", f"import os\n{program}\nprint(os.environ.get({TIMEOUT!r}))"],
        env=environment | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


@pytest.mark.parametrize(
    ("program", "variables", "expected"),
    [
        ("import daseCV", {}, "4"),
        ("import daseCV", {TIMEOUT: "9"}, "9"),
        ("import numpy, daseCV", {}, "None"),
    ],
    ids=["before NumPy", "set by the user", "too late"],
)
def test_openblas_threads_sleep_soon_unless_numpy_is_loaded_or_the_user_chose(
    program: str, variables: dict[str, str], expected: str
) -> None:
    assert timeout_after(program, **variables) == expected


def test_the_docstring_of_each_blank_explains_it_in_chinese(root: Path) -> None:
    for name, blanks in read_release()["student_owned"].items():
        text = (root / name).read_text(encoding="utf-8")
        for blank in blanks:
            path = blank.removeprefix(f"{'.'.join(Path(name).with_suffix('').parts[1:])}.")
            owner = find_function(ast.parse(text), path.split(".")[:1])
            assert re.search(r"[\u4e00-\u9fff]", ast.get_docstring(owner) or ""), blank
