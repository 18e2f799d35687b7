"""Anonymous ids for students, which only the course can reproduce."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping
from itertools import permutations

DIGITS = 10  # 40 bits: among 10,000 students two are alike once in 20,000 courses
WORD = re.compile(r"[^\W\d_]+|\d+")
NUMBERS = re.compile(r"(?:_LATE)?(?:_\d{1,20}){0,4}(?![^\W_])", re.IGNORECASE)
MOST_PARTS = 4  # of a name that are tried in any order
SHORTEST_ID = 4  # characters of a number that is taken for a student's
SHORTEST_PART = 4  # letters of a part of a name that identifies a student by itself
IDEOGRAPH = re.compile("[\u3400-\u9fff]")  # such names have no blanks around them


def alias(secret: bytes, student: str) -> str:
    """A student's anonymous id, the same in every export of a course.

    Without the course's secret nobody can find the name by trial.

    Examples
    --------
    >>> alias(b"secret", "alice") == alias(b"secret", "alice") != alias(b"other", "alice")
    True
    """
    key = hmac.new(secret, b"anonymous id\0" + student.encode(), hashlib.sha256).hexdigest()
    return f"student-{key[:DIGITS]}"


def make_name_remover(aliases: Mapping[str, str], alone: bool = False) -> Callable[[str], str]:
    """Make a function that replaces names in a text, and a platform's numbers after them.

    It finds the parts of a name in any order, with any separators, in any case and Unicode form: as
    people and platforms write names. With `alone`, a part of a name is enough; for a whole class
    that would replace too many words, such as Young.

    Examples
    --------
    >>> without_ann = make_name_remover({"ann": "student-1"})
    >>> without_ann("ann.zip is no zip; annotated")
    'student-1.zip is no zip; annotated'
    >>> without_ann("ann_LATE_12345_678901_hw.zip")
    'student-1_hw.zip'
    >>> make_name_remover({"Ada-Byron": "student-1"})("byron, ADA.zip; AdaByron hw")
    'student-1.zip; student-1 hw'
    >>> make_name_remover({"Ada-Byron": "student-1"}, alone=True)("Byron.zip")
    'student-1.zip'
    """
    keys = {key: instead for name, instead in aliases.items() for key in spellings(name, alone)}
    longest = max(map(len, keys), default=0)
    joined = {key: instead for key, instead in keys.items() if IDEOGRAPH.search(key)}

    def replace(text: str) -> str:
        text = unicodedata.normalize("NFC", text)
        words = list(WORD.finditer(text))
        parts, end, index = [], 0, 0
        while index < len(words):
            count, key = find_name(words[index : index + MOST_PARTS + 2], keys, longest)
            if count and words[index].start() >= end:
                parts += [text[end : words[index].start()], keys[key]]
                end = words[index + count - 1].end()
                if numbers := NUMBERS.match(text, end):
                    end = numbers.end()
            index += count or 1
        changed = "".join([*parts, text[end:]])
        for key, instead in joined.items():
            changed = changed.replace(key, instead)
        return changed

    return replace


def spellings(name: str, alone: bool) -> set[str]:
    """Spellings of a name without blanks and signs: its parts in any order, or one alone."""
    parts = [fold_word(word) for word in WORD.findall(unicodedata.normalize("NFC", name))]
    if not parts or (len(parts) == 1 and parts[0].isdecimal() and len(parts[0]) < SHORTEST_ID):
        return set()
    orders = permutations(parts) if len(parts) <= MOST_PARTS else [parts, parts[::-1]]
    by_themselves = {part for part in parts if alone and len(part) >= SHORTEST_PART}
    return {"".join(order) for order in orders} | by_themselves


def find_name(words: list[re.Match[str]], keys: Mapping[str, str], longest: int) -> tuple[int, str]:
    """How many of the first words are a name, and its key; 0 if they are not a name."""
    for count in range(len(words), 0, -1):
        found = [fold_word(word[0]) for word in words[:count]]
        if sum(map(len, found)) <= longest:
            for order in permutations(found) if count <= MOST_PARTS else [found]:
                if (joined := "".join(order)) in keys:
                    return count, joined
    return 0, ""


def fold_word(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold()
