"""The file for students: fingerprints of every mistake, updated only where sources changed."""

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from autograder.hints import MISTAKES, HintError, Mistake, fingerprints, publish, refresh
from autograder.hints.publish import FILE, cached_fingerprints, equal_but_rounding, format_json

pytestmark = pytest.mark.slow

RELU = "layers.relu_forward"
EMPTY: dict[str, Any] = {"generated": "", "blanks": {}}


@pytest.fixture(scope="module")
def content(root: Path) -> dict[str, Any]:
    return fingerprints(root)


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A copy of the library, for a test to change."""
    ignore = shutil.ignore_patterns("*.so", "__pycache__", "datasets", "build")
    shutil.copytree(root / "daseCV", tmp_path / "daseCV", ignore=ignore)
    return tmp_path


def test_the_file_in_the_checkout_is_up_to_date(root: Path) -> None:
    assert refresh(root, check_only=True) == []


def test_the_file_is_the_same_every_time(root: Path, content: dict[str, Any]) -> None:
    """The first process that needed the fingerprints has cached them."""
    assert format_json(cached_fingerprints(root)) == format_json(content)


def test_fingerprints_are_kept_until_a_source_changes(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Path] = []

    def make(root: Path) -> dict[str, Any]:
        made.append(root)
        return EMPTY

    monkeypatch.setattr(publish.pooch, "os_cache", lambda _: tmp_path / "cache")
    monkeypatch.setattr(publish, "fingerprints", make)

    for _ in range(2):
        assert cached_fingerprints(checkout) == EMPTY
    with open(checkout / "daseCV" / "layers.py", "a", encoding="utf-8") as file:
        file.write("# changed\n")
    cached_fingerprints(checkout)

    assert len(made) == 2


def test_the_file_is_json_small_and_says_where_it_comes_from(content: dict[str, Any]) -> None:
    text = format_json(content)

    assert json.loads(text) == content
    assert len(text.encode()) < 160_000
    assert "dasecv release" in content["generated"]


def test_the_file_holds_only_differences_from_the_reference(content: dict[str, Any]) -> None:
    seen = content["blanks"]["layers.relu_backward"]["relu_backward.at-zero"]["seen"]

    assert sorted(seen) == ["x (2, 3, 2, 4), zeros: dx", "x (4, 6), zeros: dx"]


def test_a_missing_file_is_written(checkout: Path) -> None:
    (checkout / FILE).unlink()

    assert refresh(checkout) == ["new: daseCV/checks/hints.json"]
    assert refresh(checkout) == []


def test_checking_an_outdated_file_reports_it_and_writes_nothing(checkout: Path) -> None:
    (checkout / FILE).write_text("{}", encoding="utf-8")

    assert refresh(checkout, check_only=True) == ["changed: daseCV/checks/hints.json"]
    assert (checkout / FILE).read_text(encoding="utf-8") == "{}"


def test_numbers_that_differ_by_rounding_are_equal(content: dict[str, Any]) -> None:
    other = copy.deepcopy(content)
    mark = other["blanks"][RELU]["relu_forward.leaky"]["seen"]["x (4, 6): out"]
    mark[1] *= 1 + 1e-8
    assert equal_but_rounding(content, other)

    mark[1] *= 1 + 1e-4
    assert not equal_but_rounding(content, other)


@pytest.mark.parametrize(
    ("after", "message"),
    [
        ("np.maximum(0, x)", "does what the reference does"),
        ("np.fabs(x)", "does the same as relu_forward.absolute-value"),
    ],
)
def test_a_mistake_that_behaves_like_the_reference_or_another_one_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch, after: str, message: str
) -> None:
    mistake = Mistake("relu_forward.made-up", RELU, {"np.maximum(x, 0)": after}, "")
    right = {name: m for name, m in MISTAKES.items() if m.blank == RELU}
    monkeypatch.setattr(publish, "MISTAKES", {**right, mistake.id: mistake})

    with pytest.raises(HintError, match=f"made-up {message}"):
        fingerprints(root)
