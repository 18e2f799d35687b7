"""Tables as CSV files, without formulas that a spreadsheet would run."""

import codecs
import contextlib
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .texts import printable

# First characters of a formula in spreadsheets, wide forms included.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
SIGNS = re.escape("".join(FORMULA))
# At the beginning of a cell, or after another program's separator.
BEGINS_FORMULA = re.compile(rf'(^[\s"]*)(?=[{SIGNS}])|([,;|\t\n])(?=(?:[^\S\t\n]|")*[{SIGNS}])')
DECIMAL = re.compile(r"^\s*-?\d+([.,])\d\d?\s*")

Cell = str | float | int | None


@dataclass(frozen=True)
class Dialect:
    """The form of CSV that a program reads and writes in its locale."""

    separator: str = ","
    encoding: str = "utf-8-sig"  # with the mark that lets Excel read Chinese names
    decimal: str = "."  # or ","


EXCEL = Dialect()


def escape_formula(cell: Cell, decimal: str = ".") -> str:
    """A cell as text; an apostrophe is put before a formula.

    Examples
    --------
    >>> escape_formula("=cmd()"), escape_formula(-2.5), escape_formula(None)
    ("'=cmd()", '-2.5', '')
    >>> escape_formula("Ada;=cmd()"), escape_formula(-2.5, ",")
    ("Ada;'=cmd()", '-2,5')
    """
    if cell is None:
        return ""
    if isinstance(cell, (int, float)):
        return f"{cell:.10g}".replace(".", decimal)
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")  # a lone one would begin a new row
    cell = printable(cell)
    return BEGINS_FORMULA.sub(r"\2'\1", cell)


def write_csv(path: Path, rows: Iterable[Sequence[Cell]], dialect: Dialect = EXCEL) -> None:
    """Write rows; in UTF-8 if the dialect's encoding lacks a character."""
    text = io.StringIO()
    csv.writer(text, delimiter=dialect.separator, lineterminator="\n").writerows(
        [escape_formula(cell, dialect.decimal) for cell in row] for row in rows
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        content = text.getvalue().encode(dialect.encoding)
    except UnicodeEncodeError:
        content = text.getvalue().encode(EXCEL.encoding)
    path.write_bytes(content)


def read_csv(path: Path, dialect: Dialect = EXCEL) -> list[list[str]]:
    """Read the rows that are not empty; ValueError if it is not such a file."""
    try:
        text = path.read_bytes().decode(dialect.encoding)
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=dialect.separator)
        return [row for row in rows if any(row)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"{path}: expected a CSV file, best in UTF-8, got: {error}") from None


def read_table(path: Path, dialect: Dialect) -> tuple[list[str], list[list[str]]]:
    """Read the heading of a table, and its rows, padded to the same length."""
    rows = read_csv(path, dialect)
    head = [name.strip() for name in rows[0]] if rows else []
    return head, [row + [""] * (len(head) - len(row)) for row in rows[1:]]


def find_dialect(path: Path) -> Dialect:
    """Detect the dialect of a CSV file.

    Numbers show the decimal mark. Without such numbers it is ',' if the separator is ';', which
    programs use in languages with a decimal comma.
    """
    raw = path.read_bytes()
    encoding = find_encoding(raw)
    unquoted = re.sub('"[^"]*"', "", raw.decode(encoding, "replace"))
    first = re.search("[,;\t]", unquoted)  # behind the first heading
    separator = first[0] if first else EXCEL.separator
    cells = (cell for row in read_csv(path, Dialect(separator, encoding)) for cell in row)
    marks = Counter(number[1] for number in map(DECIMAL.fullmatch, cells) if number)
    usual = "," if separator == ";" else "."
    return Dialect(separator, encoding, max(marks, key=marks.__getitem__, default=usual))


def find_encoding(raw: bytes) -> str:
    """The encoding of a file: by its mark, else UTF-8, else Windows' Chinese or Western."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"  # Excel's "Unicode text"
    if raw.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    with contextlib.suppress(UnicodeDecodeError):
        raw.decode("utf-8")
        return "utf-8"
    with contextlib.suppress(UnicodeDecodeError):
        if is_common_chinese(raw.decode("gbk")):
            return "gbk"
    return "cp1252"


def is_common_chinese(text: str) -> bool:
    """Whether half of the non-ASCII characters are in GB 2312; Western text read as GBK has rarer.

    Examples
    --------
    >>> is_common_chinese("王小明"), is_common_chinese("Müller".encode("cp1252").decode("gbk"))
    (True, False)
    """
    foreign = [character for character in text if not character.isascii()]
    common = [character for character in foreign if character.encode("gb2312", "ignore")]
    return 2 * len(common) >= len(foreign)
