"""Hints in failing checks: recognised by behaviour, in two languages, never an error."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from daseCV import layers, optim
from daseCV.checks import check, check_names, hints
from daseCV.checks.about import ABOUT
from daseCV.checks.compare import CheckFailure
from daseCV.checks.hints import hint, matching, recognise
from daseCV.checks.library import student
from daseCV.checks.probing import PROBES, fingerprint, observe, same
from daseCV.language import translate

Array = np.ndarray

POOLING = "layers.max_pool_forward_naive"
AVERAGE = "max_pool_forward_naive.mean"


def average_pool(x: Array, pool_param: dict[str, int]) -> tuple[Array, Any]:
    """Average pooling, as a student might write it."""
    height, width, stride = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    rows = range(0, x.shape[2] - height + 1, stride)
    columns = range(0, x.shape[3] - width + 1, stride)
    means = [[x[:, :, i : i + height, j : j + width].mean((2, 3)) for j in columns] for i in rows]
    return np.array(means).transpose(2, 3, 0, 1), (x, pool_param)


def uncorrected_adam(w: Array, dw: Array, config: dict[str, Any] | None = None) -> Any:
    """Adam without bias correction."""
    c = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, **(config or {})}
    m = c["beta1"] * c.get("m", 0) + (1 - c["beta1"]) * dw
    v = c["beta2"] * c.get("v", 0) + (1 - c["beta2"]) * dw * dw
    c |= {"m": m, "v": v, "t": c.get("t", 0) + 1}
    return w - c["learning_rate"] * m / (v**0.5 + c["epsilon"]), c


def message_of(name: str) -> str:
    with pytest.raises(CheckFailure) as failure:
        check(name)
    return str(failure.value)


def test_a_failing_check_ends_with_a_hint_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DASECV_LANG", raising=False)
    monkeypatch.setattr(layers, "max_pool_forward_naive", average_pool)

    last = message_of("max_pool_forward_naive").splitlines()[-1]

    assert last == "  提示：每个值是窗口的平均：那是平均池化。"


@pytest.mark.parametrize("language", ["en", "en_GB.UTF-8"])
def test_a_failing_check_ends_with_a_hint_in_english(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("DASECV_LANG", language)
    monkeypatch.setattr(layers, "max_pool_forward_naive", average_pool)

    last = message_of("max_pool_forward_naive").splitlines()[-1]

    assert last == "  hint:     Each value is the mean of its window: that is average pooling."


def test_a_network_check_gives_the_hint_for_the_wrong_layer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DASECV_LANG", "en")
    right = layers.batchnorm_forward

    def unshifted(x: Array, gamma: Array, beta: Array, bn_param: dict[str, Any]) -> Any:
        _, cache = right(x, gamma, beta, bn_param)
        return cache[0], cache

    monkeypatch.setattr(layers, "batchnorm_forward", unshifted)

    assert "hint:     `out` is normalised, but" in message_of("spatial_batchnorm_forward")


def test_without_the_hints_file_there_is_no_hint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(hints, "FILE", tmp_path / "hints.json")
    monkeypatch.setattr(layers, "max_pool_forward_naive", average_pool)

    assert recognise(POOLING) == []
    assert "提示" not in message_of("max_pool_forward_naive")


@pytest.mark.parametrize("text", ["", "[]", '{"blanks": 0}', "{"])
def test_a_damaged_hints_file_gives_no_hint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
) -> None:
    monkeypatch.setattr(hints, "FILE", tmp_path / "hints.json")
    hints.FILE.write_text(text, encoding="utf-8")

    assert recognise(POOLING) == []


def test_a_mistake_outside_the_catalogue_gets_no_hint(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right = layers.max_pool_forward_naive

    def off(x: Array, pool_param: dict[str, int]) -> Any:
        out, cache = right(x, pool_param)
        return out + 0.123, cache

    monkeypatch.setattr(layers, "max_pool_forward_naive", off)

    assert recognise(POOLING) == []
    assert "提示" not in message_of("max_pool_forward_naive")


def exits(*_: Any) -> Any:
    raise SystemExit(3)


def raises_key_error(*_: Any) -> Any:
    raise KeyError("stride")


GARBAGE: list[Callable[..., Any]] = [
    raises_key_error,
    exits,
    lambda *_: None,
    lambda *_: (None, None),
    lambda *_: (None, None, None),
    lambda *_: np.array(["text"], dtype=object),
    lambda *_: (np.array(["text"]), {}),
    lambda *_: ({}, 0),
    lambda: None,
]


@pytest.mark.parametrize("garbage", GARBAGE)
@pytest.mark.parametrize(
    "blank", [name for name in PROBES if name.startswith(("layers.", "optim."))]
)
def test_garbage_gets_no_hint_and_raises_no_error(
    monkeypatch: pytest.MonkeyPatch, blank: str, garbage: Callable[..., Any]
) -> None:
    module, _, function = blank.partition(".")
    monkeypatch.setattr({"layers": layers, "optim": optim}[module], function, garbage)

    assert recognise(blank) == []


def test_an_unwritten_blank_gets_no_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    def unwritten(*_: Any) -> Any:
        raise NotImplementedError("layers.batchnorm_forward is not written yet")

    monkeypatch.setattr(layers, "batchnorm_forward", unwritten)

    assert recognise("layers.spatial_batchnorm_forward") == []
    assert recognise("layers.no_such_layer") == []


def test_a_mistake_that_is_written_differently_is_recognised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(optim, "adam", uncorrected_adam)

    assert recognise("optim.adam") == ["adam.no-correction"]


def test_a_group_norm_that_takes_vectors_gets_its_hint_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unscaled(x: Array, gamma: Array, beta: Array, G: int, param: dict[str, Any]) -> Any:
        assert gamma.shape == beta.shape == (x.shape[1],)
        groups = x.reshape(len(x), G, -1)
        mean, var = groups.mean(2, keepdims=True), groups.var(2, keepdims=True)
        return ((groups - mean) / np.sqrt(var + param.get("eps", 1e-5))).reshape(x.shape), None

    monkeypatch.setattr(layers, "spatial_groupnorm_forward", unscaled)

    found = recognise("layers.spatial_groupnorm_forward")

    assert found == ["spatial_groupnorm_forward.scale-and-shift-missing"]


def test_probing_prints_nothing_and_keeps_the_random_state(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    def loud(x: Array, param: dict[str, Any]) -> Any:
        print("here")
        np.random.seed(1)
        return x, None

    monkeypatch.setattr(layers, "dropout_forward", loud)
    np.random.seed(5)
    expected = np.random.rand()
    np.random.seed(5)

    recognise("layers.dropout_forward")

    assert np.random.rand() == expected
    assert capsys.readouterr().out == ""


def test_an_answer_that_raises_matches_only_mistakes_that_raise() -> None:
    known = {"one": {"x": "raised ValueError"}, "two": {"y": "wrong"}}

    assert matching({"x": "raised ValueError", "y": "right"}, known) == ["one"]
    assert matching({"x": "raised ValueError", "y": "wrong"}, known) == ["one", "two"]
    assert matching({"x": "raised ValueError", "y": "raised ValueError"}, known) == []
    assert matching({"z": "raised KeyError", "y": "wrong"}, known) == []


def test_the_type_of_a_raised_error_does_not_matter() -> None:
    known = {"one": {"x": "raised ValueError", "y": "wrong"}}

    assert matching({"x": "raised IndexError", "y": "wrong"}, known) == ["one"]


def test_a_hint_is_found_by_its_id_and_translated() -> None:
    assert translate(hint(AVERAGE), "zh").startswith("每个值")
    assert translate(hint(AVERAGE), "en").startswith("Each value")
    with pytest.raises(KeyError):
        hint("max_pool_forward_naive.no-such-mistake")


def test_every_check_names_its_blanks() -> None:
    assert set(ABOUT) == set(check_names())
    blanks = {blank for check in ABOUT.values() for blank in check.suspects}
    assert {blank for blank in blanks if not blank.startswith("cells.")} <= set(PROBES)


def test_another_seed_gives_other_answers_under_the_same_keys() -> None:
    one, two = (observe("layers.affine_forward", student, seed) for seed in (1, 2))

    assert one.keys() == two.keys()
    assert not any(same(one[key], two[key]) for key in one)


@pytest.mark.parametrize(
    "value",
    [np.arange(6.0).reshape(2, 3).T.copy(), np.arange(6.0)[::-1].reshape(2, 3), np.zeros((2, 3))]
    + [np.full((2, 3), np.nan), np.full((2, 3), 1e300), 1.0, None, "text", {}, (1, 2)],
)
def test_fingerprints_tell_values_apart(value: Any) -> None:
    assert not same(fingerprint("x", value), fingerprint("x", np.arange(6.0).reshape(2, 3)))
