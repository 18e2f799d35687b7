"""Wrong hints, measured: a hint is wrong where mutant and mistake differ on other inputs."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from tools.audit import hints as module
from tools.audit.__main__ import main
from tools.audit.hints import run_hints, try_all_hints, try_out
from tools.audit.mutants import Mutant

pytestmark = pytest.mark.slow

Plant = Callable[..., Mutant]

# A change of one line, its hint, and the outcome.
PLANTED = [
    ("layers.relu_backward", "x > 0", "x >= 0", "relu_backward.at-zero", "right"),
    ("layers.relu_backward", "x > 0", "x > 1", "", "none"),
    ("layers.relu_forward", "np.maximum(x, 0)", "x * (x > 0)", "", "none"),
    ("layers.relu_forward", "out = np.maximum(x, 0)", "out = [x] * 10**10", "", "none"),
    ("layers.relu_forward", "np.maximum(x, 0)", "[x for _ in iter(int, 1)]", "", "stopped"),
    ("layers.relu_forward", "np.maximum(x, 0)", "0 0", "", "none"),
]


@pytest.mark.parametrize(("blank", "before", "after", "hint", "outcome"), PLANTED)
def test_the_hint_for_a_mutant_is_right_or_absent_or_the_mutant_stops(
    root: Path,
    plant: Plant,
    monkeypatch: pytest.MonkeyPatch,
    blank: str,
    before: str,
    after: str,
    hint: str,
    outcome: str,
) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.5)

    given = try_out(root, plant(blank, before, after))

    assert (given.hint, given.outcome) == (hint, outcome)


def test_a_hint_that_is_right_only_on_the_public_inputs_is_wrong(
    root: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pretend that the public inputs have no zeros, which distinguish `>` from `>=`."""
    monkeypatch.setattr(module, "recognise", lambda *_: ["relu_backward.at-zero"])

    given = try_out(root, plant("layers.relu_backward", "dout * (x > 0)", "dout"))

    assert given.outcome == "wrong"


def test_a_sample_of_mutants_gets_no_wrong_hint(root: Path) -> None:
    counts = run_hints(root, ["layers.affine_backward"], 20, 2, Console(quiet=True))

    assert counts["mutants"] == 20
    assert counts["hints"] >= 2
    assert counts["wrong"] == 0


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--blank", "layers.relu_forward", "--limit", "2", "--jobs", "1"]

    assert main(["--hints", *arguments]) == 0

    assert "layers.relu_forward" in capsys.readouterr().out


def test_without_given_blanks_all_are_sampled(
    root: Path, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def find_two_of_each(_: object, blanks: list[str]) -> list[Mutant]:
        made.extend(blanks)
        return [plant("layers.relu_backward", "x > 0", "x >= 0")] * 2 * len(blanks)

    monkeypatch.setattr(module, "find_mutants", find_two_of_each)

    given = try_all_hints(root, limit=30, jobs=2)

    assert len(made) == len(set(made)) > 25
    assert len(given) == 30
