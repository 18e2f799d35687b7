"""Explanations of lost points: hidden inputs, and a script that needs no grader."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from autograder.checks import CHECKS
from autograder.collecting.submission import Submission
from autograder.grading.grade import Grader
from autograder.grading.reproduce import explain_check
from autograder.hints import MISTAKES
from autograder.hints.plant import file_of, planted_source

Owned = dict[str, bytes]
Explain = Callable[[str, str], Path]

SAMPLE = 10
NUMBER = re.compile(r"-?\d+\.\d*(?:e[+-]\d+)?")


def mistakes() -> list[str]:
    """Mistakes spread evenly over the catalogue, each of a blank with its own check."""
    known = [name for name, one in MISTAKES.items() if check_of(one.blank)]
    return [known[place * len(known) // SAMPLE] for place in range(SAMPLE)]


def check_of(blank: str) -> str:
    """The first check that is about a blank and repeats its questions on public inputs."""
    return next((c.name for c in CHECKS.values() if blank in c.blanks and c.can_replay), "")


@pytest.fixture
def explain(
    make_grader: Callable[..., Grader], reference: Owned, root: Path, tmp_path: Path
) -> Explain:
    """Explain the check of a planted mistake; return the folder."""

    def explain(name: str, check: str) -> Path:
        mistake, folder = MISTAKES[name], tmp_path / "explained"
        file = f"daseCV/{file_of(mistake.blank)}"
        owned = {**reference, file: planted_source(root, mistake).encode()}
        found = explain_check(make_grader(), Submission("ada", owned, {}), CHECKS[check], folder)
        assert found.share < 1
        return folder

    return explain


@pytest.mark.parametrize("name", mistakes())
def test_the_script_repeats_the_wrong_answer(explain: Explain, name: str) -> None:
    folder = explain(name, check_of(MISTAKES[name].blank))

    again = subprocess.run(
        [sys.executable, "reproduce.py"], cwd=folder, capture_output=True, text=True, check=False
    )

    assert again.returncode == 0, again.stderr
    with np.load(folder / "last_question.npz") as arrays:
        got = arrays.get("got", np.empty(0)).ravel()
    received = again.stdout.partition("expected:")[0]
    assert "got: " in received
    numbers = [float(number) for number in NUMBER.findall(received)]
    # Where dropout dropped an entry, the check compares with the right value for that mask.
    first = got[got != 0][:3]
    assert not got.any() or any(np.isclose(numbers, number, rtol=1e-6).any() for number in first)


def test_the_folder_shows_the_student_s_function_with_line_numbers(explain: Explain) -> None:
    name = next(name for name in MISTAKES if name.startswith("conv_backward_naive."))
    folder = explain(name, "conv_backward_naive")

    first, second, *_ = (folder / "code.txt").read_text().splitlines()

    assert first == "daseCV/layers.py"
    assert second.lstrip(" 0123456789").startswith("def conv_backward_naive(dout")


def test_the_folder_is_closed_to_other_users(explain: Explain) -> None:
    folder = explain(mistakes()[0], check_of(MISTAKES[mistakes()[0]].blank))

    assert folder.stat().st_mode & 0o077 == 0
