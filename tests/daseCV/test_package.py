"""What importing the package alone does."""

import os
import subprocess
import sys

import pytest

TIMEOUT = "OPENBLAS_THREAD_TIMEOUT"


def timeout_after(program: str, **variables: str) -> str:
    """What the setting is at the end of a program in a process of its own."""
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
def test_threads_of_openblas_sleep_soon_if_there_is_time_to_say_so(
    program: str, variables: dict[str, str], expected: str
) -> None:
    assert timeout_after(program, **variables) == expected
