"""A failed question can be repeated by hand; an error or an interrupt is reported once."""

from html import escape
from typing import Any

import numpy as np
import pytest

from daseCV import layers
from daseCV.checks import panel, question, registry
from daseCV.checks.compare import CheckFailure
from daseCV.checks.registry import call
from daseCV.checks.running import attempt, judge
from daseCV.classifiers import cnn, fc_net
from daseCV.language import VARIABLE

Names = dict[str, Any]


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "en")


def spoil(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    right = getattr(layers, name)

    def wrong(*arguments: Any) -> Any:
        found = right(*arguments)
        return (found[0] + 1, *found[1:]) if isinstance(found, tuple) else found + 1

    wrong.__name__ = name
    monkeypatch.setattr(layers, name, wrong)


@pytest.mark.parametrize(
    "name", ["relu_forward", "relu_backward", "affine_backward", "conv_backward_naive"]
)
def test_the_code_in_a_red_panel_repeats_the_question(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    spoil(monkeypatch, name)
    verdict, _ = judge(name, {})
    names: Names = {}

    exec(verdict.reproduce, names)

    assert names["function"].__name__ == name
    result = names["result"][0] if isinstance(names["result"], tuple) else names["result"]
    assert verdict.difference is not None
    assert result.shape == verdict.difference.got.shape
    np.testing.assert_allclose(result, verdict.difference.got)


@pytest.mark.parametrize(
    ("name", "network"),
    [
        ("two_layer_net", fc_net.TwoLayerNet),
        ("fully_connected_net", fc_net.FullyConnectedNet),
        ("batchnorm_net", fc_net.FullyConnectedNet),
        ("layernorm_net", fc_net.FullyConnectedNet),
        ("dropout_net", fc_net.FullyConnectedNet),
        ("cnn_loss", cnn.ThreeLayerConvNet),
        ("cnn_gradients", cnn.ThreeLayerConvNet),
    ],
)
def test_a_question_about_a_network_is_repeated_with_its_parameters(
    monkeypatch: pytest.MonkeyPatch, name: str, network: Any
) -> None:
    right = network.loss

    def wrong(self: Any, X: Any, y: Any = None) -> Any:
        if y is None:
            return right(self, X) + 1
        loss, grads = right(self, X, y)
        return loss + 1, {name: 2 * value + 1 for name, value in grads.items()}

    monkeypatch.setattr(network, "loss", wrong)
    verdict, _ = judge(name, {})
    names: Names = {}

    exec(verdict.reproduce, names)

    assert isinstance(names["model"], network)
    assert 3 <= len([line for line in verdict.reproduce.splitlines() if line]) <= 6
    scores = names["model"].loss(names["arguments"][0])
    assert len(scores) == len(names["arguments"][0])
    if verdict.difference is not None and verdict.difference.what == "scores":
        np.testing.assert_allclose(names["result"], verdict.difference.got)


def test_a_question_about_initial_parameters_is_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    def bare(self: Any, *sizes: int, **settings: Any) -> None:
        self.params = {}

    monkeypatch.setattr(fc_net.FullyConnectedNet, "__init__", bare)
    verdict, _ = judge("fully_connected_net", {})
    names: Names = {}

    exec(verdict.reproduce, names)

    assert names["arguments"] == ([70, 50], 90, 40)
    assert names["result"].params == {}


def test_the_code_is_short_and_is_shown_in_the_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(monkeypatch, "relu_forward")
    verdict, _ = judge("relu_forward", {})

    lines = [line for line in verdict.reproduce.splitlines() if line]
    assert 3 <= len(lines) <= 6
    assert escape(lines[1]) in panel.html(verdict)


def test_a_right_check_has_no_question_to_repeat() -> None:
    with pytest.raises(ValueError, match="relu_forward has no question that is answered wrongly"):
        question("relu_forward")


def test_an_error_that_the_panel_has_shown_has_no_second_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(x: Any) -> Any:
        return x @ x

    monkeypatch.setattr(layers, "relu_forward", broken)
    monkeypatch.setattr("daseCV.checks.running.show", lambda verdict: True)

    verdict, failure = attempt("relu_forward", {})

    assert isinstance(failure, ValueError)
    assert failure._render_traceback_() == [f"✗ {verdict.headline}"]  # type: ignore[attr-defined]
    assert str(verdict.details["asked"]).startswith("broken: x (")
    assert verdict.details["line"] == "return x @ x"


def test_an_interrupted_check_says_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(x: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(layers, "relu_forward", slow)

    verdict, failure = judge("relu_forward", {})

    assert verdict.headline.startswith("you stopped it in ")
    assert failure is not None


def test_a_call_of_an_earlier_question_is_not_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def two_questions() -> Any:
        call(np.cos, np.ones(2))
        yield "right"
        raise CheckFailure("wrong, and nothing was called")

    monkeypatch.setitem(registry.QUESTIONS, "relu_forward", two_questions)

    verdict, _ = judge("relu_forward", {})

    assert verdict.reproduce == ""
