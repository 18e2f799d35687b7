"""Messages in Chinese: sentences come from the catalogue; numbers, names and code do not change."""

import numpy as np
import pytest

from daseCV.checks import check, check_names
from daseCV.checks.compare import (
    CheckFailure,
    describe,
    mismatch,
    not_an_array,
    other_shape,
    relation,
    where,
)
from daseCV.checks.questions.fully_connected import gradient_of
from daseCV.checks.registry import changed_argument, wrong_results
from daseCV.checks.verdict import UNWRITTEN, WRONG, Verdict
from daseCV.language import VARIABLE, Message, translate

BORDER = np.ones((2, 1, 4, 4), dtype=bool)
BORDER[:, :, 1:3, 1:3] = False
COLUMN = np.zeros((2, 2, 2, 4), dtype=bool)
COLUMN[..., 1] = True
CHANNELS = np.ones((1, 8, 1, 1), dtype=bool)
CHANNELS[:, [0, 2]] = False

TRANSLATIONS = {
    Message("{what} is wrong", what="dx"): "dx 不对",
    Message("{what} is wrong", what=gradient_of("W1")): "W1 的梯度不对",
    other_shape("out", (2, 3), (3, 2)): "out 的形状是 (2, 3)，应为 (3, 2)",
    not_an_array("out", describe(()), (2,)): "out 是 tuple，应为形状是 (2,) 的数组",
    not_an_array("out", describe(None), (2,)): (
        "out 是 None（有没有 return？），应为形状是 (2,) 的数组"
    ),
    wrong_results("relu_forward", (1, 2, 3), describe((1, 2, 3)), 2): (
        "relu_forward 返回了含 3 个结果的 tuple，应返回 2 个结果：out, cache"
    ),
    where(BORDER): "32 个数里有 24 个：只有边上一圈，里面都对",
    where(COLUMN): "32 个数里有 8 个，都在第 1 列",
    where(CHANNELS): "8 个数里有 6 个：除了第 0, 2 个通道全都不对",
    relation(np.array([2.0, 4.0, -6.0]), np.array([1.0, 2.0, -3.0])): "每一个都是应有的 2 倍",
    changed_argument("relu", lambda x: x, 0): (
        "relu 直接改动了它的参数 x；请在副本上算（x = x.copy()），或用新数组"
    ),
    Message("{question}: known values", question="x (2, 3, 5, 5), stride 1"): (
        "x (2, 3, 5, 5), stride 1：已知的结果"
    ),
    Message("something that nobody has translated"): "something that nobody has translated",
    "a text that is no message": "a text that is no message",
}


@pytest.mark.parametrize("english", TRANSLATIONS)
def test_a_message_is_translated(english: str) -> None:
    assert translate(english, "zh") == TRANSLATIONS[english]


def test_every_line_of_a_difference_is_translated() -> None:
    got, expected = np.array([[2.0, 4.0, -6.0]]), np.array([[1.0, 2.0, -3.0]])
    asked = Message("X {shape}, known parameters", shape=(2, 3))

    difference = mismatch(gradient_of("W1"), got, expected, got / 2, 1e-8, asked)

    assert translate(difference, "zh") == (
        "W1 的梯度不对\n"
        "  得到：W1 的梯度[0, 1] = 4\n"
        "  应为：W1 的梯度[0, 1] = 2\n"
        "  哪里：3 个数里有 2 个：除了第 1 轴的 2 全都不对；"
        "这个数差得最多（相对误差 2，允许 1e-08）\n"
        "  问的是：X (2, 3)，参数已知"
    )


def test_a_verdict_is_translated_with_the_name_of_its_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "zh")
    wrong = Message("{what} is wrong", what="dw")
    blank = Message("{name} is not written yet", name="layers.relu")
    place = Message("{what}: open {file}, line {line}", what=blank, file="layers.py", line=90)

    assert Verdict("conv", WRONG, (), 0.1, wrong).text() == "✗ conv: dw 不对"
    assert Verdict("layers", UNWRITTEN, (), 0.1, place).text() == (
        "· layers.relu 还没有写：打开 layers.py，第 90 行"
    )


@pytest.mark.parametrize(
    ("before", "after"), [("W1", "W1 返回了 None"), ("我的 文件", "我的 文件返回了 None")]
)
def test_a_field_between_chinese_characters_adds_no_space_and_keeps_its_own(
    before: str, after: str
) -> None:
    message = wrong_results(before, None, Message("None"), 2)

    assert translate(message, "zh").startswith(f"{after}，应返回 2 个结果：")


def test_a_check_reports_in_chinese_if_that_is_the_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "zh")

    check("max_pool_forward_naive")

    assert "✓ max_pool_forward_naive：答对 5 问（" in capsys.readouterr().out


def test_a_failed_check_reports_in_chinese_too(monkeypatch: pytest.MonkeyPatch) -> None:
    from daseCV import layers

    monkeypatch.setenv(VARIABLE, "zh")
    right = layers.max_pool_forward_naive
    monkeypatch.setattr(
        layers, "max_pool_forward_naive", lambda x, p: (right(x, p)[0] * 2, right(x, p)[1])
    )
    assert "max_pool_forward_naive" in check_names()

    with pytest.raises(CheckFailure) as failure:
        check("max_pool_forward_naive")

    lines = str(failure.value).splitlines()
    assert lines[0] == "max_pool_forward_naive: out 不对"
    assert lines[1].startswith("  得到：out[")
    assert "  规律：每一个都是应有的 2 倍" in lines
