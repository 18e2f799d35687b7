"""Hidden checks: full marks for the reference, none for the stubs, and the same every time."""

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.checks import CHECKS, FastLayersError, Questioner
from autograder.checks.draw import Draw, with_layout
from autograder.checks.questions.fast import FASTER, expect_fast
from autograder.checks.registry import Failure, hidden_check
from autograder.grading.report import Report
from autograder.release.notebooks import is_nbgrader, read_notebook
from autograder.release.reference import Reference
from autograder.sandbox import OutOfTime
from autograder.worker.client import Answer, Worker
from autograder.worker.frames import Handle, LaidOutArray
from daseCV.checks import check_names
from daseCV.checks.compare import CheckFailure
from daseCV.language import Message

TRAINING = (
    "cnn_overfit",
    "cnn_one_epoch",
    "best_model",
)  # the last one is about a blank in a notebook
QUICK = tuple(name for name in CHECKS if name not in TRAINING)

Owned = dict[str, bytes]
Grade = Callable[..., Report]


@pytest.fixture(scope="module")
def of_reference(grade: Grade, reference: Owned) -> Report:
    return grade(reference, *QUICK)


@pytest.fixture(scope="module")
def of_stubs(grade: Grade, stubs: Owned) -> Report:
    return grade(stubs, *CHECKS)


@pytest.mark.parametrize("name", QUICK)
def test_the_reference_passes_every_quick_check(of_reference: Report, name: str) -> None:
    [check] = [check for check in of_reference.checks if check.name == name]

    assert (check.outcome, check.share, check.reasons) == ("right", 1.0, ())


def test_the_reference_is_graded(of_reference: Report) -> None:
    assert of_reference.status == "graded"
    assert of_reference.notes == ()


def test_the_reference_passes_the_overfitting_check(grade: Grade, reference: Owned) -> None:
    assert grade(reference, "cnn_overfit").share("cnn_overfit") == 1


@pytest.mark.proof  # as the perfect submission of test_round_trip.py does
def test_the_reference_passes_after_one_epoch(
    grade: Grade, reference: Owned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DASECV_PROFILE", "quick")

    assert grade(reference, "cnn_one_epoch").share("cnn_one_epoch") == 1


@pytest.mark.parametrize("name", ["cnn_one_epoch", "two_layer_training"])
def test_training_is_not_graded_on_too_few_images(
    grade: Grade, reference: Owned, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """It gives no mark: neither full points nor 0."""
    monkeypatch.setenv("DASECV_PROFILE", "tiny")
    monkeypatch.setattr("autograder.grading.session.TRIES", 1)

    report = grade(reference, name)

    assert report.status == "infrastructure"
    assert "too few images to judge training by" in report.checks[0].reasons[0]


@pytest.mark.parametrize("name", CHECKS)
def test_the_stubs_lose_all_points(of_stubs: Report, name: str) -> None:
    [check] = [check for check in of_stubs.checks if check.name == name]

    assert (check.outcome, check.share) == ("not written", 0.0)
    assert "is not written yet" in check.reasons[0]


def test_training_is_not_repeated_on_public_inputs() -> None:
    trained = {name for name, check in CHECKS.items() if not check.can_replay}
    overfit = {"fully_connected_overfit", "cnn_overfit"}
    assert trained == {"two_layer_training", "cnn_one_epoch", "best_model"} | overfit
    assert all(weight > 0 for check in CHECKS.values() for weight in check.parts.values())


def test_every_graded_cell_has_its_hidden_check(root: Path) -> None:
    graded = [
        cell.metadata.nbgrader.grade_id
        for path in Reference(root).notebooks()
        for cell in read_notebook(path).cells
        if is_nbgrader(cell) and cell.metadata.nbgrader.grade and cell.cell_type == "code"
    ]

    assert len(graded) == len(set(graded))
    assert set(graded) <= set(CHECKS)


def test_a_misspelt_option_of_a_check_is_an_error() -> None:
    with pytest.raises(ValueError, match="the weight of can_repeat is False, expected a number"):
        hidden_check(out=1, can_repeat=False)


def test_every_check_has_its_public_check() -> None:
    assert list(CHECKS) == check_names()


def test_every_blank_that_a_check_is_about_exists(root: Path) -> None:
    blanks = {blank.name for found in Reference(root).blanks().values() for blank in found}

    about = {blank for check in CHECKS.values() for blank in check.blanks}
    assert {blank for blank in about if not blank.startswith("cells.")} <= blanks


# The same every time


def without_seconds(report: Report) -> list[tuple[Any, ...]]:
    return [(check.name, check.outcome, check.share, check.reasons) for check in report.checks]


def test_grading_again_gives_the_same_report(grade: Grade, reference: Owned) -> None:
    """The submission has a mistake, so that the report has reasons."""
    source = reference["daseCV/layers.py"].replace(b"+ b[f]", b"")
    owned = reference | {"daseCV/layers.py": source}

    first, second = (grade(owned, "conv_forward_naive", "conv_fast", "cnn_loss") for _ in range(2))

    assert without_seconds(first) == without_seconds(second)
    assert first.share("conv_forward_naive") == 0


class Recorder(Worker):
    """Replaces a worker, records the first question, and answers nothing."""

    def __init__(self) -> None: ...
    def call(self, target: str | Handle, *arguments: Any, **_: Any) -> Answer:
        self.arrays = [array for array in arguments if isinstance(array, np.ndarray)]
        raise OutOfTime

    def keep(self, value: Any) -> Handle:
        return Handle(1)

    def seed(self, seed: int) -> None: ...


@pytest.mark.parametrize(
    "name",
    [
        "conv_forward_naive",
        "conv_backward_naive",
        "max_pool_forward_naive",
        "conv_fast",
        "conv_relu_pool",
        "spatial_batchnorm_forward",
        "affine_forward",
        "softmax_loss",
        "sgd_momentum",
        "dropout_backward",
    ],
)
def test_questions_depend_on_the_secret_alone(name: str) -> None:
    asked = []
    for secret in (b"spring", b"autumn", b"spring"):
        worker = Recorder()
        with pytest.raises(OutOfTime):
            CHECKS[name].questions(Questioner(worker, CHECKS[name], secret))
        asked.append(worker.arrays)

    first, other, again = asked
    for one, two, three in zip(first, other, again, strict=True):
        np.testing.assert_array_equal(one, three)
        assert one.shape == two.shape
        assert not np.isclose(one, two).all()


def test_another_check_draws_other_numbers() -> None:
    one, other = (Draw(b"secret", name).normal(4, 5) for name in ("conv_relu", "conv_relu_pool"))

    assert not np.isclose(one, other).any()


@pytest.mark.parametrize(("count", "classes"), [(6, 5), (3, 10), (100, 10)])
def test_labels_cover_every_class_if_there_are_enough(count: int, classes: int) -> None:
    labels = Draw(b"secret", "check").labels(count, classes)

    assert labels.shape == (count,)
    assert len(set(labels.tolist())) == min(count, classes)


def test_an_array_gets_the_layout_of_the_question() -> None:
    array = np.arange(6.0).reshape(2, 3)

    assert with_layout(array, "C") is array
    assert with_layout(array, "F").flags.f_contiguous
    assert with_layout(array, "float32").dtype == np.float32
    strided = with_layout(array, "strided")
    assert isinstance(strided, LaidOutArray)
    assert strided.layout == "strided"


@pytest.fixture
def ask() -> Questioner:
    """The questioner of a check that has lost no points yet."""
    return Questioner(None, CHECKS["conv_fast"], b"")  # type: ignore[arg-type]


def test_a_failure_names_the_question_being_asked(ask: Questioner) -> None:
    with ask.part("agree"), ask.question("one"):
        raise CheckFailure("wrong")
    first = ask.failures.pop("agree")
    with ask.question("two"), ask.part("agree"):
        with contextlib.suppress(CheckFailure), ask.question("three"):
            raise CheckFailure("wrong")
        raise CheckFailure("wrong")

    asked = [failure.reason.details["asked"] for failure in (first, ask.failures["agree"])]
    assert asked == ["one", "two"]


def test_a_question_without_an_answer_is_named_in_the_failure(ask: Questioner) -> None:
    with pytest.raises(OutOfTime), ask.question("one"):
        raise OutOfTime

    assert ask.unanswered(Message("no answer in time")).details == {"asked": "one"}


# Speed


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock by which a call takes as many seconds as it returns, even on a busy machine."""
    monkeypatch.setattr("autograder.checks.questions.fast.time_call", lambda run: run())


def take_a_second() -> float:
    return 1.0


@pytest.mark.usefixtures("clock")
def test_a_fast_layer_that_is_not_faster_is_a_build_error(ask: Questioner) -> None:
    with pytest.raises(FastLayersError, match=f"at least {FASTER:g} times is expected"):
        expect_fast(ask, take_a_second, take_a_second, "conv_forward_fast")


@pytest.mark.usefixtures("clock")
def test_a_fast_layer_that_is_faster_passes(ask: Questioner) -> None:
    expect_fast(ask, lambda: 0.1, take_a_second, "conv_forward_fast")


@pytest.mark.usefixtures("clock")
def test_speed_is_not_measured_after_the_points_are_lost(ask: Questioner) -> None:
    ask.failures["agree"] = Failure(Message("wrong"))

    expect_fast(ask, take_a_second, take_a_second, "conv_forward_fast")
