"""Names that tell nobody who a student is, and that the course can make again."""

import hashlib
import hmac
import re
from collections.abc import Callable

DIGITS = 10  # 40 bits: among 10,000 students two are alike once in 20,000 courses


def alias(secret: bytes, student: str) -> str:
    """A student's anonymous id, the same in every export of a course.

    Parameters
    ----------
    secret : bytes
        The course's: without it nobody can try names until one fits.
    student : str

    Examples
    --------
    >>> alias(b"secret", "alice") == alias(b"secret", "alice") != alias(b"other", "alice")
    True
    """
    key = hmac.new(secret, b"anonymous id\0" + student.encode(), hashlib.sha256).hexdigest()
    return f"student-{key[:DIGITS]}"


def without_name(student: str, instead: str) -> Callable[[str], str]:
    """A function that takes a student's name out of a text, and a platform's numbers behind it.

    Examples
    --------
    >>> without_name("ann", "student-1")("ann.zip is no zip; annotated")
    'student-1.zip is no zip; annotated'
    >>> without_name("ann", "student-1")("ann_LATE_12345_678901_hw.zip")
    'student-1_hw.zip'
    """
    numbers = r"(?:(?:_LATE)?(?:_\d+)+)?"
    name = re.compile(rf"(?<![^\W_]){re.escape(student)}{numbers}(?![^\W_])", re.IGNORECASE)
    return lambda text: name.sub(instead, text)
