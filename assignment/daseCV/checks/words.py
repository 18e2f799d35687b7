# Generated from daseCV/checks/words.py by "dasecv release".
"""What checks say, in Chinese: messages are made in English and translated by their patterns.

A sentence without a pattern stays English. Names, numbers, shapes and code stay as they are.
"""

import re
from collections.abc import Callable

from ..language import language

LABELS = {
    "got": "得到",
    "expected": "应为",
    "where": "哪里",
    "how": "规律",
    "asked": "问的是",
    "promised": "文档里说",
    "printed": "打印了",
}

AXES = {
    "image": "张图",
    "filter": "个卷积核",
    "channel": "个通道",
    "row": "行",
    "column": "列",
}

# English, Chinese; tried on each line in this order, and every one that fits is applied.
SENTENCES: tuple[tuple[str, str], ...] = (
    # what is wrong
    (r"^(.*?: )?(.+) is wrong$", r"\1\2 不对"),
    (r"(\S+) is not written yet: open (.+), line (\d+)", r"\1 还没有写：打开 \2，第 \3 行"),
    (r"(\S+) is not written yet", r"\1 还没有写"),
    (r"^(.*?: )?(.+) is None \(is there a return value\?\)", r"\1\2 是 None（有没有 return？）"),
    (r"None \(is there a return value\?\)", r"None（有没有 return？）"),
    (r"an array of numbers of shape", r"数组，形状"),
    (r"an object that is no array of numbers", r"不是数组的东西"),
    (r"an array of (\w+)", r"\1 的数组"),
    (r"(\S+) is (an? \w+), expected 数组", r"\1 是 \2，应为数组"),
    (r"(\S.*?) has shapes? (.+), expected (.+)$", r"\1 的形状是 \2，应为 \3"),
    (r"scores have shape (.+), expected (.+)$", r"分数的形状是 \1，应为 \2"),
    (r"(\S+) returned (.+), expected (\d+) results", r"\1 返回了 \2，应返回 \3 个结果"),
    (
        r"(\S+) changed its argument (\d+) in place; work on a copy \(x = x\.copy\(\)\) or on new "
        r"arrays",
        r"\1 改动了它的第 \2 个参数；先复制（x = x.copy()），或者写进新的数组",
    ),
    (r"(\S+) does not start at (\d)", r"\1 的初值不是 \2"),
    (
        r"(\S+) has mean (\S+) and standard deviation (\S+), expected (.+)",
        r"\1 的均值是 \2、标准差是 \3，应为 \4",
    ),
    (r"(\S+) has standard deviation (\S+), expected (.+)", r"\1 的标准差是 \2，应为 \3"),
    (r"(\S+) has mean (\S+), expected about 0", r"\1 的均值是 \2，应接近 0"),
    (r"grads lacks (.+), expected one for each of (.+)", r"grads 缺少 \1，应有 \2 的每一个"),
    (r"loss returned no dict of gradients", r"loss 没有返回梯度的字典"),
    (r"the gradient of (\S+)|gradient of (\S+)", r"\1\2 的梯度"),
    (
        r"the first loss is (\S+), expected about (.+?): random weights tell nothing about 10 "
        r"classes",
        r"最初的损失是 \1，应接近 \2：随机的权重对 10 个类别一无所知",
    ),
    (r"what reg adds to the loss", r"reg 给损失加上的部分"),
    (r"validation accuracy is (\S+), expected above (\S+)", r"验证准确率 \1，应高于 \2"),
    (
        r"training accuracy after one epoch is (\S+), expected above (\S+)",
        r"一轮之后训练准确率 \1，应高于 \2",
    ),
    (
        r"after (\d+) epochs over the same (\d+) images training accuracy is (\S+), expected at "
        r"least (\S+);",
        r"同样的 \2 张图训练 \1 轮之后，训练准确率 \3，应至少 \4；",
    ),
    (
        r"with (\d) layers, training accuracy on the same (\d+) images is (\S+) after (\d+) "
        r"epochs, expected 100%;",
        r"\1 层的网络把同样的 \2 张图训练 \4 轮之后，训练准确率 \3，应为 100%；",
    ),
    (r"accuracy on images that it has not seen is (\S+),", r"在没见过的图上准确率 \1，"),
    (r"\(profile (\w+)\)", r"（\1 规模）"),
    (r"see (\w+) and (\w+) first, then (\S+)", r"先看 \1 和 \2，再看 \3"),
    (r"see (\w+) first, then learning rate, epochs and reg", r"先看 \1，再看学习率、轮数和 reg"),
    (r"see (\w+) first, then the update rule \((\S+)\)", r"先看 \1，再看更新规则（\2）"),
    (r"see (\w+) first", r"先看 \1"),
    (
        r"try another depth, width, reg, update rule or learning rate",
        r"换一换层数、宽度、reg、更新规则或学习率",
    ),
    (
        r"no (?:training run|network) to look at; use (check\(.+\))( after training)?",
        r"没有可看的训练结果；训练之后用 \1",
    ),
    (
        r"the run has (\d+) epochs, expected 1; make the model and the solver anew",
        r"这次训练了 \1 轮，应为 1 轮；重新建模型和 solver",
    ),
    (
        r"(\S+) was imported from (.+), expected it in (.+); is the file missing there\?",
        r"\1 来自 \2，应来自 \3；那里缺这个文件吗？",
    ),
    (r"loss is (\S+), expected a finite one", r"损失是 \1，应为有限的数"),
    (r"the loss is (\S+) at step (\d+), expected a number", r"第 \2 步的损失是 \1，应为有限的数"),
    (
        r"(\S+) of the entries are not 0, expected about (\S+)",
        r"\1 的数不是 0，应约为 \2",
    ),
    (
        r"fails only because of (.+): the points are lost in its own check, not here",
        r"只因为 \1 才失败：分扣在它自己的检查里，不在这里",
    ),
    (r"^fails because of (.+)$", r"因为 \1 而失败"),
    (r"is not right on hidden inputs", r"在隐藏的输入上不对"),
    (r"(\S+) raised (\w+)", r"\1 抛出了 \2"),
    (r"^no answer in time", r"没有及时回答"),
    # where
    (r"all (\d+) entries", r"全部 \1 个数"),
    (r"(\d+) of (\d+) entries", r"\2 个数里有 \1 个"),
    (r": the border, and nothing inside it", r"：只有边上一圈，里面都对"),
    (r": everything but the border", r"：除了边上一圈全都不对"),
    (r", all on the border", r"，都在边上一圈"),
    (r": everything but ", r"：除了"),
    (r", all at ", r"，都在"),
    (
        r"; this entry differs most \(relative error (\S+), allowed (\S+)\)",
        r"；这个数差得最多（相对误差 \1，允许 \2）",
    ),
    (r"(?<![a-z])(image|filter|channel|row|column) (\d+(?:, \d+)*(?:, \.\.\.)?)", "AXIS"),
    (r"index (\d+(?:, \d+)*(?:, \.\.\.)?) of axis (\d)", r"第 \2 轴的 \1"),
    (r"(daseCV/\S+), line (\d+)", r"\1，第 \2 行"),
    # how
    (r"NaN in (\d+) places?", r"有 \1 个是 NaN"),
    (r"^0 in all these places$", r"这些地方都是 0"),
    (r"each of them has the wrong sign", r"每一个的正负号都反了"),
    (r"each of them is (\S+) times the expected", r"每一个都是应有的 \1 倍"),
    (r"each of them is (\S+) too large", r"每一个都大了 \1"),
    (r"each of them is (\S+) too small", r"每一个都小了 \1"),
    # what was asked
    (r": known values$", r"：已知的结果"),
    (r": known steps$", r"：已知的几步"),
    (r": known loss$", r"：已知的损失"),
    (r": running averages", r"：滑动平均"),
    (
        r", several entries share a maximum: its first in row-major order takes all",
        r"，几个数并列最大：按行优先的第一个拿走全部",
    ),
    (r"gamma and beta per channel", r"每个通道一个 gamma 和 beta"),
)

_compiled = tuple((re.compile(pattern), chinese) for pattern, chinese in SENTENCES)


def told(message: str) -> str:
    """Return a check's message in the language that is set."""
    return in_chinese(message) if language() == "zh" else message


def in_chinese(message: str) -> str:
    r"""Translate a check's message, line by line.

    Examples
    --------
    >>> in_chinese("dx is wrong\n  how:      each of them has the wrong sign")
    'dx 不对\n  规律：每一个的正负号都反了'
    """
    return "\n".join(line_in_chinese(line) for line in message.split("\n"))


def line_in_chinese(line: str) -> str:
    """Translate one line, and its label if it has one."""
    label, colon, text = line.partition(":")
    if colon and label.strip() in LABELS and label.startswith("  "):
        indent = label[: len(label) - len(label.lstrip())]
        return f"{indent}{LABELS[label.strip()]}：{line_in_chinese(text.strip())}"
    for pattern, chinese in _compiled:
        replacement: str | Callable[[re.Match[str]], str] = chinese
        if chinese == "AXIS":
            replacement = _axis
        line = pattern.sub(replacement, line)
    return line


def _axis(found: re.Match[str]) -> str:
    return f"第 {found[2]} {AXES[found[1]]}"
