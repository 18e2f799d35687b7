"""The audit's page, and the command that writes it."""

from pathlib import Path

import pytest
from rich.console import Console

from tools.audit import run
from tools.audit.examine import Results, Verdict
from tools.audit.mutants import Mutant
from tools.audit.report import make_page, summarise


def result(number: int, outcome: str, check: str = "") -> tuple[Mutant, Verdict]:
    diff = f"-    dx = {number}\n+    dx = -{number}"
    mutant = Mutant("layers.relu_backward", "sign", 118, number, "daseCV/layers.py", "", diff)
    return mutant, Verdict(mutant.name, outcome, check)  # type: ignore[arg-type]


OUTCOMES = ("own", "own", "stopped", "neighbour", "equivalent", "survived")
RESULTS: Results = [result(number, outcome) for number, outcome in enumerate(OUTCOMES, 1)]


def test_the_table_counts_each_outcome() -> None:
    text = make_page(RESULTS, 90, 120)

    assert "| layers.relu_backward | relu_backward | 6 | 2 | 1 | 1 | 1 | 1 |" in text
    assert "| sign | A minus too many or too few. | 6 | 2 | 1 | 1 | 1 | 1 |" in text
    assert "120 random questions" in text


def test_the_summary_counts_mutants_that_were_not_caught() -> None:
    text = summarise(RESULTS, 600)

    assert "6 mutants; 1 are equivalent. Of the other 5, 3 are caught" in text
    assert "1 only by another one, and 1 by none." in text
    assert "10 minutes" in text


def test_survivors_are_listed_with_their_diffs() -> None:
    text = make_page(RESULTS, 0, 120)

    section = text[text.index("## Survivors") : text.index("## Caught only")]
    assert "`layers.relu_backward, line 118: sign 6`" in section
    assert "```diff\n-    dx = 6\n+    dx = -6\n```" in section
    assert "dx = 5" not in section


def test_sections_without_a_mutant_are_left_out() -> None:
    assert "Survivors" not in make_page(RESULTS[:3], 0, 120)


def test_the_page_does_not_depend_on_the_order_of_the_verdicts() -> None:
    assert (
        make_page(RESULTS, 0, 1).splitlines()[:12]
        == make_page(RESULTS[::-1], 0, 1).splitlines()[:12]
    )


@pytest.mark.parametrize(("results", "caught"), [(RESULTS, False), (RESULTS[:3], True)])
def test_a_run_writes_its_page_and_says_whether_all_were_caught(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, results: Results, caught: bool
) -> None:
    class Examiner:
        grader = None

        def require_reference(self) -> None: ...

    monkeypatch.setattr(run, "choose_mutants", lambda *_: [mutant for mutant, _ in results])
    monkeypatch.setattr(run, "make_examiner", lambda *_: Examiner())
    monkeypatch.setattr(run, "version", lambda grader: "1")
    monkeypatch.setattr(run, "audit", lambda *_: iter(results))
    console = Console(record=True, width=200)

    passed = run.run_audit(tmp_path, [], 0, 1, tmp_path / "page.md", console)

    assert passed is caught
    assert (tmp_path / "page.md").read_text().startswith("# What the hidden checks catch")
    assert f"{len(results)} mutants" in console.export_text()
