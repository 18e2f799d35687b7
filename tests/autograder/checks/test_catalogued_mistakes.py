"""Every catalogued mistake fails its public check, with a reason in Chinese too, and costs points.

Outside the long proof one in eight is tried, and at least one for each check.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from support.chinese import require_chinese
from support.local import local_worker, lost, worker_of
from support.planted import every_nth

from autograder.checks import CHECKS
from autograder.hints.catalogue import MISTAKES as CATALOGUE
from autograder.hints.mistake import Mistake
from autograder.hints.plant import file_of, library, planted_source
from daseCV.checks import check_names
from daseCV.checks.about import ABOUT
from daseCV.checks.verdict import ERROR, RIGHT, WRONG, Verdict

pytestmark = pytest.mark.slow

MISTAKES = list(CATALOGUE.values())

# They show only on integer images or odd sizes, which no check uses for these blanks.
NOT_ASKED = {
    *("conv_forward_naive.whole-numbers", "conv_backward_naive.whole-numbers"),
    *("max_pool_backward_naive.whole-numbers", "ThreeLayerConvNet.__init__.area-halved"),
}
ASKED = [mistake for mistake in MISTAKES if mistake.id not in NOT_ASKED]
ALL = pytest.mark.parametrize(
    "mistake",
    every_nth(8, [(mistake,) for mistake in ASKED]),
    ids=[mistake.id for mistake in ASKED],
)

# Checks that train or measure time show no more about a blank than the others.
TRAINING = {"cnn_overfit", "cnn_one_epoch", "fully_connected_overfit", "two_layer_training"}
TRAINING |= {"best_model"}
HIDDEN = [name for name, check in CHECKS.items() if check.blanks and name not in TRAINING]
PUBLIC = [name for name in check_names() if name not in TRAINING and not name.endswith("_fast")]


def public_checks(blank: str) -> list[str]:
    return [name for name in PUBLIC if blank in ABOUT[name].suspects[:2]]


def hidden_checks(blank: str) -> list[str]:
    return [name for name in HIDDEN if blank in CHECKS[name].blanks]


@dataclass(frozen=True)
class MistakeVerdicts:
    """The outcomes of both kinds of checks for a mistake.

    Parameters
    ----------
    public : Verdict
        Of the first public check that it fails, or the last one that it passes.
    hidden : tuple of str
        For each part that loses points in its own hidden checks, the reason.
    """

    public: Verdict
    hidden: tuple[str, ...]


@cache
def judge_mistake(root: Path, mistake: Mistake) -> MistakeVerdicts:
    with library(root, {file_of(mistake.blank): planted_source(root, mistake)}) as changed:
        running = changed("checks.running")
        for name in public_checks(mistake.blank):
            verdict = running.judge(name, {})[0]
            if verdict.sign != RIGHT:
                break
        losses = (lost(worker_of(changed), name) for name in hidden_checks(mistake.blank))
        hidden: dict[str, str] = next(filter(None, losses), {})
    return MistakeVerdicts(verdict, tuple(hidden.values()))


@ALL
def test_a_catalogued_mistake_fails_a_public_check(root: Path, mistake: Mistake) -> None:
    assert judge_mistake(root, mistake).public.sign in (WRONG, ERROR)


@ALL
def test_reasons_of_both_checks_have_a_chinese_translation(root: Path, mistake: Mistake) -> None:
    found = judge_mistake(root, mistake)

    for sentence in (*found.public.answered, found.public.message or "", *found.hidden):
        require_chinese(sentence)


@ALL
def test_a_catalogued_mistake_costs_points_in_its_own_check(root: Path, mistake: Mistake) -> None:
    reasons = judge_mistake(root, mistake).hidden

    assert reasons
    assert all("\n  asked: " in reason for reason in reasons)


@pytest.mark.parametrize("name", HIDDEN)
def test_every_hidden_check_notices_a_mistake_in_its_own_blank(root: Path, name: str) -> None:
    """If several checks are about one blank, each of them does."""

    def is_noticed(mistake: Mistake) -> bool:
        with local_worker(root, {file_of(mistake.blank): planted_source(root, mistake)}) as worker:
            found = lost(worker, name)
        return bool(found) and all(found.values())

    assert any(is_noticed(mistake) for mistake in ASKED if mistake.blank in CHECKS[name].blanks)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_check_notices_a_mistake_in_its_own_blank(root: Path, name: str) -> None:
    def is_noticed(mistake: Mistake) -> bool:
        changed = {file_of(mistake.blank): planted_source(root, mistake)}
        with library(root, changed) as modules:
            running = modules("checks.running")
            return bool(running.judge(name, {})[0].sign in (WRONG, ERROR))

    blanks = ABOUT[name].suspects[:2]
    assert any(is_noticed(mistake) for mistake in ASKED if mistake.blank in blanks)


def test_without_a_mistake_every_public_check_passes(root: Path) -> None:
    with library(root) as unchanged:
        running = unchanged("checks.running")

        for name in PUBLIC:
            verdict, failure = running.judge(name, {})
            assert verdict.sign == RIGHT, failure
            for sentence in verdict.answered:
                require_chinese(sentence)


@pytest.mark.parametrize("name", HIDDEN)
def test_without_a_mistake_no_points_are_lost(root: Path, name: str) -> None:
    with local_worker(root, {}) as worker:
        assert lost(worker, name) == {}


def test_every_blank_has_mistakes_and_both_checks() -> None:
    blanks = {blank for name in HIDDEN for blank in CHECKS[name].blanks}

    assert {mistake.blank for mistake in MISTAKES} == blanks
    assert len(MISTAKES) >= 290
    for blank in blanks:
        assert public_checks(blank)
        assert hidden_checks(blank)


# A mistake costs the other parts nothing.


@pytest.mark.parametrize(
    ("mistake_id", "check", "parts"),
    [
        ("affine_backward.db-averaged", "affine_backward", {"db"}),
        ("affine_backward.dx-flat", "affine_backward", {"dx"}),
        ("relu_backward.at-zero", "relu_backward", {"zero"}),
        ("svm_loss.gradient-not-averaged", "svm_loss", {"dx"}),
        ("softmax_loss.overflow", "softmax_loss", {"large"}),
        ("TwoLayerNet.__init__.scale-fixed", "two_layer_net", {"parameters"}),
        ("TwoLayerNet.loss.reg-missing-in-loss", "two_layer_net", {"regularisation"}),
        ("FullyConnectedNet.loss.reg-missing", "fully_connected_net", {"regularisation"}),
        ("batchnorm_forward.momentum-exchanged", "batchnorm_forward", {"running"}),
        ("batchnorm_forward.batch-statistics-in-test", "batchnorm_forward", {"test", "untrained"}),
        ("batchnorm_backward.mean-constant", "batchnorm_backward", {"dx"}),
        ("dropout_forward.dropped-at-test-time", "dropout_forward", {"test"}),
        ("dropout_forward.one-mask-for-all", "dropout_forward", {"kept"}),
        ("dropout_forward.not-rescaled", "dropout_forward", {"scaled"}),
        ("dropout_forward.not-rescaled", "dropout_backward", set()),
    ],
)
def test_a_mistake_costs_other_parts_no_points(
    root: Path, mistake_id: str, check: str, parts: set[str]
) -> None:
    mistake = CATALOGUE[mistake_id]

    with local_worker(root, {file_of(mistake.blank): planted_source(root, mistake)}) as worker:
        assert set(lost(worker, check)) == parts
