"""What the pages say, in Chinese and English."""

from collections.abc import Mapping
from types import SimpleNamespace

CHINESE, ENGLISH = "zh", "en"

OUTCOMES = {  # a sign, for those who see no colour; its colour; Chinese; English
    "right": ("✓", "good", "对", "right"),
    "spared": ("✓", "good", "不在这里扣分", "not charged here"),
    "partly": ("◐", "part", "部分对", "partly right"),
    "wrong": ("✗", "bad", "不对", "wrong"),
    "not written": ("○", "bad", "还没有写", "not written yet"),
    "error": ("!", "bad", "出错了", "raised an error"),
    "out of time": ("!", "bad", "超时", "out of time"),
    "out of memory": ("!", "bad", "内存超限", "out of memory"),
    "infrastructure": ("?", "part", "评分系统的故障，还没有分", "our failure, no mark yet"),
    "not asked": ("–", "bad", "没有问到", "not asked"),
}
STATUSES = {  # Chinese, English, and what a student does next
    "graded": ("已评分", "graded", "", ""),
    "student error": (
        "代码出错",
        "code raised an error",
        "你的代码一导入或一运行就出错，所以每一项都没有分。先改掉下面说的错误，再交一次。",
        "Your code raised an error as soon as it was imported or called, so that no check could "
        "be asked. Mend the error named below first, and hand in again.",
    ),
    "out of time": (
        "超时",
        "out of time",
        "你的代码没有在限定的时间里回答。找一找没有结束的循环，或者很慢的多重循环。",
        "Your code gave no answer in time. Look for a loop that does not end, or a very slow one.",
    ),
    "out of memory": (
        "内存超限",
        "out of memory",
        "你的代码用的内存太多。找一找比输入大得多的数组。",
        "Your code used too much memory. Look for arrays far larger than the input.",
    ),
    "refused": (
        "没有使用",
        "refused",
        "交上来的文件打不开，或者不安全，里面的东西都没有用。"
        "用 notebook 最后一格重新打包，再交一次。",
        "What you handed in could not be opened, or is not safe, and nothing of it was used. Make "
        "the zip anew with the notebook's last cell, and hand in again.",
    ),
    "infrastructure": (
        "还没有分",
        "no mark yet",
        "评分系统出了故障，不是你的错。你不用做什么：会重新评分。",
        "The grader failed; this is not your fault. There is nothing to do: it will be repeated.",
    ),
}

TEXTS = {
    "report": ("评分报告", "Report"),
    "students": ("学生", "Students"),
    "student": ("学生", "Student"),
    "mean": ("平均分", "Mean"),
    "median": ("中位数", "Median"),
    "full_marks": ("满分", "Full marks"),
    "open": ("还没有分", "No mark yet"),
    "machine": (
        "机器评的分；文字题由人在 formgrader 里评。",
        "Points that the machine gives; answers in words are marked by people, in formgrader.",
    ),
    "machine_alone": (
        "这是机器评的分；文字题由老师评，另外算。",
        "This is the machine's part; answers in words are marked by people, and come on top.",
    ),
    "distribution": ("分布", "Distribution"),
    "distribution_says": (
        "每一柱是总分的十分之一；右边一柱含满分。",
        "Students by tenths of the maximum; full marks are in the last.",
    ),
    "checks": ("各项检查", "Checks"),
    "check": ("检查", "Check"),
    "points": ("分值", "Points"),
    "passed": ("通过率", "Pass rate"),
    "full": ("满分", "full"),
    "part": ("部分", "part"),
    "none": ("零分", "none"),
    "mean_loss": ("平均扣分", "Mean loss"),
    "causes": ("最常见的原因", "Most frequent causes"),
    "causes_says": (
        "由代码的行为认出，与提示目录对照；另有 {} 处扣分没有认出原因。",
        "Recognised by behaviour, from the catalogue of hints; {} more losses fit no entry of it.",
    ),
    "cause": ("原因", "Cause"),
    "points_lost": ("扣分合计", "Points lost"),
    "and_more_students": (
        "还有 {} 人：在下表里按状态筛选。",
        "And {} more: filter the table below by status.",
    ),
    "no_causes": ("没有认出常见的错误。", "No mistake of the catalogue was recognised."),
    "look": ("需要看一看", "Worth a look"),
    "failed": ("没能整体评分的", "Could not be graded as a whole"),
    "slowest": ("最慢的", "Slowest"),
    "nobody": ("没有。", "Nobody."),
    "seconds": ("秒", "Seconds"),
    "score": ("得分", "Score"),
    "lost_in": ("在哪里扣了分", "Lost points in"),
    "and_more": ("等 {} 项", "and {} more"),
    "status": ("状态", "Status"),
    "handed_in": ("提交时间", "Handed in"),
    "filter": ("筛选：姓名、检查或状态", "Filter: a name, a check, a status"),
    "shown": ("显示 {} 人", "{} shown"),
    "unconfined": ("评分时没有用沙箱", "graded without a sandbox"),
    "hint": ("提示", "Hint"),
    "promised": ("文档里说：", "The docstring promises: "),
    "printed": ("你的代码打印了：", "Your code printed:"),
    "notes": ("关于你交的文件", "About the files you handed in"),
    "next": ("接下来", "What to do next"),
    "next_lost": (
        "从 `{}` 开始：它扣分最多。在作业的文件夹里运行 `python -m daseCV check {}` "
        "会运行公开的检查；改好后重新打包提交。",
        "Begin with `{}`, which lost the most. In the assignment's folder, "
        "`python -m daseCV check {}` runs its public check; then make the zip anew and "
        "hand it in.",
    ),
    "next_right": ("全对，什么也不用改。", "Everything is right: nothing to change."),
}


def texts(language: str) -> SimpleNamespace:
    """All texts in one language.

    Raises
    ------
    ValueError
        If there is no such language.
    """
    if language not in (CHINESE, ENGLISH):
        raise ValueError(f"got language {language!r}, expected one of: {CHINESE}, {ENGLISH}")
    return SimpleNamespace(**{name: pick(pair, language) for name, pair in TEXTS.items()})


def pick(pair: tuple[str, str], language: str) -> str:
    """The text of a pair that is in this language."""
    return pair[0] if language == CHINESE else pair[1]


def status_in_words(status: str, language: str) -> str:
    """A report's status."""
    return in_words(STATUSES, status, language)


def in_words(table: Mapping[str, tuple[str, str, str, str]], name: str, language: str) -> str:
    """The words of a table's row; a row that it lacks is named as it is."""
    row = table.get(name)
    return pick((row[0], row[1]), language) if row else name


def what_to_do(status: str, language: str) -> str:
    """What a student does after a status; '' where the checks say it."""
    row = STATUSES.get(status)
    return pick((row[2], row[3]), language) if row else ""
