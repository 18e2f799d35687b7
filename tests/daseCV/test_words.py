"""Messages in Chinese: what checks say is translated, and numbers, names and code stay."""

import inspect
import re

import pytest

from daseCV.checks import check, check_names
from daseCV.checks.compare import CheckFailure, where
from daseCV.checks.words import SENTENCES, in_chinese
from daseCV.language import VARIABLE

SAID = {
    "dx is wrong": "dx 不对",
    "conv_backward_naive: dw is wrong": "conv_backward_naive: dw 不对",
    "out has shape (2, 3), expected (3, 2)": "out 的形状是 (2, 3)，应为 (3, 2)",
    "out is a tuple, expected an array of numbers of shape (2,)": (
        "out 是 tuple，应为数组，形状 (2,)"
    ),
    "  got:      dx[0, 1] = -2": "  得到：dx[0, 1] = -2",
    "  where:    8 of 32 entries, all at column 1": "  哪里：32 个数里有 8 个，都在第 1 列",
    "; this entry differs most (relative error 0.5, allowed 1e-08)": (
        "；这个数差得最多（相对误差 0.5，允许 1e-08）"
    ),
    "  where:    24 of 32 entries: the border, and nothing inside it": (
        "  哪里：32 个数里有 24 个：只有边上一圈，里面都对"
    ),
    "  where:    6 of 8 entries: everything but channel 0, 2": (
        "  哪里：8 个数里有 6 个：除了第 0, 2 个通道"
    ),
    "  how:      each of them is 2 times the expected": "  规律：每一个都是应有的 2 倍",
    "layers.relu_forward is not written yet: open daseCV/layers.py, line 90": (
        "layers.relu_forward 还没有写：打开 daseCV/layers.py，第 90 行"
    ),
    "relu changed its argument 1 in place; work on a copy (x = x.copy()) or on new arrays": (
        "relu 改动了它的第 1 个参数；先复制（x = x.copy()），或者写进新的数组"
    ),
    "x (2, 3, 5, 5), w (4, 3, 3, 3), stride 1, pad 1: known values": (
        "x (2, 3, 5, 5), w (4, 3, 3, 3), stride 1, pad 1：已知的结果"
    ),
    "something that nobody has translated": "something that nobody has translated",
}


@pytest.mark.parametrize("english", SAID)
def test_a_message_is_translated(english: str) -> None:
    assert in_chinese(english) == SAID[english]


def test_lines_are_translated_one_by_one() -> None:
    assert in_chinese("dx is wrong\n  asked:    x (2, 3)") == "dx 不对\n  问的是：x (2, 3)"


def test_a_translated_message_is_not_translated_again() -> None:
    for chinese in SAID.values():
        assert in_chinese(chinese) == chinese


@pytest.mark.parametrize("pattern", [pattern for pattern, _ in SENTENCES])
def test_a_replacement_uses_the_groups_that_its_pattern_has(pattern: str) -> None:
    chinese = dict(SENTENCES)[pattern]
    wanted = {int(group) for group in re.findall(r"\\(\d)", chinese)}

    assert wanted <= set(range(1, re.compile(pattern).groups + 1))


def test_what_where_says_has_a_translation() -> None:
    said = set(re.findall(r'": ([a-z ,]+)"', inspect.getsource(where)))

    assert all(in_chinese(f": {phrase}") != f": {phrase}" for phrase in said)


def test_a_check_speaks_chinese_where_that_is_the_language(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "zh")

    check("max_pool_forward_naive")

    assert "✓ max_pool_forward_naive：答对 5 问（" in capsys.readouterr().out


def test_a_failed_check_speaks_chinese_too(monkeypatch: pytest.MonkeyPatch) -> None:
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
