"""What checks say, in Chinese: messages are made in English and translated by their patterns.

A sentence without a pattern stays English. Names, numbers, shapes and code stay as they are.
"""

import re
from collections.abc import Callable

from ..language import language
from .sentences import AXES, LABELS, SENTENCES

# A line of code, and what an exception says, are Python's or the student's own words.
CODE = re.compile(
    r"\.py, line \d+(?=: )"
    r"|(?=\b[A-Z]\w*(?:Error|Exception|Warning|Exit|Interrupt|Iteration)\b: )"
)
# Beside Chinese, a comma, colon or semicolon is a wide one, and there is no blank in between.
CHARACTER = "[\u4e00-\u9fff]"
WIDE = {",": "，", ":": "：", ";": "；"}
NARROW = re.compile(f"(?<={CHARACTER})([,:;]) |([,:;]) (?={CHARACTER})")
BLANK = re.compile("(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]) +(?=[\u3000-\uffef])")

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
    """Translate one line, and its label if it has one; leave what a student's code printed."""
    if line.startswith("    "):
        return line
    label, colon, text = line.partition(":")
    if colon and label.strip() in LABELS and label.startswith("  "):
        indent = label[: len(label) - len(label.lstrip())]
        text = text.strip()
        said = text if label.strip() == "promised" else line_in_chinese(text)
        return f"{indent}{LABELS[label.strip()]}：{said}"
    code = CODE.search(line)
    end = code.end() if code else len(line)
    return sentence_in_chinese(line[:end]) + line[end:]


def sentence_in_chinese(said: str) -> str:
    """Apply every pattern that fits."""
    indent = said[: len(said) - len(said.lstrip())]
    found = said.lstrip()
    for pattern, chinese in _compiled:
        replacement: str | Callable[[re.Match[str]], str] = chinese
        if chinese == "AXIS":
            replacement = _axis
        found = pattern.sub(replacement, found)
    if found == said.lstrip():
        return said
    found = NARROW.sub(lambda mark: WIDE[mark[1] or mark[2]], found)
    return indent + BLANK.sub("", found)


def _axis(found: re.Match[str]) -> str:
    return f"第 {found[2]} {AXES[found[1]]}"
