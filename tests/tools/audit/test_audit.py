"""The audit: its verdicts, a sample of it, and resuming after an interruption."""

import json
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

from tools.audit import examine as module
from tools.audit.examine import (
    Examiner,
    Outcome,
    Verdict,
    VerdictStore,
    audit,
    choose_mutants,
    version,
)
from tools.audit.mutants import Mutant

Plant = Callable[..., Mutant]

# A change of one line, and its verdict.
PLANTED = [
    ("layers.conv_forward_naive", "+ b[f]", "- b[f]", "own", "conv_forward_naive"),
    ("layers.max_pool_forward_naive", "i * stride,", "i * stride / 0,", "stopped", None),
    ("layers.relu_forward", "np.maximum(x, 0)", "x * (x > 0)", "equivalent", ""),
    ("layers.affine_backward", "dout @ w.T", "dout @ (w + 1).T", "own", "affine_backward"),
]


@pytest.mark.parametrize(("blank", "before", "after", "outcome", "check"), PLANTED)
def test_a_verdict_says_what_caught_a_mutant(
    examiner: Examiner,
    plant: Plant,
    blank: str,
    before: str,
    after: str,
    outcome: str,
    check: str | None,
) -> None:
    verdict = examiner.examine(plant(blank, before, after))

    assert verdict.outcome == outcome
    assert check in (None, verdict.check)


@pytest.mark.parametrize(
    ("others", "outcome"), [(("conv_image_filters",), "neighbour"), ((), "survived")]
)
def test_a_mutant_missed_by_its_own_checks_is_judged_by_the_others(
    examiner: Examiner,
    plant: Plant,
    monkeypatch: pytest.MonkeyPatch,
    others: tuple[str, ...],
    outcome: str,
) -> None:
    mutant = plant("layers.conv_forward_naive", "+ b[f]", "- b[f]")
    monkeypatch.setattr(module, "AUDITED", {mutant.blank: ("max_pool_forward_naive",)})
    chosen = {name: module.CHECKS[name] for name in ("max_pool_forward_naive", *others)}
    monkeypatch.setattr(module, "CHECKS", chosen)

    assert examiner.examine(mutant).outcome == outcome


def test_a_failure_of_the_grader_is_not_a_verdict_on_a_mutant(
    examiner: Examiner, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr("autograder.grading.session.Session.ask", fail)
    monkeypatch.setattr("autograder.grading.session.time.sleep", lambda seconds: None)

    verdict = examiner.examine(plant("layers.relu_forward", "np.maximum", "np.minimum"))

    assert verdict.outcome == "infrastructure"


def test_a_reference_that_loses_points_is_refused(
    examiner: Examiner, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutant = plant("layers.relu_forward", "np.maximum", "np.minimum")
    monkeypatch.setattr(module, "AUDITED", {mutant.blank: ("conv_relu",)})
    wrong = Examiner(examiner.grader, examiner.owned | {mutant.file: mutant.content.encode()})

    examiner.require_reference()
    with pytest.raises(ValueError, match="the reference loses conv_relu: out is wrong"):
        wrong.require_reference()


@pytest.mark.slow
def test_a_sample_of_mutants_is_caught_by_their_own_checks(
    root: Path, examiner: Examiner, sampled_blanks: tuple[str, ...], tmp_path: Path
) -> None:
    styles = choose_mutants(root, ["layers.svm_loss"], limit=3)
    mutants = choose_mutants(root, sampled_blanks, limit=10, styles=False) + styles

    results = list(audit(examiner, mutants, VerdictStore(tmp_path / "kept.jsonl", ""), jobs=2))

    assert {mutant.name for mutant, _ in results} == {mutant.name for mutant in mutants}
    for mutant, verdict in results:
        assert verdict.outcome in ("own", "stopped", "equivalent"), mutant.diff


# Resuming


class FakePool:
    """A pool without processes: runs everything here and at once."""

    value: object = None

    def __init__(self, *_: object, **__: object) -> None: ...
    def __enter__(self) -> "FakePool":
        return self

    def __exit__(self, *_: object) -> None: ...
    def shutdown(self, **_: object) -> None: ...
    def submit(self, function: Callable[..., object], *arguments: object) -> "FakePool":
        future = FakePool()
        future.value = function(*arguments)
        return future

    def result(self) -> object:
        return self.value


class CountingExaminer(Examiner):
    """An examiner that only records the names of the mutants."""

    def __init__(self, outcome: Outcome = "own") -> None:
        self.outcome = outcome
        self.asked: list[str] = []

    def examine(self, mutant: Mutant) -> Verdict:
        self.asked.append(mutant.name)
        return Verdict(mutant.name, self.outcome, "a check")


@pytest.fixture
def run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ProcessPoolExecutor", FakePool)
    monkeypatch.setattr(module, "as_completed", list)


@pytest.fixture(scope="module")
def some_mutants(root: Path) -> list[Mutant]:
    return choose_mutants(root, ["layers.relu_backward"], styles=False)[:5]


def names(results: Iterator[tuple[Mutant, Verdict]]) -> list[str]:
    return [mutant.name for mutant, _ in results]


@pytest.mark.usefixtures("run_at_once")
def test_an_interrupted_audit_resumes_where_it_stopped(
    some_mutants: list[Mutant], tmp_path: Path
) -> None:
    first, second = CountingExaminer(), CountingExaminer()
    path = tmp_path / "build" / "kept.jsonl"
    running = audit(first, some_mutants, VerdictStore(path, "1"), 1)
    done = [next(running)[0].name for _ in range(2)]
    assert isinstance(running, Generator)
    running.close()

    results = names(audit(second, some_mutants, VerdictStore(path, "1"), 1))

    assert second.asked == [mutant.name for mutant in some_mutants if mutant.name not in done]
    assert sorted(results) == sorted(mutant.name for mutant in some_mutants)


@pytest.mark.usefixtures("run_at_once")
def test_another_version_of_the_grader_examines_all_mutants_again(
    some_mutants: list[Mutant], tmp_path: Path
) -> None:
    again = CountingExaminer()
    list(audit(CountingExaminer(), some_mutants, VerdictStore(tmp_path / "kept", "1"), 1))

    list(audit(again, some_mutants, VerdictStore(tmp_path / "kept", "2"), 1))

    assert len(again.asked) == len(some_mutants)


@pytest.mark.usefixtures("run_at_once")
def test_a_failure_of_the_grader_is_not_stored(some_mutants: list[Mutant], tmp_path: Path) -> None:
    list(
        audit(
            CountingExaminer("infrastructure"),
            some_mutants,
            VerdictStore(tmp_path / "kept", "1"),
            1,
        )
    )

    assert not VerdictStore(tmp_path / "kept", "1").known


def test_a_truncated_line_loses_only_its_own_verdict(
    some_mutants: list[Mutant], tmp_path: Path
) -> None:
    path = tmp_path / "kept"
    kept = VerdictStore(path, "1")
    kept.put(some_mutants[0], Verdict(some_mutants[0].name, "own"))
    kept.put(some_mutants[1], Verdict(some_mutants[1].name, "own"))
    path.write_text(path.read_text()[:-20])

    again = VerdictStore(path, "1")
    again.put(some_mutants[2], Verdict(some_mutants[2].name, "survived"))

    known = VerdictStore(path, "1")
    assert [known.get(mutant) is not None for mutant in some_mutants[:3]] == [True, False, True]
    assert json.loads(path.read_text().splitlines()[1])["outcome"] == "own"


def test_the_version_depends_on_the_secret(
    examiner: Examiner, make_grader: Callable[..., object]
) -> None:
    assert version(examiner.grader) == version(make_grader())  # type: ignore[arg-type]
    assert version(examiner.grader) != version(make_grader(secret=b"other"))  # type: ignore[arg-type]
