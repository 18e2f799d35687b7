"""What a check says about the last try: better, worse, the same."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daseCV.checks.compare import Difference
from daseCV.checks.tries import FILE, note_try
from daseCV.checks.verdict import ERROR, RIGHT, UNWRITTEN, WRONG, Verdict
from daseCV.language import VARIABLE, Message


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


def failed_try(errors: list[float], what: str = "dx", answered: int = 0) -> Verdict:
    """A failed try with these relative errors."""
    array = np.array(errors)
    seen = Difference(what, array, array, array, 1e-8, gradient=False)
    return Verdict(
        "pool", WRONG, ("question",) * answered, 0.1, Message("dx is wrong"), difference=seen
    )


RIGHT_TRY = Verdict("pool", RIGHT, ("question",), 0.1)

THEN_AND_NOW: dict[str, tuple[Verdict, Verdict, str]] = {
    "fewer wrong entries": (
        failed_try([1, 1, 1]),
        failed_try([1, 0, 0]),
        "wrong entries of dx: 3 before, 1 now",
    ),
    "a smaller error": (
        failed_try([0.5, 0]),
        failed_try([0.002, 0]),
        "the largest error of dx went from 0.5 to 0.002",
    ),
    "no change": (failed_try([1, 0]), failed_try([1, 0]), "as before"),
    "another result": (
        failed_try([1, 0], "dx"),
        failed_try([1, 0], "dw"),
        "wrong in another way than before",
    ),
    "another error": (
        Verdict("pool", ERROR, (), 0.1, Message("ValueError: 3")),
        Verdict("pool", ERROR, (), 0.1, Message("KeyError: 'x'")),
        "wrong in another way than before",
    ),
    "an error instead": (
        failed_try([1]),
        Verdict("pool", ERROR, (), 0.1, Message("dx is wrong")),
        "wrong in another way than before",
    ),
    "unwritten again": (
        failed_try([1]),
        Verdict("pool", UNWRITTEN, (), 0.1, Message("open it")),
        "it was written before",
    ),
    "still unwritten": (
        Verdict("pool", UNWRITTEN, (), 0.1, Message("open it, line 3")),
        Verdict("pool", UNWRITTEN, (), 0.1, Message("open it, line 7")),
        "not written, as before; have you saved the file in the editor?",
    ),
    "further": (
        failed_try([1]),
        failed_try([1], answered=2),
        "questions right: 2 more than before",
    ),
    "not as far": (
        failed_try([1], answered=2),
        failed_try([1]),
        "questions right: 2 fewer than before",
    ),
    "right at last": (failed_try([1]), RIGHT_TRY, "right now!"),
    "still right": (RIGHT_TRY, RIGHT_TRY, "right, as before"),
    "spoilt": (RIGHT_TRY, failed_try([1]), "it was right before"),
    "a first attempt": (
        Verdict("pool", UNWRITTEN, (), 0.1, Message("open it")),
        failed_try([1]),
        "written now, and not right yet",
    ),
    "written": (Verdict("pool", UNWRITTEN, (), 0.1, Message("open it")), RIGHT_TRY, "right now!"),
    "an infinite error": (
        failed_try([np.inf]),
        failed_try([0.5]),
        "the largest error of dx went from 1e+300 to 0.5",
    ),
}


@pytest.mark.parametrize("case", THEN_AND_NOW)
def test_a_try_is_compared_with_the_previous_one(tmp_path: Path, case: str) -> None:
    before, now, said = THEN_AND_NOW[case]
    note_try(before, tmp_path)

    assert note_try(now, tmp_path) == f"try 2: {said}"


def test_the_first_try_is_compared_with_nothing(tmp_path: Path) -> None:
    assert note_try(RIGHT_TRY, tmp_path) == ""


def test_tries_are_counted_for_each_check(tmp_path: Path) -> None:
    for _ in range(3):
        said = note_try(RIGHT_TRY, tmp_path)
    other = note_try(Verdict("conv", RIGHT, (), 0.1), tmp_path)

    assert said.startswith("try 3: ")
    assert other == ""


@pytest.mark.parametrize("spoilt", ["", "[]", '{"pool": 3}', '{"pool": {"tries": "many"}}', "{"])
def test_a_damaged_file_counts_as_no_try(tmp_path: Path, spoilt: str) -> None:
    (tmp_path / FILE.parent).mkdir()
    (tmp_path / FILE).write_text(spoilt)

    assert note_try(RIGHT_TRY, tmp_path) == ""


def test_if_nothing_can_be_written_there_is_no_trend_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "write_text", refuse)

    assert note_try(RIGHT_TRY, tmp_path) == ""
    assert note_try(RIGHT_TRY, tmp_path) == ""
