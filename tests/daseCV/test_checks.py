"""Public checks pass on the reference, and fail with helpful messages where it is changed."""

import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from daseCV import layers
from daseCV.checks import check, check_names, running
from daseCV.checks.about import ABOUT, Abouts
from daseCV.checks.compare import CheckFailure
from daseCV.checks.registry import needed_call
from daseCV.classifiers import cnn
from daseCV.classifiers.cnn import ThreeLayerConvNet
from daseCV.profile import profile
from daseCV.solver import Solver

Array = np.ndarray
Layer = Callable[..., Any]


def spoil(monkeypatch: pytest.MonkeyPatch, name: str, change: Callable[[Layer], Layer]) -> None:
    """Replace a layer by a changed one that keeps its name."""
    changed = change(getattr(layers, name))
    changed.__name__ = name
    monkeypatch.setattr(layers, name, changed)


def plus_one(right: Layer) -> Layer:
    """A forward or backward function whose first result is too large by one."""

    def wrong(*arguments: Any) -> Any:
        results = right(*arguments)
        return (results[0] + 1, *results[1:]) if isinstance(results, tuple) else results + 1

    return wrong


@pytest.mark.parametrize("name", [name for name in check_names() if not needed_call(name)])
def test_check_passes_on_the_reference(name: str, capsys: pytest.CaptureFixture) -> None:
    check(name)

    captured = capsys.readouterr()
    assert captured.out.startswith(f"✓ {name}: questions right: ")
    assert "note:" not in captured.out
    assert captured.err == ""


def test_an_unknown_check_name_lists_the_known_names() -> None:
    with pytest.raises(ValueError, match="got 'conv', expected one of: affine_forward, "):
        check("conv")


LAYERS = [
    "affine_forward",
    "affine_backward",
    "relu_forward",
    "relu_backward",
    "batchnorm_forward",
    "batchnorm_backward",
    "batchnorm_backward_alt",
    "layernorm_forward",
    "layernorm_backward",
    "dropout_backward",
    "conv_forward_naive",
    "conv_backward_naive",
    "max_pool_forward_naive",
    "max_pool_backward_naive",
    "spatial_batchnorm_forward",
    "spatial_batchnorm_backward",
    "spatial_groupnorm_forward",
    "spatial_groupnorm_backward",
]


@pytest.mark.parametrize("name", LAYERS)
def test_a_wrong_result_reports_got_expected_where_and_asked(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    spoil(monkeypatch, name, plus_one)

    with pytest.raises(CheckFailure) as failure:
        check(name)

    message = str(failure.value)
    assert message.startswith(f"{name}: ")
    for part in ("\n  got:      ", "\n  expected: ", "\n  where:    ", "\n  asked:    x "):
        assert part in message


@pytest.mark.parametrize("name", LAYERS)
def test_an_input_changed_in_place_is_reported(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def careless(right: Layer) -> Layer:
        def wrong(first: Array, *others: Any) -> Any:
            results = right(first.copy(), *others)
            first += 1
            return results

        return wrong

    spoil(monkeypatch, name, careless)

    with pytest.raises(CheckFailure, match=f"{name} changed its argument first in place"):
        check(name)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda right: lambda *a: None, "returned None .*, expected 2 results"),
        (lambda right: lambda *a: (*right(*a), 0), "returned a tuple of 3, expected 2 results"),
        (lambda right: lambda *a: (None, right(*a)[1]), r"out is None \(is there a return value"),
        (lambda right: lambda *a: (right(*a)[0][:1], 0), r"out has shape \(1, .*expected \(2, "),
        (lambda right: lambda *a: (right(*a)[0] * np.nan, 0), "= nan"),
    ],
    ids=["nothing", "too many", "None", "shape", "NaN"],
)
def test_a_result_of_the_wrong_kind_is_reported(
    monkeypatch: pytest.MonkeyPatch, change: Callable[[Layer], Layer], message: str
) -> None:
    spoil(monkeypatch, "conv_forward_naive", change)

    with pytest.raises(CheckFailure, match=message):
        check("conv_forward_naive")


@pytest.mark.parametrize(
    ("given", "naive"),
    [
        ("conv_fast", "conv_forward_naive"),
        ("conv_fast", "conv_backward_naive"),
        ("max_pool_fast", "max_pool_forward_naive"),
        ("max_pool_fast", "max_pool_backward_naive"),
    ],
)
def test_a_wrong_naive_layer_does_not_fail_the_check_of_the_fast_layer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, given: str, naive: str
) -> None:
    spoil(monkeypatch, naive, plus_one)

    check(given)

    assert f"note: {naive} gives other values than the fast layer" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["conv_relu", "conv_relu_pool"])
def test_sandwich_checks_detect_a_wrong_relu(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr("daseCV.layer_utils.relu_backward", lambda dout, x: dout)

    with pytest.raises(CheckFailure, match=f"^{name}: dx is wrong"):
        check(name)


@pytest.mark.parametrize(
    ("name", "part"), [("cnn_loss", "softmax_loss"), ("cnn_gradients", "affine_backward")]
)
def test_network_checks_detect_a_wrong_loss_and_wrong_gradients(
    monkeypatch: pytest.MonkeyPatch, name: str, part: str
) -> None:
    monkeypatch.setattr(cnn, part, plus_one(getattr(cnn, part)))

    with pytest.raises(CheckFailure, match=f"^{name}: "):
        check(name)


def test_missing_regularisation_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ThreeLayerConvNet.loss

    def without_reg(self: Any, X: Array, y: Array | None = None) -> Any:
        self.reg = 0.0
        return right(self, X, y)

    monkeypatch.setattr(ThreeLayerConvNet, "loss", without_reg)

    with pytest.raises(CheckFailure, match=r"what reg adds to the loss"):
        check("cnn_loss")


def test_a_network_that_does_not_learn_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Solver, "train", lambda run: run.train_acc_history.append(0.1))

    with pytest.raises(CheckFailure, match="training accuracy is 10%, expected at least 80%"):
        check("cnn_overfit")


def test_stderr_output_of_student_code_goes_to_stdout(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def talkative(right: Layer) -> Layer:
        def layer(*arguments: Any) -> Any:
            print("still debugging", file=sys.stderr)
            warnings.warn("divide by zero", RuntimeWarning, stacklevel=1)
            return right(*arguments)

        return layer

    spoil(monkeypatch, "conv_forward_naive", talkative)

    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        check("conv_forward_naive")

    captured = capsys.readouterr()
    assert warned == []
    assert captured.err == ""
    assert "still debugging" in captured.out


def test_a_module_from_another_copy_of_the_package_is_reported(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stranger = ModuleType("daseCV.stranger")
    stranger.__file__ = str(tmp_path / "daseCV" / "stranger.py")
    monkeypatch.setitem(sys.modules, stranger.__name__, stranger)

    with pytest.raises(CheckFailure, match=r"daseCV\.stranger was imported from .*, expected it"):
        check("max_pool_forward_naive")


class TrainingRun:
    """The attributes of a Solver that `cnn_one_epoch` reads."""

    model: Any = None
    X_train = y_train = np.zeros(1)

    def __init__(self, epoch: int, accuracy: float) -> None:
        self.epoch, self.accuracy = epoch, accuracy

    def check_accuracy(self, X: Array, y: Array, num_samples: int) -> float:
        assert num_samples == 2000
        return self.accuracy


WANTED = profile().one_epoch_accuracy


def test_one_epoch_above_the_required_accuracy_passes(capsys: pytest.CaptureFixture) -> None:
    check("cnn_one_epoch", solver=TrainingRun(epoch=1, accuracy=WANTED + 0.05))

    assert "training accuracy" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r'use check\("cnn_one_epoch", solver=solver\)'),
        ({"solver": None}, "no training run to look at"),
        ({"solver": TrainingRun(epoch=0, accuracy=1.0)}, "the run has 0 epochs, expected 1"),
        ({"solver": TrainingRun(epoch=2, accuracy=1.0)}, "the run has 2 epochs, expected 1"),
        ({"solver": TrainingRun(epoch=1, accuracy=WANTED)}, f"is {WANTED:.1%}, expected above"),
        ({"solver": TrainingRun(epoch=1, accuracy=0.1)}, r"is 10\.0%, expected above"),
    ],
)
def test_a_missing_or_unsuitable_training_run_is_refused(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(CheckFailure, match=f"^cnn_one_epoch: .*{message}"):
        check("cnn_one_epoch", **given)


def test_a_failed_check_shows_only_its_message_in_a_notebook() -> None:
    failure = CheckFailure("out is wrong")

    assert failure._render_traceback_() == ["✗ out is wrong"]


def test_a_traceback_starts_at_the_students_code(monkeypatch: pytest.MonkeyPatch) -> None:
    def helper() -> None:
        raise KeyError("of my own")

    monkeypatch.setattr(layers, "affine_forward", lambda *_: helper())

    with pytest.raises(KeyError) as raised:
        check("affine_forward")

    names = [frame.name for frame in traceback.extract_tb(raised.tb)]
    assert names[1:] == ["check", "<lambda>", "helper"]


@pytest.mark.parametrize("shape", ["1C11", "C"])
def test_a_group_norm_that_accepts_only_one_shape_of_gamma_is_right(
    monkeypatch: pytest.MonkeyPatch, shape: str
) -> None:
    forward = layers.spatial_groupnorm_forward

    def strict(x: np.ndarray, gamma: np.ndarray, *rest: Any) -> Any:
        if gamma.ndim != len(shape):  # 4 or 1
            raise ValueError("operands could not be broadcast together")
        return forward(x, gamma, *rest)

    monkeypatch.setattr(layers, "spatial_groupnorm_forward", strict)

    check("spatial_groupnorm_forward")
    check("spatial_groupnorm_backward")


def test_a_check_that_no_notebook_asks_for_is_listed_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """A course may have dropped its question."""
    others = Abouts({name: about for name, about in ABOUT.items() if name != "affine_forward"})
    monkeypatch.setattr(running, "ABOUT", others)

    assert check_names()[-1] == "affine_forward"
    assert others["affine_forward"].suspects == ()
    check("affine_forward")


def test_check_names_follow_the_course_for_any_import_order() -> None:
    program = (
        "import daseCV.checks.questions.network\n"
        "from daseCV.checks import check_names\n"
        "print(*check_names())"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines()[-1].split() == check_names()


def test_a_misspelled_check_name_suggests_the_right_name() -> None:
    with pytest.raises(ValueError, match="; did you mean 'affine_forward'"):
        check("afine_forward")
