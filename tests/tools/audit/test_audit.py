"""The audit: its verdicts, a sample of the real one, and going on after an interruption."""

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

# One change, and what becomes of it.
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
def test_what_the_own_checks_miss_is_asked_of_the_others(
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


def test_a_failure_of_ours_is_no_verdict_on_a_mutant(
    examiner: Examiner, plant: Plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr("autograder.grading.session.Session.ask", fail)
    monkeypatch.setattr("autograder.grading.session.time.sleep", lambda seconds: None)

    verdict = examiner.examine(plant("layers.relu_forward", "np.maximum", "np.minimum"))

    assert verdict.outcome == "infrastructure"


def test_a_reference_that_loses_points_proves_nothing(
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
    root: Path, examiner: Examiner, sampled: tuple[str, ...], tmp_path: Path
) -> None:
    styles = choose_mutants(root, ["layers.svm_loss"], limit=3)
    mutants = choose_mutants(root, sampled, limit=10, styles=False) + styles

    results = list(audit(examiner, mutants, VerdictStore(tmp_path / "kept.jsonl", ""), jobs=2))

    assert {mutant.name for mutant, _ in results} == {mutant.name for mutant in mutants}
    for mutant, verdict in results:
        assert verdict.outcome in ("own", "stopped", "equivalent"), mutant.diff


# Going on


class Pool:
    """Takes the place of processes: does everything here and at once."""

    value: object = None

    def __init__(self, *_: object, **__: object) -> None: ...
    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None: ...
    def shutdown(self, **_: object) -> None: ...
    def submit(self, function: Callable[..., object], *arguments: object) -> "Pool":
        future = Pool()
        future.value = function(*arguments)
        return future

    def result(self) -> object:
        return self.value


class Stand(Examiner):
    """Takes an examiner's place, and counts."""

    def __init__(self, outcome: Outcome = "own") -> None:
        self.outcome = outcome
        self.asked: list[str] = []

    def examine(self, mutant: Mutant) -> Verdict:
        self.asked.append(mutant.name)
        return Verdict(mutant.name, self.outcome, "a check")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ProcessPoolExecutor", Pool)
    monkeypatch.setattr(module, "as_completed", list)


@pytest.fixture(scope="module")
def some(root: Path) -> list[Mutant]:
    return choose_mutants(root, ["layers.relu_backward"], styles=False)[:5]


def names(results: Iterator[tuple[Mutant, Verdict]]) -> list[str]:
    return [mutant.name for mutant, _ in results]


@pytest.mark.usefixtures("at_once")
def test_an_interrupted_audit_goes_on_where_it_stopped(some: list[Mutant], tmp_path: Path) -> None:
    first, second = Stand(), Stand()
    path = tmp_path / "build" / "kept.jsonl"
    running = audit(first, some, VerdictStore(path, "1"), 1)
    done = [next(running)[0].name for _ in range(2)]
    assert isinstance(running, Generator)
    running.close()

    results = names(audit(second, some, VerdictStore(path, "1"), 1))

    assert second.asked == [mutant.name for mutant in some if mutant.name not in done]
    assert sorted(results) == sorted(mutant.name for mutant in some)


@pytest.mark.usefixtures("at_once")
def test_another_grader_repeats_everything(some: list[Mutant], tmp_path: Path) -> None:
    again = Stand()
    list(audit(Stand(), some, VerdictStore(tmp_path / "kept", "1"), 1))

    list(audit(again, some, VerdictStore(tmp_path / "kept", "2"), 1))

    assert len(again.asked) == len(some)


@pytest.mark.usefixtures("at_once")
def test_a_failure_of_ours_is_not_kept(some: list[Mutant], tmp_path: Path) -> None:
    list(audit(Stand("infrastructure"), some, VerdictStore(tmp_path / "kept", "1"), 1))

    assert not VerdictStore(tmp_path / "kept", "1").known


def test_a_line_that_was_cut_off_costs_its_own_verdict_only(
    some: list[Mutant], tmp_path: Path
) -> None:
    path = tmp_path / "kept"
    kept = VerdictStore(path, "1")
    kept.put(some[0], Verdict(some[0].name, "own"))
    kept.put(some[1], Verdict(some[1].name, "own"))
    path.write_text(path.read_text()[:-20])

    again = VerdictStore(path, "1")
    again.put(some[2], Verdict(some[2].name, "survived"))

    known = VerdictStore(path, "1")
    assert [known.get(mutant) is not None for mutant in some[:3]] == [True, False, True]
    assert json.loads(path.read_text().splitlines()[1])["outcome"] == "own"


def test_the_version_follows_the_secret_and_the_sandbox(
    examiner: Examiner, make_grader: Callable[..., object]
) -> None:
    assert version(examiner.grader) == version(make_grader())  # type: ignore[arg-type]
    assert version(examiner.grader) != version(make_grader(secret=b"other"))  # type: ignore[arg-type]
